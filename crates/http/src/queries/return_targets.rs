use crate::access::{Capacity, readable};
use crate::answer::Answer;
use crate::app::App;
use crate::caller::Caller;
use crate::params::Params;
use crate::path::Declared;
use crate::problem::Problem;
use crate::schema::Id;
use axum::extract::State;
use docket_domain::Facts;
use docket_domain::declaration::{Declaration, ReturnTo, decide};
use docket_domain::{Code, UnitId};
use serde::Serialize;
use utoipa::ToSchema;

/// What 退回到 offers.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReturnTargets {
    /// Nearest first.
    items: Vec<ReturnTarget>,
}

/// One choice of 退回到.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReturnTarget {
    /// `applicant`, or a unit's id.
    #[schema(example = "applicant")]
    pub to: String,
    /// 申报人, or the unit's name.
    pub name: String,
    /// Whether it is chosen at first.
    pub default: bool,
}

/// Lists where a declaration can be returned to
///
/// 退回到: every earlier unit of the live path, nearest first, then the applicant.
#[utoipa::path(
    get,
    path = "/declarations/{id}/return-targets",
    tag = "declarations",
    params(("id" = Id, Path, description = "The declaration")),
    responses((status = 200, body = ReturnTargets)),
)]
pub async fn return_targets(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    params: Params,
) -> Result<Answer<ReturnTargets>, Problem> {
    let seen = params.settled(&app).await?;
    let readable = readable(&app, &caller, id).await?;
    let Capacity::Unit { unit, .. } = readable.capacity else {
        return Err(Code::NoPermission.into());
    };
    let declaration = readable.declaration;
    let question = |facts: &Facts| offered(&declaration, unit, facts);
    let items = app.engine().consult(caller.actor.clone(), question).await?;
    Ok(Answer::new(seen, ReturnTargets { items }).at_version(declaration.version))
}

/// What a unit may return a declaration to; nothing while its step is not open.
pub fn offered(declaration: &Declaration, unit: UnitId, facts: &Facts) -> Vec<ReturnTarget> {
    let Some(step) = declaration
        .step_shown_to(unit)
        .filter(|step| step.is_open())
    else {
        return Vec::new();
    };
    let targets = decide::return_targets(declaration, step)
        .into_iter()
        .enumerate();
    targets
        .map(|(index, to)| {
            let (to, name) = match to {
                ReturnTo::Applicant => ("applicant".to_owned(), "申报人".to_owned()),
                ReturnTo::Unit(unit) => (
                    unit.to_string(),
                    facts
                        .unit(unit)
                        .map(|unit| unit.name.clone())
                        .unwrap_or_default(),
                ),
            };
            ReturnTarget {
                to,
                name,
                default: index == 0,
            }
        })
        .collect()
}
