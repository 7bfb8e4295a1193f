use crate::app::App;
use crate::body::Asked;
use crate::caller::Caller;
use crate::command::{DeclarationBody, Done, declare};
use crate::path::Declared;
use crate::problem::Problem;
use crate::schema::Id;
use axum::extract::State;
use docket_domain::UnitId;
use docket_domain::declaration::{DeclarationCommand, ReturnTo};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

/// The return dialog.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"to": "applicant", "reason": "请补充学历证书"}))]
#[serde(deny_unknown_fields)]
pub struct ReturnBody {
    /// 退回到: `applicant`, or the id of an earlier unit.
    #[serde(default, deserialize_with = "destination")]
    #[schema(value_type = String, required = true, example = "applicant")]
    to: Option<ReturnTo>,
    /// 退回原因
    #[schema(value_type = String, max_length = 300)]
    reason: Option<String>,
}

fn destination<'de, D: Deserializer<'de>>(given: D) -> Result<Option<ReturnTo>, D::Error> {
    let Some(text) = Option::<String>::deserialize(given)? else {
        return Ok(None);
    };
    match text.as_str() {
        "applicant" => Ok(Some(ReturnTo::Applicant)),
        id => id
            .parse()
            .map(|id: UnitId| Some(ReturnTo::Unit(id)))
            .map_err(D::Error::custom),
    }
}

/// Returns a declaration to the applicant or to an earlier unit
///
/// 退回申报
#[utoipa::path(
    post,
    path = "/declarations/{id}/return",
    tag = "commands",
    params(("id" = Id, Path, description = "The declaration")),
    request_body = ReturnBody,
    responses((status = 200, body = DeclarationBody)),
)]
pub async fn send_back(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    asked: Asked<ReturnBody>,
) -> Result<Done, Problem> {
    let command = DeclarationCommand::Return {
        to: asked.body.to,
        reason: asked.body.reason.unwrap_or_default(),
    };
    declare(&app, &caller, id, command, &asked.stamp).await
}
