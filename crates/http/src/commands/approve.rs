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

/// The accepting unit's approval.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"opinion": "同意"}))]
#[serde(deny_unknown_fields)]
pub struct ApproveBody {
    /// 审核意见
    #[schema(max_length = 200)]
    opinion: Option<String>,
}

/// Approves a declaration for good
///
/// 审核通过, by the accepting unit.
#[utoipa::path(
    post,
    path = "/declarations/{id}/approve",
    tag = "commands",
    params(("id" = Id, Path, description = "The declaration")),
    request_body = ApproveBody,
    responses((status = 200, body = DeclarationBody)),
)]
pub async fn approve(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    asked: Asked<ApproveBody>,
) -> Result<Done, Problem> {
    let command = DeclarationCommand::Approve {
        opinion: asked.body.opinion.unwrap_or_default(),
    };
    declare(&app, &caller, id, command, &asked.stamp).await
}
