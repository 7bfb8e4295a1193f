use crate::app::App;
use crate::body::Asked;
use crate::caller::Caller;
use crate::command::{DeclarationBody, Done, declare};
use crate::commands::report::PublicityBody;
use crate::path::Declared;
use crate::problem::Problem;
use crate::schema::Id;
use axum::extract::State;
use docket_domain::declaration::DeclarationCommand;
use serde::Deserialize;
use utoipa::ToSchema;

/// The dialog of 审核通过并公示.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"publicity": {"start": "2026-03-02", "end": "2026-03-06"}}))]
#[serde(deny_unknown_fields)]
pub struct ApproveAndPublicizeBody {
    /// 拟公示时间, printed on the sheet; from today to the earliest end where it is not given.
    publicity: Option<PublicityBody>,
}

/// Approves a declaration and begins its publicity
///
/// 审核通过并公示, by the work unit.
#[utoipa::path(
    post,
    path = "/declarations/{id}/approve-and-publicize",
    tag = "commands",
    params(("id" = Id, Path, description = "The declaration")),
    request_body = ApproveAndPublicizeBody,
    responses((status = 200, body = DeclarationBody)),
)]
pub async fn approve_and_publicize(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    asked: Asked<ApproveAndPublicizeBody>,
) -> Result<Done, Problem> {
    let planned = asked.body.publicity.and_then(PublicityBody::days);
    let command = DeclarationCommand::ApproveAndPublicize(planned);
    declare(&app, &caller, id, command, &asked.stamp).await
}
