use crate::app::App;
use crate::body::Asked;
use crate::caller::Caller;
use crate::command::{DeclarationBody, Done, declare};
use crate::path::Declared;
use crate::problem::Problem;
use crate::schema::Id;
use axum::extract::State;
use docket_domain::declaration::{Ballot, DeclarationCommand};
use serde::Deserialize;
use utoipa::ToSchema;

/// The committee's conclusion.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "passed": true, "present": 11, "for": 9, "against": 1, "abstained": 1, "opinion": "符合条件"
}))]
#[serde(deny_unknown_fields)]
pub struct ConcludeBody {
    /// 评审通过 or 评审未通过
    #[schema(value_type = bool)]
    passed: Option<bool>,
    /// 出席人数; with it all votes are given, and they add up to it.
    present: Option<u32>,
    /// 赞成票数
    #[serde(rename = "for")]
    in_favour: Option<u32>,
    /// 反对票数
    against: Option<u32>,
    /// 弃权票数
    abstained: Option<u32>,
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
    let body = asked.body;
    let command = DeclarationCommand::Conclude {
        passed: body.passed,
        ballot: Ballot {
            present: body.present,
            in_favour: body.in_favour,
            against: body.against,
            abstained: body.abstained,
        },
        opinion: body.opinion.unwrap_or_default(),
    };
    declare(&app, &caller, id, command, &asked.stamp).await
}
