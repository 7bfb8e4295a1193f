//! Work on the views that operators of the system ask of this node: one at a time, in a task of its
//! own, remembered for a while with what came of it.

mod audit;
mod report;

pub use audit::note;

pub use report::{
    DroppedBody, RebuiltBody, RepairedBody, Report, RetriedBody, RolledBackBody, VerifiedBody,
};

use crate::app::App;
use crate::caller::Caller;
use crate::problem::{Problem, Trouble};
use crate::stamp::Stamp;
use docket_domain::PersonId;
use docket_domain::time::Instant;
use docket_projection::{Progress, ViewError};
use futures::FutureExt as _;
use serde::Serialize;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tracing::Instrument;
use utoipa::ToSchema;
use uuid::Uuid;

/// How many are remembered.
const REMEMBERED: usize = 32;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// New generations are built and answer.
    Rebuild,
    /// Rows are compared with the log.
    Verify,
    /// The same, and wrong rows are written anew.
    Repair,
    /// The generation before answers again.
    Rollback,
    /// A parked stream is folded again.
    Retry,
    /// What is kept is dropped.
    DropOld,
}

impl JobKind {
    /// Whether it is refused while another such job runs. A retry is about one stream and does not
    /// disturb.
    fn runs_alone(self) -> bool {
        self != JobKind::Retry
    }
}

/// A job that somebody wants.
pub struct Wanted {
    /// What.
    pub kind: JobKind,
    /// Of which views.
    pub views: Vec<&'static str>,
    /// Of which stream, for a retry.
    pub stream: Option<String>,
    /// Who.
    pub by: PersonId,
    /// The circumstances.
    pub stamp: Stamp,
}

impl Wanted {
    /// A job on views.
    pub fn new(kind: JobKind, views: Vec<&'static str>, by: &Caller, stamp: Stamp) -> Self {
        Self {
            kind,
            views,
            stream: None,
            by: by.person,
            stamp,
        }
    }
}

/// How far a job is.
#[derive(Debug, Clone)]
pub enum JobState {
    /// The security audit does not have it yet.
    Asked,
    /// At work; nothing is known before the first step.
    Running(Option<Progress>),
    /// Done.
    Finished(Arc<Report>),
    /// Not done.
    Failed(Failed),
}

impl JobState {
    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        matches!(self, JobState::Finished(_) | JobState::Failed(_))
    }
}

/// Why a job failed.
#[derive(Debug, Clone)]
pub struct Failed {
    /// The problem.
    pub problem: Problem,
    /// What the gate found.
    pub differences: Vec<String>,
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self {
            problem,
            differences: Vec::new(),
        }
    }
}

impl From<ViewError> for Failed {
    fn from(error: ViewError) -> Self {
        let differences = match &error {
            ViewError::Different(refused) => {
                refused.iter().flat_map(|view| view.lines(LINES)).collect()
            }
            _ => Vec::new(),
        };
        Self {
            problem: error.into(),
            differences,
        }
    }
}

/// Rows of a refused view that are told; the report has them all.
const LINES: usize = 100;

/// One job.
pub struct Job {
    /// Names it.
    pub id: Uuid,
    /// When it was asked for.
    pub started_at: Instant,
    /// What was asked.
    pub wanted: Wanted,
    state: watch::Sender<JobState>,
}

impl Job {
    /// Its state, as it changes.
    pub fn watch(&self) -> watch::Receiver<JobState> {
        self.state.subscribe()
    }

    /// Its state now.
    pub fn state(&self) -> JobState {
        self.state.borrow().clone()
    }

    /// Tells how far it has come.
    pub fn progress(&self, progress: Progress) {
        self.state.send_replace(JobState::Running(Some(progress)));
    }

