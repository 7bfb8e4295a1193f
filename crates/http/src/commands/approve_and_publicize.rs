use crate::app::App;
use crate::body::{Asked, Nothing};
use crate::caller::Caller;
use crate::command::{DeclarationBody, Done, declare};
use crate::path::Declared;
use crate::problem::Problem;
use crate::schema::Id;
use axum::extract::State;
use docket_domain::declaration::DeclarationCommand;

/// Approves a declaration and begins its publicity
///
/// 审核通过并公示, by the work unit.
#[utoipa::path(
    post,
    path = "/declarations/{id}/approve-and-publicize",
    tag = "commands",
    params(("id" = Id, Path, description = "The declaration")),
    responses((status = 200, body = DeclarationBody)),
)]
pub async fn approve_and_publicize(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    asked: Asked<Nothing>,
) -> Result<Done, Problem> {
    declare(
        &app,
        &caller,
        id,
        DeclarationCommand::ApproveAndPublicize,
        &asked.stamp,
    )
    .await
}
