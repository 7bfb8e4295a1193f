//! The views as operators of the system see and keep them. What takes long is a job ([`follow`]).

pub mod drop_old;
pub mod follow;
pub mod parked;
pub mod plan;
pub mod rebuild;
pub mod reports;
pub mod rollback;
pub mod verify;

use crate::answer::Answer;
use crate::app::App;
use crate::caller::Caller;
use crate::params::Params;
use crate::path::Id;
use crate::problem::Problem;
use crate::schema::At;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use docket_domain::time::Instant;
use docket_domain::vocabulary::SystemRole;
use docket_projection::{Info, Other, Report, ReportKind};
use serde::Serialize;
use utoipa::ToSchema;

/// Names all views at once.
const ALL: &str = "all";

/// An operator of the system.
pub struct Operator(pub Caller);

impl FromRequestParts<App> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        Ok(Self(caller.in_role(SystemRole::SystemOperator)?))
    }
}

/// The view of a route; only an operator of the system learns whether there is one.
pub struct Named(pub &'static str);

impl FromRequestParts<App> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let name = name(parts, app).await?;
        find(app, &name).map(Named)
    }
}

/// The view of a route, or all of them.
pub struct NamedOrAll(pub Vec<&'static str>);

impl FromRequestParts<App> for NamedOrAll {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match name(parts, app).await?.as_str() {
            ALL => Ok(NamedOrAll(app.parts.views.names())),
            name => Ok(NamedOrAll(vec![find(app, name)?])),
        }
    }
}

/// The first id of the route, whatever stands behind it.
async fn name(parts: &mut Parts, app: &App) -> Result<String, Problem> {
    let Id(name) = Id::<String>::from_request_parts(parts, app).await?;
    Ok(name)
}

fn find(app: &App, name: &str) -> Result<&'static str, Problem> {
    let names = app.parts.views.names();
    let found = names.into_iter().find(|known| *known == name);
    found.ok_or_else(Problem::nothing_here)
}

/// The views.
#[derive(Debug, Serialize, ToSchema)]
pub struct Projections {
    items: Vec<ProjectionView>,
}

/// A view and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectionView {
    name: String,
    /// The generation that answers.
    generation: u32,
    /// The one that it replaced and that may answer again.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<u32>,
    /// What tells its meaning from another's.
    fingerprint: String,
    /// Where it stands in the log.
    checkpoint: u64,
    /// How far the log is ahead.
    lag: u64,
    /// When the first event that it has not seen was recorded, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<At>)]
    behind_since: Option<Instant>,
    /// Events a second of its build; 0 while it is not known.
    rate: u64,
    /// Rows of all its tables.
    rows: u64,
    /// Streams that wait for somebody to look at them.
    parked: u64,
    /// Why it stopped, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<String>,
    /// What was last found out about it, one of a kind.
    reports: Vec<ReportView>,
    /// Generations of other versions of Docket.
    others: Vec<OtherView>,
}

impl From<Info> for ProjectionView {
    fn from(info: Info) -> Self {
        Self {
            name: info.name,
            generation: info.generation,
            kept: info.kept,
            fingerprint: info.fingerprint,
            checkpoint: info.checkpoint,
            lag: info.lag,
            behind_since: info.behind_since,
            rate: info.rate,
            rows: info.rows,
            parked: info.parked,
            stopped: info.stopped,
            reports: info.reports.iter().map(ReportView::from).collect(),
            others: info.others.into_iter().map(OtherView::from).collect(),
        }
    }
}

/// What was last found out about a view.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportView {
    /// `verify`, `rebuild`, or `change` for another meaning.
    #[schema(value_type = String, example = "verify")]
    kind: ReportKind,
    /// The generation it is about.
    generation: u32,
    #[schema(value_type = At)]
    at: Instant,
    /// Rows that differed.
    differences: u64,
}

impl From<&Report> for ReportView {
    fn from(report: &Report) -> Self {
        Self {
            kind: report.kind,
            generation: report.generation,
            at: report.at,
            differences: report.differences(),
        }
    }
}

/// A generation of another version of Docket.
#[derive(Debug, Serialize, ToSchema)]
pub struct OtherView {
    generation: u32,
    fingerprint: String,
    /// Whether it answers for nodes of that version, or is built.
    live: bool,
}

impl From<Other> for OtherView {
    fn from(other: Other) -> Self {
        Self {
            generation: other.generation,
            fingerprint: other.fingerprint,
            live: other.live,
        }
    }
}

/// Lists the views and how far they have come
///
/// For operators of the system.
#[utoipa::path(get, path = "/admin/projections", tag = "operations", responses((status = 200, body = Projections)))]
pub async fn list(
    State(app): State<App>,
    _: Operator,
    params: Params,
) -> Result<Answer<Projections>, Problem> {
    let seen = params.settled(&app).await?;
    let views = app.parts.views.list().await?.into_iter();
    let items = views.map(ProjectionView::from).collect();
    Ok(Answer::new(seen, Projections { items }))
}
