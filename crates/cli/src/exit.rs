use docket_engine::Failure;
use docket_projection::ViewError;
use std::fmt;

/// How a command ends; the number is the process's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// It failed.
    Failed = 1,
    /// It was asked wrongly.
    Usage = 2,
    /// A verification found differences.
    Different = 3,
    /// The log moved, or the rules refuse it.
    Conflict = 4,
}

/// An error that knows its exit code. Any other error ends with [`Exit::Failed`].
#[derive(Debug)]
pub struct Stop {
    /// The exit code.
    pub exit: Exit,
    message: String,
}

impl Stop {
    /// Asked wrongly.
    pub fn usage(message: impl fmt::Display) -> anyhow::Error {
        Self {
            exit: Exit::Usage,
            message: message.to_string(),
        }
        .into()
    }

    /// The state of things does not allow it.
    pub fn conflict(message: impl fmt::Display) -> anyhow::Error {
        Self {
            exit: Exit::Conflict,
            message: message.to_string(),
        }
        .into()
    }

    /// A verification found a difference.
    pub fn different(message: impl fmt::Display) -> anyhow::Error {
        Self {
            exit: Exit::Different,
            message: message.to_string(),
        }
        .into()
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Stop {}

/// The exit code of an error: its own, 4 for what the rules refuse or the log is too busy for, 1.
pub fn exit_of(error: &anyhow::Error) -> Exit {
    if let Some(stop) = error.downcast_ref::<Stop>() {
        return stop.exit;
    }
    if let Some(ViewError::Lost { .. }) = error.downcast_ref::<ViewError>() {
        return Exit::Different;
    }
    match error.downcast_ref::<Failure>() {
        Some(Failure::Refused(_) | Failure::Busy | Failure::KeyReused) => Exit::Conflict,
        _ => Exit::Failed,
    }
}
