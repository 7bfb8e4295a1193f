use crate::app::App;
use crate::body::{Asked, Nothing};
use crate::caller::Caller;
use crate::command::{DeclarationBody, Done, declare};
use crate::path::Declared;
use crate::problem::Problem;
use crate::schema::Id;
use axum::extract::State;
use docket_domain::declaration::DeclarationCommand;

/// Accepts a declaration for review
///
/// 受理通过, by the committee.
#[utoipa::path(
    post,
    path = "/declarations/{id}/accept",
    tag = "commands",
    params(("id" = Id, Path, description = "The declaration")),
    responses((status = 200, body = DeclarationBody)),
)]
pub async fn accept(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    asked: Asked<Nothing>,
) -> Result<Done, Problem> {
    declare(&app, &caller, id, DeclarationCommand::Accept, &asked.stamp).await
}
