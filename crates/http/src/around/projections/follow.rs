//! A job as clients see it: what it was begun with, how far it is, what came of it.

use super::Operator;
use crate::answer::Answer;
use crate::app::App;
use crate::jobs::{Failed, Job, JobKind, JobState, Report};
use crate::openapi;
use crate::params::Params;
use crate::path::Id;
use crate::problem::{Problem, ProblemBody};
use crate::schema::At;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use docket_domain::time::Instant;
use docket_projection::Progress;
use serde::Serialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use utoipa::ToSchema;
use uuid::Uuid;

/// The least time between two events of progress.
const PACE: Duration = Duration::from_millis(200);

/// A job on the views.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobBody {
    #[schema(value_type = crate::schema::Id)]
    id: Uuid,
    kind: JobKind,
    /// The views concerned.
    views: Vec<&'static str>,
    state: StateCode,
    #[schema(value_type = At)]
    started_at: Instant,
    /// While it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressBody>,
    /// Once it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Report>)]
    report: Option<Arc<Report>>,
    /// Once it has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureBody>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StateCode {
    /// At work.
    Running,
    /// Done.
    Finished,
    /// Not done.
    Failed,
}

/// How far a job has come: what it is at, and how far it is with that.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct ProgressBody {
    /// What it is at. A rebuild: `replaying`, `indexing`, `catching_up`, `comparing`, `switching`; a
    /// verification: `verifying`; a repair: `verifying` and `mending` in turn.
    #[schema(value_type = String, example = "comparing")]
    phase: &'static str,
    /// What is counted: `events` of the log, `steps`, `rows` of old and new, `views`, `groups` of
    /// streams, `streams`.
    #[schema(value_type = String, example = "rows")]
    unit: &'static str,
    /// What it has gone through.
    done: u64,
    /// What there is, as far as is known; 0 before it was counted.
    total: u64,
    /// So many a second.
    rate: u64,
    /// Seconds since it began with this.
    elapsed_seconds: u64,
    /// Seconds this will take yet; absent before a rate is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    eta_seconds: Option<u64>,
}

/// Why a job failed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FailureBody {
    #[schema(value_type = ProblemBody)]
    problem: ProblemBody,
    /// Of a strict rebuild, what differs: tables and the declarations concerned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    differences: Vec<String>,
}

impl From<Failed> for FailureBody {
    fn from(failed: Failed) -> Self {
        Self {
            problem: failed.problem.body(None),
            differences: failed.differences,
        }
    }
}

impl ProgressBody {
    fn new(progress: Progress) -> Self {
        Self {
            phase: progress.phase.code(),
            unit: progress.phase.unit(),
            done: progress.done,
            total: progress.total,
            rate: progress.rate(),
            elapsed_seconds: progress.elapsed().as_secs(),
            eta_seconds: progress.eta_seconds(),
        }
    }
}

impl JobBody {
    fn of(job: &Job) -> Self {
        let mut body = Self {
            id: job.id,
            kind: job.wanted.kind,
            views: job.wanted.views.clone(),
            state: StateCode::Running,
            started_at: job.started_at,
            progress: None,
            report: None,
            failure: None,
        };
        match job.state() {
            JobState::Asked => {}
            JobState::Running(progress) => {
                body.progress = progress.map(ProgressBody::new);
            }
            JobState::Finished(report) => {
                body.state = StateCode::Finished;
                body.report = Some(report);
            }
            JobState::Failed(failed) => {
                body.state = StateCode::Failed;
                body.failure = Some(failed.into());
            }
        }
        body
    }
}

/// The answer to what begins a job.
pub struct Begun(pub Arc<Job>);

impl IntoResponse for Begun {
    fn into_response(self) -> Response {
        let place = format!("{}/admin/rebuilds/{}", openapi::PREFIX, self.0.id);
        let place = HeaderValue::try_from(place).expect("an address with an id is a header value");
        let mut response = (StatusCode::ACCEPTED, Json(JobBody::of(&self.0))).into_response();
        response.headers_mut().insert(header::LOCATION, place);
        private(response)
    }
}

