use crate::app::App;
use crate::body::Given;
use crate::problem::{Problem, Trouble};
use crate::schema::At;
use axum::Json;
use axum::extract::State;
use docket_domain::time::Instant;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Days at once.
const DAYS_MAX: u32 = 3_660;

/// How far the demo's clock is to go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdvanceBody {
    /// Whole days, forward.
    #[schema(minimum = 0, maximum = 3660)]
    advance_days: u32,
}

/// What the demo's clock shows.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockView {
    #[schema(value_type = At)]
    now: Instant,
}

/// Moves the demo's clock forward
///
/// Exists in the demo only: publicity takes five working days.
#[utoipa::path(
    post,
    path = "/demo/clock",
    tag = "demo",
    security(()),
    request_body = AdvanceBody,
    responses((status = 200, body = ClockView)),
)]
pub async fn advance(
    State(app): State<App>,
    Given(body): Given<AdvanceBody>,
) -> Result<Json<ClockView>, Problem> {
    if body.advance_days > DAYS_MAX {
        return Err(Problem::field("advance_days", "一次最多 3660 天"));
    }
    let clock = app
        .parts
        .demo_clock
        .as_ref()
        .ok_or(Trouble::RouteNotFound)?;
    let moved = clock.advance(body.advance_days).await;
    let now = moved.map_err(|why| Problem::from(Trouble::Unavailable).with_detail(why))?;
    Ok(Json(ClockView { now }))
}
