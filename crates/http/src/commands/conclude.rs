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

/// The committee's conclusion.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"passed": true, "opinion": "符合条件"}))]
#[serde(deny_unknown_fields)]
pub struct ConcludeBody {
    /// 评审通过 or 评审未通过
    #[schema(value_type = bool)]
    passed: Option<bool>,
    /// 评审意见
    #[schema(max_length = 200)]
    opinion: Option<String>,
}

/// Concludes a review
///
/// 评审结论, by the committee.
#[utoipa::path(
    post,
    path = "/declarations/{id}/conclude",
    tag = "commands",
    params(("id" = Id, Path, description = "The declaration")),
    request_body = ConcludeBody,
    responses((status = 200, body = DeclarationBody)),
)]
pub async fn conclude(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    asked: Asked<ConcludeBody>,
) -> Result<Done, Problem> {
    let ConcludeBody { passed, opinion } = asked.body;
    let command = DeclarationCommand::Conclude {
        passed,
        opinion: opinion.unwrap_or_default(),
    };
    declare(&app, &caller, id, command, &asked.stamp).await
}
