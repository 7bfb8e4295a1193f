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
        let code = error.code().map(|code| code.code().to_owned());
        match (code.as_deref(), lost(error)) {
            // A full disk does not empty itself while somebody waits.
            (Some(code), error @ LogError::Unavailable(_)) if code.starts_with("53") => {
                Trouble::Refused(error)
            }
            (_, error @ LogError::Unavailable(_)) => Trouble::Again(error),
            (_, error) => Trouble::Refused(error),
        }
    }
}

/// What a caller does next with an error of the pipelining driver.
pub(crate) fn lost(error: tokio_postgres::Error) -> LogError {
    match error.as_db_error() {
        Some(told) => by_code(told.code().code(), told.message().to_owned()),
        None if error.to_string().contains("configuration") => LogError::Backend(error.to_string()),
        None => LogError::Unavailable(full_text(&error)),
    }
}

/// What a caller does next with an error of the pooling driver.
pub(crate) fn classify(error: sqlx::Error) -> LogError {
    match &error {
        sqlx::Error::Database(told) => by_code(
            told.code().as_deref().unwrap_or_default(),
            told.message().to_owned(),
        ),
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::TypeNotFound { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. } => corrupt(error),
        sqlx::Error::Configuration(_) => LogError::Backend(error.to_string()),
        _ => LogError::Unavailable(error.to_string()),
    }
}

/// Whether only the connection is gone, so that another may answer.
pub(crate) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(told) => told
            .code()
            .is_some_and(|code| code.starts_with("57P") || code.starts_with("08")),
        _ => false,
    }
}

/// By the class of SQLSTATE: what passes by itself or with an operator's help is `Unavailable`.
fn by_code(code: &str, text: String) -> LogError {
    match code {
        // Damaged pages or indexes.
        "XX001" | "XX002" => LogError::Corrupt {
            position: 0,
            what: text,
        },
        _ => match code.get(..2).unwrap_or_default() {
            // 08 connection, 25 a standby or a session that timed out, 40 serialization and
            // deadlock, 53 disk full or too many connections, 55 lock not available, 57 shut down,
            // cancelled or starting, 58 the operating system.
            "08" | "25" | "40" | "53" | "55" | "57" | "58" => LogError::Unavailable(text),
            _ => LogError::Backend(text),
        },
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_itself_is_unavailable_and_nothing_else() {
        for code in [
            "57P01", "57P03", "40001", "40P01", "55P03", "53100", "53300", "25006", "08006",
            "57014",
        ] {
            assert!(
                matches!(by_code(code, String::new()), LogError::Unavailable(_)),
                "{code}"
            );
        }
        for code in ["23505", "42P01", "42501", "22021", "28P01", "3D000"] {
            assert!(
                matches!(by_code(code, String::new()), LogError::Backend(_)),
                "{code}"
            );
        }
        assert!(matches!(
            by_code("XX001", String::new()),
            LogError::Corrupt { .. }
        ));
    }
}
