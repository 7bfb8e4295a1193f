use crate::app::App;
use crate::body::{Asked, Nothing};
use crate::caller::Caller;
use crate::command::{DeclarationBody, Done, declare};
use crate::path::Declared;
use crate::problem::Problem;
use crate::schema::Id;
use axum::extract::State;
use docket_domain::declaration::DeclarationCommand;

/// Submits a draft, or resubmits a returned declaration
///
/// 提交, or 再次提交 when it was returned.
#[utoipa::path(
    post,
    path = "/declarations/{id}/submit",
    tag = "commands",
    params(("id" = Id, Path, description = "The declaration")),
    responses((status = 200, body = DeclarationBody)),
)]
pub async fn submit(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    asked: Asked<Nothing>,
) -> Result<Done, Problem> {
    declare(&app, &caller, id, DeclarationCommand::Submit, &asked.stamp).await
}