/// The answer to what is over before it is answered: the report alone.
pub struct Ended(Arc<Report>);

impl Ended {
    /// Waits for the end of a job.
    pub async fn of(job: Arc<Job>) -> Result<Self, Problem> {
        job.ended().await.map(Self)
    }
}

impl IntoResponse for Ended {
    fn into_response(self) -> Response {
        private(Json(self.0).into_response())
    }
}

fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Follows a job on the views
///
/// For operators of the system. Server-sent events: `progress` as it goes, then one `finished` with
/// the report or one `failed` with the problem. With `Accept: application/json` it answers once how
/// the job is. A node remembers its last jobs, and knows nothing of another node's.
#[utoipa::path(
    get,
    path = "/admin/rebuilds/{id}",
    tag = "operations",
    params(("id" = crate::schema::Id, Path, description = "The job")),
    responses((status = 200, content(
        (JobBody = "application/json"),
        (ProgressBody = "text/event-stream"),
    ))),
)]
pub async fn follow(
    State(app): State<App>,
    _: Operator,
    Id(id): Id<Uuid>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let seen = params.settled(&app).await?;
    let job = app.jobs.find(id).ok_or_else(Problem::nothing_here)?;
    if wants_json(&headers) {
        return Ok(Answer::new(seen, JobBody::of(&job)).into_response());
    }
    let following = Following {
        watch: job.watch(),
        _job: job,
        told: false,
        over: false,
    };
    let events = futures::stream::unfold(following, |mut following| async {
        let event = following.next().await?;
        Some((Ok::<_, Infallible>(event), following))
    });
    let events = Sse::new(events).keep_alive(KeepAlive::default());
    Ok(private(events.into_response()))
}

/// Whether the client asks for JSON and not for a stream.
fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT);
    let accepted = accepted.and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| {
        accepted.contains("application/json") && !accepted.contains("text/event-stream")
    })
}

struct Following {
    /// It holds the sender, so that there is always somebody to tell.
    _job: Arc<Job>,
    watch: watch::Receiver<JobState>,
    /// Whether anything was told yet.
    told: bool,
    over: bool,
}

impl Following {
    /// The next event; `None` behind the last one.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.over {
                return None;
            }
            if std::mem::replace(&mut self.told, true) {
                self.changed().await;
            }
            let state = self.watch.borrow_and_update().clone();
            self.over = state.is_over();
            if let Some(event) = told(state) {
                return Some(event);
            }
        }
    }

    /// Waits for news, and lets those that come at once be one.
    async fn changed(&mut self) {
        let _ = self.watch.changed().await;
        if !self.watch.borrow().is_over() {
            let mut watch = self.watch.clone();
            let end = watch.wait_for(JobState::is_over);
            let _ = tokio::time::timeout(PACE, end).await;
        }
    }
}

/// What a state tells whoever follows.
fn told(state: JobState) -> Option<Event> {
    match state {
        JobState::Asked | JobState::Running(None) => None,
        JobState::Running(Some(progress)) => Some(event("progress", &ProgressBody::new(progress))),
        JobState::Finished(report) => Some(event("finished", &report)),
        JobState::Failed(failed) => Some(event("failed", &FailureBody::from(failed))),
    }
}

fn event(name: &str, body: &impl Serialize) -> Event {
    let data = serde_json::to_string(body).expect("what is told of a job has a JSON form");
    Event::default().event(name).data(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_takes_a_stream_gets_one() {
        let asks = |accept: &'static str| {
            let value = HeaderValue::from_static(accept);
            wants_json(&HeaderMap::from_iter([(header::ACCEPT, value)]))
        };
        assert!(asks("application/json"));
        assert!(!asks("text/event-stream"));
        assert!(!asks("text/event-stream, application/json"));
        assert!(!asks("*/*"));
        assert!(!wants_json(&HeaderMap::new()));
    }
}
