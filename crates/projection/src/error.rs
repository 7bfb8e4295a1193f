use crate::container::postgres;
use crate::rebuild::Refused;
use crate::source::SourceError;
use docket_store::LogError;

/// Why a view could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    /// Busy or restarting: try again.
    #[error("the view is unavailable: {0}")]
    Unavailable(String),
    /// The generation is gone because another one answers: ask again.
    #[error("the view was replaced: {0}")]
    Dropped(String),
    /// A row holds what its query does not expect.
    #[error("the view {view} holds a row that cannot be read: {what}")]
    Unreadable {
        /// Which view.
        view: String,
        /// What is wrong.
        what: String,
    },
    /// No projector has this name.
    #[error("there is no view named {0}")]
    Unknown(String),
    /// An event is newer than this binary.
    #[error(
        "event {kind} schema {schema} at position {position} is not known to this version of Docket"
    )]
    TooOld {
        /// The event's type.
        kind: String,
        /// Its schema.
        schema: u16,
        /// Where it stands.
        position: u64,
    },
    /// A key that was not destroyed is not there: the view stands still until it is.
    #[error("{0}")]
    KeyMissing(String),
    /// The log does not hold any more what a view has seen of it, and no operator accepted that.
    #[error(
        "generation {generation} of the view {view} has seen position {position}, which the log does \
         not hold any more"
    )]
    Lost {
        /// Which view.
        view: String,
        /// Which generation.
        generation: u32,
        /// How far it has seen the log.
        position: u64,
    },
    /// The gate found new generations to differ from the live ones: nothing was switched.
    #[error("nothing was switched, because old and new differ in {}", views(.0))]
    Different(Vec<Refused>),
    /// No generation is kept that could answer again: none was replaced, or its time is over.
    #[error("no earlier generation of {0} is kept; after an update the older program has its own")]
    NothingKept(String),
    /// Anything else the engine or the file system said.
    #[error("the view's backend failed: {0}")]
    Backend(String),
}

impl ViewError {
    /// A task of the views panicked or was cut off. The message of a panic may quote anything.
    pub(crate) fn died(error: &tokio::task::JoinError) -> ViewError {
        let how = if error.is_panic() {
            "panicked"
        } else {
            "was cut off"
        };
        ViewError::Backend(format!("a task {how}"))
    }
}

fn views(refused: &[Refused]) -> String {
    let names: Vec<&str> = refused.iter().map(|view| view.name.as_str()).collect();
    names.join(", ")
}

/// Why a wait for a position ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WaitError {
    /// The time was up: 503 `BEHIND`.
    #[error("the view stands at position {seen}")]
    Behind {
        /// What it has seen.
        seen: u64,
    },
    /// The projector met an event newer than this binary: 503 `NODE_TOO_OLD`.
    #[error("{0}")]
    TooOld(String),
}

impl From<sqlx::Error> for ViewError {
    fn from(error: sqlx::Error) -> Self {
        let said = error.to_string();
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => ViewError::Unavailable(said),
            sqlx::Error::Database(database) => match database.code().as_deref() {
                // PostgreSQL's codes have five characters, SQLite's are numbers below 10,000.
                Some(code) if code.len() == 5 => postgres::sort(database.as_ref()),
                Some("5" | "6" | "517" | "261") => ViewError::Unavailable(said),
                _ => ViewError::Backend(said),
            },
            error if postgres::is_lost(error) => ViewError::Unavailable(said),
            _ => ViewError::Backend(said),
        }
    }
}

impl From<std::io::Error> for ViewError {
    fn from(error: std::io::Error) -> Self {
        ViewError::Backend(error.to_string())
    }
}

impl From<LogError> for ViewError {
    fn from(error: LogError) -> Self {
        SourceError::from(error).into()
    }
}

impl From<SourceError> for ViewError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Unavailable(text) => ViewError::Unavailable(text),
            SourceError::TooOld {
                kind,
                schema,
                position,
            } => ViewError::TooOld {
                kind,
                schema,
                position,
            },
            SourceError::KeyMissing(text) => ViewError::KeyMissing(text),
            SourceError::Broken { .. } => ViewError::Backend(error.to_string()),
        }
    }
}
