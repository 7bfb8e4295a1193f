use crate::app::App;
use crate::body::{Asked, Nothing};
use crate::caller::Caller;
use crate::command::{DeclarationBody, Done, declare};
use crate::path::Declared;
use crate::problem::Problem;
use crate::schema::Id;
use axum::extract::State;
use docket_domain::declaration::DeclarationCommand;

/// Deletes a never-submitted draft
///
/// 删除: nobody finds it any more, and its key is destroyed.
#[utoipa::path(
    delete,
    path = "/declarations/{id}",
    tag = "commands",
    params(("id" = Id, Path, description = "The declaration")),
    responses((status = 200, body = DeclarationBody)),
)]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    asked: Asked<Nothing>,
) -> Result<Done, Problem> {
    declare(&app, &caller, id, DeclarationCommand::Delete, &asked.stamp).await
}
