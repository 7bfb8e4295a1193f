use docket_postgres::{Meaning, said};
use docket_store::LogError;

/// The result of talking to the log.
pub(crate) type Result<T> = std::result::Result<T, LogError>;

/// Why a batch failed, split by what the writer does next.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Nothing was stored, and on a new connection it may work: a lost connection, a deadlock.
    Again(LogError),
    /// Nothing was stored: another node holds the lock and does not go on.
    Held(LogError),
    /// Whether it is stored is not known: the answer to the commit was lost.
    Unknown(LogError),
    /// Nothing was stored, and the batch itself is the cause.
    Refused(LogError),
}

impl Trouble {
    /// What is told to whoever waits.
    pub(crate) fn into_error(self) -> LogError {
        match self {
            Trouble::Again(error)
            | Trouble::Held(error)
            | Trouble::Unknown(error)
            | Trouble::Refused(error) => error,
        }
    }
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        match Meaning::of_client(&error) {
            // A full disk does not empty itself while somebody waits.
            Meaning::Full => Trouble::Refused(lost(error)),
            meaning if meaning.passes() => Trouble::Again(lost(error)),
            _ => Trouble::Refused(lost(error)),
        }
    }
}

/// What a caller does next with an error of the pipelining driver.
pub(crate) fn lost(error: tokio_postgres::Error) -> LogError {
    let meaning = Meaning::of_client(&error);
    let text = match error.as_db_error() {
        Some(told) => said(told.message(), told.code().code()),
        None => full_text(&error),
    };
    sorted(meaning, text)
}

/// What a caller does next with an error of the pooling driver.
pub(crate) fn classify(error: sqlx::Error) -> LogError {
    match &error {
        sqlx::Error::Database(told) => {
            let code = told.code().unwrap_or_default();
            sorted(Meaning::of_code(&code), said(told.message(), &code))
        }
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::TypeNotFound { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. } => corrupt(error),
        sqlx::Error::Configuration(_) => LogError::Backend(error.to_string()),
        _ => LogError::Unavailable(error.to_string()),
    }
}

/// What passes by itself or with an operator's help is `Unavailable`.
fn sorted(meaning: Meaning, text: String) -> LogError {
    match meaning {
        Meaning::Damaged => corrupt(text),
        meaning if meaning.passes() => LogError::Unavailable(text),
        _ => LogError::Backend(text),
    }
}

fn full_text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// The answer when the writer task is gone.
pub(crate) fn closed() -> LogError {
    LogError::Unavailable("the log is closed".to_owned())
}

/// The answer when the database keeps silent.
pub(crate) fn silent() -> LogError {
    LogError::Unavailable("the database does not answer".to_owned())
}

/// A stored value that the schema does not allow.
pub(crate) fn corrupt(what: impl ToString) -> LogError {
    LogError::Corrupt {
        position: 0,
        what: what.to_string(),
    }
}
