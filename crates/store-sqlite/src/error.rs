use docket_store::LogError;

/// The result of talking to the log.
pub(crate) type Result<T> = std::result::Result<T, LogError>;

const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const IOERR: u32 = 10;
const CORRUPT: u32 = 11;
const FULL: u32 = 13;
const CANTOPEN: u32 = 14;
const NOTADB: u32 = 26;

/// What a caller does next with an error of the driver.
pub(crate) fn classify(error: sqlx::Error) -> LogError {
    let text = error.to_string();
    match &error {
        sqlx::Error::Database(database) => {
            let extended = database
                .code()
                .and_then(|code| code.parse::<u32>().ok())
                .unwrap_or(0);
            match extended & 0xff {
                BUSY | LOCKED | IOERR | FULL | CANTOPEN => LogError::Unavailable(text),
                CORRUPT | NOTADB => LogError::Corrupt {
                    position: 0,
                    what: text,
                },
                _ => LogError::Backend(text),
            }
        }
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Io(_) => LogError::Unavailable(text),
        _ => LogError::Backend(text),
    }
}

/// The answer when the writer task is gone.
pub(crate) fn closed() -> LogError {
    LogError::Unavailable("the log is closed".to_owned())
}

/// A stored value that the schema does not allow.
pub(crate) fn corrupt(what: impl ToString) -> LogError {
    LogError::Corrupt {
        position: 0,
        what: what.to_string(),
    }
}
