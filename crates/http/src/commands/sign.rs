use crate::app::App;
use crate::body::{Asked, Nothing};
use crate::caller::Caller;
use crate::command::{DeclarationBody, Done, declare};
use crate::path::Declared;
use crate::problem::Problem;
use crate::schema::Id;
use axum::extract::State;
use docket_domain::declaration::DeclarationCommand;

/// Signs for a declaration
///
/// 签收: the signer becomes the handler.
#[utoipa::path(
    post,
    path = "/declarations/{id}/sign",
    tag = "commands",
    params(("id" = Id, Path, description = "The declaration")),
    responses((status = 200, body = DeclarationBody)),
)]
pub async fn sign(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    asked: Asked<Nothing>,
) -> Result<Done, Problem> {
    declare(&app, &caller, id, DeclarationCommand::Sign, &asked.stamp).await
}
