use crate::app::App;
use crate::body::{Asked, Nothing};
use crate::caller::Caller;
use crate::command::{DeclarationBody, Done, declare};
use crate::path::Declared;
use crate::problem::Problem;
use crate::schema::Id;
use axum::extract::State;
use docket_domain::declaration::DeclarationCommand;

/// Withdraws a report
///
/// 撤回报送, while nobody above has signed.
#[utoipa::path(
    post,
    path = "/declarations/{id}/withdraw",
    tag = "commands",
    params(("id" = Id, Path, description = "The declaration")),
    responses((status = 200, body = DeclarationBody)),
)]
pub async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    asked: Asked<Nothing>,
) -> Result<Done, Problem> {
    declare(
        &app,
        &caller,
        id,
        DeclarationCommand::Withdraw,
        &asked.stamp,
    )
    .await
}
