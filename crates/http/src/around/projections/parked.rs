use super::follow::Ended;
use super::{Named, Operator};
use crate::answer::Answer;
use crate::app::App;
use crate::body::{Asked, Nothing};
use crate::jobs::{self, JobKind, Report, RetriedBody, Wanted};
use crate::params::Params;
use crate::path::Ids;
use crate::problem::Problem;
use crate::schema::At;
use axum::extract::State;
use docket_domain::time::Instant;
use docket_projection::Parked;
use serde::Serialize;
use utoipa::ToSchema;

/// The parked streams of a view.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParkedStreams {
    items: Vec<ParkedView>,
}

/// A stream that waits for somebody to look at it; its rows are those before the event.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParkedView {
    /// The stream's name.
    #[schema(example = "declaration/0198f3c2-7a51-7cc0-8f10-3b7f0c2d9a41")]
    stream: String,
    /// Version of the first event that could not be applied.
    version: u64,
    /// Its place in the log.
    position: u64,
    /// When it was recorded.
    #[schema(value_type = At)]
    since: Instant,
    /// Why.
    error: String,
}

impl From<Parked> for ParkedView {
    fn from(parked: Parked) -> Self {
        Self {
            stream: parked.stream,
            version: parked.version,
            position: parked.position,
            since: parked.since,
            error: parked.error,
        }
    }
}

/// Lists the streams whose events could not be applied
///
/// For operators of the system.
#[utoipa::path(
    get,
    path = "/admin/projections/{name}/parked",
    tag = "operations",
    params(("name" = String, Path, description = "The view", example = "worklist")),
    responses((status = 200, body = ParkedStreams)),
)]
pub async fn list(
    State(app): State<App>,
    _: Operator,
    Named(name): Named,
    params: Params,
) -> Result<Answer<ParkedStreams>, Problem> {
    let seen = params.settled(&app).await?;
    let parked = app.parts.views.parked(name).await?.into_iter();
    let items = parked.map(ParkedView::from).collect();
    Ok(Answer::new(seen, ParkedStreams { items }))
}

/// Folds a parked stream again
///
/// For operators of the system, once the cause is mended. `mended` says whether it is parked still.
#[utoipa::path(
    post,
    path = "/admin/projections/{name}/parked/{stream}/retry",
    tag = "operations",
    params(
        ("name" = String, Path, description = "The view", example = "worklist"),
        ("stream" = String, Path, description = "The stream, percent-encoded", example = "declaration%2F0198f3c2-7a51-7cc0-8f10-3b7f0c2d9a41"),
    ),
    request_body = Nothing,
    responses((status = 200, body = RetriedBody)),
)]
pub async fn retry(
    State(app): State<App>,
    Operator(caller): Operator,
    Named(name): Named,
    ids: Ids<String, String>,
    asked: Asked<Nothing>,
) -> Result<Ended, Problem> {
    let Ids(_, stream) = ids;
    let mut wanted = Wanted::new(JobKind::Retry, vec![name], &caller, asked.stamp);
    wanted.stream = Some(stream.clone());
    let job = jobs::begin(&app, wanted, move |app, _| async move {
        let parked = app.parts.views.parked(name).await?;
        if !parked.iter().any(|parked| parked.stream == stream) {
            return Err(Problem::nothing_here().into());
        }
        let mended = app.parts.views.retry(name, &stream).await?;
        Ok(Report::Retried(RetriedBody { stream, mended }))
    });
    Ended::of(job.await?).await
}
