use super::{Named, Operator};
use crate::answer::Answer;
use crate::app::App;
use crate::params::Params;
use crate::problem::Problem;
use crate::schema::At;
use axum::extract::State;
use docket_domain::time::Instant;
use docket_projection::{Report, ReportKind};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What was last found out about a view.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reports {
    items: Vec<FullReport>,
}

/// The last report of a kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct FullReport {
    /// `verify`, `rebuild`, or `change` for another meaning.
    #[schema(value_type = String, example = "verify")]
    kind: ReportKind,
    /// The generation it is about.
    generation: u32,
    #[schema(value_type = At)]
    at: Instant,
    /// All of it: of a rebuild and a verification what the job reported, of another meaning the
    /// tables and columns that changed. Rows are named by ids and columns only.
    #[schema(value_type = Object)]
    report: Value,
}

impl From<Report> for FullReport {
    fn from(report: Report) -> Self {
        Self {
            kind: report.kind,
            generation: report.generation,
            at: report.at,
            report: report.report,
        }
    }
}

/// Answers what was last found out about a view, in full
///
/// For operators of the system: the last verification, the last rebuild, and what changed when the
/// view got another meaning.
#[utoipa::path(
    get,
    path = "/admin/projections/{name}/reports",
    tag = "operations",
    params(("name" = String, Path, description = "The view", example = "worklist")),
    responses((status = 200, body = Reports)),
)]
pub async fn reports(
    State(app): State<App>,
    _: Operator,
    Named(name): Named,
    params: Params,
) -> Result<Answer<Reports>, Problem> {
    let seen = params.settled(&app).await?;
    let views = app.parts.views.glance().await?.into_iter();
    let reports = views.filter(|info| info.name == name);
    let items = reports.flat_map(|info| info.reports).map(FullReport::from);
    let items = items.collect();
    Ok(Answer::new(seen, Reports { items }))
}
