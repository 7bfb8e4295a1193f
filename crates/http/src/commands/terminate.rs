use crate::app::App;
use crate::body::Asked;
use crate::caller::Caller;
use crate::command::{DeclarationBody, Done, declare};
use crate::path::Declared;
use crate::problem::Problem;
use crate::schema::Id;
use axum::extract::State;
use docket_domain::declaration::DeclarationCommand;
use serde::Deserialize;
use utoipa::ToSchema;

/// The termination dialog.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"reason": "不符合基本条件"}))]
#[serde(deny_unknown_fields)]
pub struct TerminateBody {
    /// 终止原因
    #[schema(value_type = String, max_length = 300)]
    reason: Option<String>,
}

/// Terminates a declaration
///
/// 终止申报: final, and bars the choice for the rest of the year.
#[utoipa::path(
    post,
    path = "/declarations/{id}/terminate",
    tag = "commands",
    params(("id" = Id, Path, description = "The declaration")),
    request_body = TerminateBody,
    responses((status = 200, body = DeclarationBody)),
)]
pub async fn terminate(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    asked: Asked<TerminateBody>,
) -> Result<Done, Problem> {
    let command = DeclarationCommand::Terminate {
        reason: asked.body.reason.unwrap_or_default(),
    };
    declare(&app, &caller, id, command, &asked.stamp).await
}
