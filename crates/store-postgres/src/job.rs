use crate::encode::Prepared;
use crate::error::Result;
use docket_store::queue::Queued;
use docket_store::{AppendError, Appended, AuditEntry, LogError};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// What waits for the writer. All but the last share transactions.
pub(crate) enum Job {
    Append {
        append: Box<Prepared>,
        queued: Instant,
        reply: oneshot::Sender<std::result::Result<Appended, AppendError>>,
    },
    Audit {
        entries: Vec<AuditEntry>,
        reply: oneshot::Sender<Result<()>>,
    },
    Setting {
        name: String,
        value: Vec<u8>,
        reply: oneshot::Sender<Result<()>>,
    },
    Close {
        reply: oneshot::Sender<Result<()>>,
    },
}

/// What a job came to.
#[derive(Clone)]
pub(crate) enum Outcome {
    Append(std::result::Result<Appended, AppendError>),
    Done,
}

impl Queued for Job {
    fn commits(&self) -> bool {
        !matches!(self, Job::Close { .. })
    }

    fn bytes(&self) -> usize {
        match self {
            Job::Append { append, .. } => append.bytes,
            Job::Audit { entries, .. } => entries.len() * 256,
            Job::Setting { value, .. } => value.len(),
            Job::Close { .. } => 0,
        }
    }
}

impl Job {
    /// Tells whoever waits; nobody may.
    pub(crate) fn answer(self, outcome: Result<Outcome>) {
        match self {
            Job::Append { reply, .. } => {
                let answer = match outcome {
                    Ok(Outcome::Append(answer)) => answer,
                    Ok(Outcome::Done) => Err(AppendError::Log(LogError::Backend(
                        "an append without its outcome".to_owned(),
                    ))),
                    Err(error) => Err(AppendError::Log(error)),
                };
                drop(reply.send(answer));
            }
            Job::Audit { reply, .. } | Job::Setting { reply, .. } | Job::Close { reply } => {
                drop(reply.send(outcome.map(|_| ())));
            }
        }
    }
}
