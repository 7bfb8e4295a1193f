use crate::answer::Answer;
use crate::app::App;
use crate::caller::Caller;
use crate::params::Params;
use crate::problem::Problem;
use axum::extract::State;
use docket_domain::vocabulary::SystemRole;
use serde::Serialize;
use utoipa::ToSchema;

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
    caller: Caller,
    params: Params,
) -> Result<Answer<Projections>, Problem> {
    let seen = params.settled(&app).await?;
    caller.in_role(SystemRole::SystemOperator)?;
    let items = app
        .parts
        .views
        .list()
        .await?
        .into_iter()
        .map(|info| ProjectionView {
            name: info.name,
            generation: info.generation,
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
