use crate::answer::AdminBody;
use crate::app::App;
use crate::body::Asked;
use crate::caller::Caller;
use crate::command::{Saved, administer};
use crate::path::Id;
use crate::problem::Problem;
use crate::schema::Date;
use axum::extract::State;
use docket_domain::administration::AdminCommand;
use docket_domain::calendar::{CalendarYear, DayKind};
use docket_domain::time::Day;
use serde::Deserialize;
use utoipa::ToSchema;

/// One year's notice of holidays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarBody {
    /// The days that differ from the plain week.
    days: Vec<CalendarDay>,
    /// A year with fewer than five days off is meant so.
    #[serde(default)]
    confirm: bool,
}

/// A day that differs from the plain week.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarDay {
    #[schema(value_type = Date)]
    day: Day,
    /// `off` for 放假, `work` for 调休上班.
    #[schema(value_type = String, example = "off")]
    kind: DayKind,
}

/// Loads or corrects a year of the holiday calendar
///
/// For operators of the system. A year is replaced as a whole.
#[utoipa::path(
    put,
    path = "/admin/calendar/{year}",
    tag = "operations",
    params(("year" = i32, Path, description = "The year", example = 2026)),
    request_body = CalendarBody,
    responses((status = 200, body = AdminBody)),
)]
pub async fn put(
    State(app): State<App>,
    caller: Caller,
    Id(year): Id<i32>,
    asked: Asked<CalendarBody>,
) -> Result<Saved, Problem> {
    let days = asked
        .body
        .days
        .iter()
        .map(|day| (day.day, day.kind))
        .collect();
    let year = CalendarYear::new(year, days)
        .map_err(|problem| Problem::field("days", problem.to_string()))?;
    administer(
        &app,
        &caller.or_operator(),
        AdminCommand::LoadCalendarYear {
            year,
            confirmed: asked.body.confirm,
        },
        &asked.stamp,
    )
    .await
}
