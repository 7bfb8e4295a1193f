use crate::error::Result;
use crate::log::Durability;
use crate::prepared::Prepared;
use docket_store::queue::Queued;
use docket_store::{AppendError, Appended, LogError};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// What waits for the writer. The first three share transactions.
pub(crate) enum Job {
    Append {
        append: Box<Prepared>,
        queued: Instant,
        reply: oneshot::Sender<std::result::Result<Appended, AppendError>>,
    },
    Audit {
        rows: String,
        reply: oneshot::Sender<Result<()>>,
    },
    Setting {
        name: String,
        value: Vec<u8>,
        reply: oneshot::Sender<Result<()>>,
    },
    Durability {
        reply: oneshot::Sender<Result<Durability>>,
    },
    Checkpoint {
        reply: oneshot::Sender<Result<()>>,
    },
    Close {
        reply: oneshot::Sender<Result<()>>,
    },
}

/// What a job came to.
pub(crate) enum Outcome {
    Append(std::result::Result<Appended, AppendError>),
    Durability(Durability),
    Done,
}

impl Queued for Job {
    fn commits(&self) -> bool {
        matches!(
            self,
            Job::Append { .. } | Job::Audit { .. } | Job::Setting { .. }
        )
    }

    fn bytes(&self) -> usize {
        match self {
            Job::Append { append, .. } => append.bytes,
            Job::Audit { rows, .. } => rows.len(),
            Job::Setting { value, .. } => value.len(),
            Job::Durability { .. } | Job::Checkpoint { .. } | Job::Close { .. } => 0,
        }
    }
}

impl Job {
    /// Answers the caller. One who went away is no error: what is committed stays.
    pub(crate) fn answer(self, outcome: Result<Outcome>) {
        match self {
            Job::Append { reply, .. } => drop(
                reply.send(
                    outcome
                        .map_err(AppendError::Log)
                        .and_then(Outcome::appended),
                ),
            ),
            Job::Durability { reply } => drop(reply.send(outcome.and_then(Outcome::durability))),
            Job::Audit { reply, .. }
            | Job::Setting { reply, .. }
            | Job::Checkpoint { reply }
            | Job::Close { reply } => drop(reply.send(outcome.map(|_| ()))),
        }
    }
}

impl Outcome {
    fn appended(self) -> std::result::Result<Appended, AppendError> {
        match self {
            Outcome::Append(result) => result,
            _ => Err(AppendError::Log(other("an append"))),
        }
    }

    fn durability(self) -> Result<Durability> {
        match self {
            Outcome::Durability(durability) => Ok(durability),
            _ => Err(other("a question")),
        }
    }
}

fn other(job: &str) -> LogError {
    LogError::Backend(format!("{job} without its outcome"))
}
