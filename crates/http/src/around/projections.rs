//! The views as operators of the system see and keep them. What takes long is a job ([`follow`]).

pub mod drop_old;
pub mod follow;
pub mod parked;
pub mod plan;
pub mod rebuild;
pub mod rollback;
pub mod verify;

use crate::answer::Answer;
use crate::app::App;
use crate::caller::Caller;
use crate::params::Params;
use crate::path::Id;
use crate::problem::Problem;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use docket_domain::vocabulary::SystemRole;
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
    /// Rows of all its tables.
    rows: u64,
    /// Streams that wait for somebody to look at them.
    parked: u64,
    /// Why it stopped, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<String>,
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
    let items = views.map(|info| ProjectionView {
        name: info.name,
        generation: info.generation,
        kept: info.kept,
        fingerprint: info.fingerprint,
        checkpoint: info.checkpoint,
        lag: info.lag,
        rows: info.rows,
        parked: info.parked,
        stopped: info.stopped,
    });
    Ok(Answer::new(
        seen,
        Projections {
            items: items.collect(),
        },
    ))
}