    /// Returns once it runs, or once it is over.
    ///
    /// # Errors
    /// When it ended before it ran.
    pub async fn running(&self) -> Result<(), Problem> {
        let mut watch = self.watch();
        let state = watch
            .wait_for(|state| !matches!(state, JobState::Asked))
            .await;
        match state.as_deref() {
            Ok(JobState::Failed(failed)) => Err(failed.problem.clone()),
            _ => Ok(()),
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// Why it failed.
    pub async fn ended(&self) -> Result<Arc<Report>, Problem> {
        let mut watch = self.watch();
        let state = watch.wait_for(JobState::is_over).await;
        match state.as_deref() {
            Ok(JobState::Finished(report)) => Ok(Arc::clone(report)),
            Ok(JobState::Failed(failed)) => Err(failed.problem.clone()),
            _ => Err(Trouble::Unavailable.into()),
        }
    }

    fn is_over(&self) -> bool {
        self.state.borrow().is_over()
    }

    /// Whether it is the answer to the same request: by the same person under the same key.
    fn answers(&self, wanted: &Wanted) -> bool {
        self.wanted.by == wanted.by && self.wanted.stamp.key() == wanted.stamp.key()
    }
}

/// The jobs of a node, oldest first.
#[derive(Default)]
pub struct Jobs(Mutex<VecDeque<Arc<Job>>>);

impl Jobs {
    /// One of those that are remembered.
    pub fn find(&self, id: Uuid) -> Option<Arc<Job>> {
        self.all().iter().find(|job| job.id == id).cloned()
    }

    /// How far the views are that are built anew, from 0 to 1.
    pub fn rebuilding(&self) -> Vec<(&'static str, f64)> {
        let all = self.all();
        let rebuilds = all.iter().filter(|job| job.wanted.kind == JobKind::Rebuild);
        let parts = rebuilds.filter_map(|job| match &*job.state.borrow() {
            JobState::Running(progress) => {
                let done = progress.map_or(0.0, |progress| progress.part());
                Some(job.wanted.views.iter().map(move |view| (*view, done)))
            }
            _ => None,
        });
        parts.flatten().collect()
    }

    /// Waits until none runs; for a server that has told them to stop.
    pub async fn ended(&self) {
        let all: Vec<Arc<Job>> = self.all().iter().cloned().collect();
        for job in all {
            // Why one failed is told elsewhere.
            let _ = job.ended().await;
        }
    }

    /// Takes a place among the jobs, or finds the one that answers already.
    fn enter(&self, job: Job) -> Result<Place, Problem> {
        let mut all = self.all();
        if let Some(same) = all.iter().find(|known| known.answers(&job.wanted)) {
            return match same.wanted.stamp.is_same_request(&job.wanted.stamp) {
                true => Ok(Place::Known(Arc::clone(same))),
                false => Err(Trouble::IdempotencyKeyReused.into()),
            };
        }
        let mut alone = all.iter().filter(|known| known.wanted.kind.runs_alone());
        if job.wanted.kind.runs_alone()
            && let Some(other) = alone.find(|known| !known.is_over())
        {
            return Err(Problem::from(Trouble::JobRunning).with_detail(other.id.to_string()));
        }
        let job = Arc::new(job);
        all.push_back(Arc::clone(&job));
        while all.len() > REMEMBERED
            && let Some(oldest) = all.iter().position(|known| known.is_over())
        {
            all.remove(oldest);
        }
        Ok(Place::New(job))
    }

    /// It never began: the same request may be sent again.
    fn forget(&self, id: Uuid) {
        self.all().retain(|job| job.id != id);
    }

    fn all(&self) -> MutexGuard<'_, VecDeque<Arc<Job>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Place {
    Known(Arc<Job>),
    New(Arc<Job>),
}

/// Begins a job in a task of its own: a client that hangs up does not stop it. Asked again under
/// the same key, it is the one that was begun.
///
/// # Errors
/// JOB_RUNNING, IDEMPOTENCY_KEY_REUSED, or why the security audit could not be written: then
/// nothing was begun.
pub async fn begin<F>(
    app: &App,
    wanted: Wanted,
    work: impl FnOnce(App, Arc<Job>) -> F,
) -> Result<Arc<Job>, Problem>
where
    F: Future<Output = Result<Report, Failed>> + Send + 'static,
{
    let job = Job {
        id: app.engine().entropy().uuid(app.now()),
        started_at: app.now(),
        wanted,
        state: watch::Sender::new(JobState::Asked),
    };
    let job = match app.jobs.enter(job)? {
        Place::Known(job) => job,
        Place::New(job) => {
            let work = work(app.clone(), Arc::clone(&job));
            tokio::spawn(run(app.clone(), Arc::clone(&job), work).in_current_span());
            job
        }
    };
    job.running().await?;
    Ok(job)
}

async fn run(app: App, job: Arc<Job>, work: impl Future<Output = Result<Report, Failed>>) {
    if let Err(failure) = audit::begun(&app, &job).await {
        app.jobs.forget(job.id);
        let failed = Failed::from(Problem::from(failure));
        job.state.send_replace(JobState::Failed(failed));
        return;
    }
    job.state.send_replace(JobState::Running(None));
    let mut shutdown = app.parts.shutdown.clone();
    let result = tokio::select! {
        result = AssertUnwindSafe(work).catch_unwind() => result.unwrap_or_else(|_| {
            tracing::error!(job = %job.id, "a job panicked");
            Err(Problem::from(Trouble::Internal).into())
        }),
        () = shutdown.wait() => Err(Problem::from(Trouble::Unavailable).into()),
    };
    if let Err(failure) = audit::ended(&app, &job, &result).await {
        tracing::warn!(%failure, job = %job.id, "the security audit does not have what came of a job");
    }
    job.state.send_replace(match result {
        Ok(report) => JobState::Finished(Arc::new(report)),
        Err(failed) => JobState::Failed(failed),
    });
}
