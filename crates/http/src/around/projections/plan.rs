use super::{NamedOrAll, Operator};
use crate::answer::Answer;
use crate::app::App;
use crate::params::Params;
use crate::problem::Problem;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// What a rebuild would take.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanBody {
    /// Positions of the log.
    events: u64,
    /// Positions of the log a second: of the last build, or a guess.
    rate: u64,
    /// Whether the rate is that of a build.
    measured: bool,
    /// Seconds the replay will take at that rate, indexes included.
    replay_seconds: u64,
    /// Seconds the comparison of old and new will take, at the rate of the last one; absent before
    /// each of the views was compared once.
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison_seconds: Option<u64>,
    /// Seconds of both; of the replay alone while those of the comparison are absent.
    eta_seconds: u64,
    /// Bytes on the disk, about: what the present generations take.
    bytes: u64,
}

/// Says what a rebuild would take
///
/// For operators of the system. `all` names all views, which are built in one pass.
#[utoipa::path(
    get,
    path = "/admin/projections/{name}/plan",
    tag = "operations",
    params(("name" = String, Path, description = "The view, or `all`", example = "worklist")),
    responses((status = 200, body = PlanBody)),
)]
pub async fn plan(
    State(app): State<App>,
    _: Operator,
    NamedOrAll(names): NamedOrAll,
    params: Params,
) -> Result<Answer<PlanBody>, Problem> {
    let seen = params.settled(&app).await?;
    let plan = app.parts.views.plan(&names).await?;
    let body = PlanBody {
        events: plan.events,
        rate: plan.rate,
        measured: plan.measured,
        replay_seconds: plan.replay_seconds,
        comparison_seconds: plan.comparison_seconds,
        eta_seconds: plan.eta_seconds,
        bytes: plan.bytes,
    };
    Ok(Answer::new(seen, body))
}
