//! What the codes of PostgreSQL mean to whoever asked.

use crate::error::ViewError;

/// Sorts an error of the database by its code.
pub(crate) fn sort(code: &str, said: String) -> ViewError {
    match code {
        // The table or the schema is gone: another generation answers by now.
        "42P01" | "3F000" => ViewError::Dropped(said),
        // Restarting, shut down, too many connections, out of memory, a full disk.
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "53000" | "53100" | "53200" | "53300"
        | "53400" => ViewError::Unavailable(said),
        // Somebody else was in the way: a deadlock, a serialization failure, a lock or a statement
        // that took too long. A standby that takes no writes yet.
        "40001" | "40P01" | "55P03" | "57014" | "25006" => ViewError::Unavailable(said),
        _ if code.starts_with("08") => ViewError::Unavailable(said),
        _ => ViewError::Backend(said),
    }
}

/// Whether a connection is of no use any more.
pub(crate) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        // To a server that became a standby one does not speak again.
        sqlx::Error::Database(database) => database.code().is_some_and(|code| {
            matches!(
                code.as_ref(),
                "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25006"
            ) || code.starts_with("08")
        }),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::BeginFailed
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}

/// Whether a table or a schema is not there.
pub(super) fn is_dropped(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(database) = error else {
        return false;
    };
    matches!(database.code().as_deref(), Some("42P01" | "3F000"))
}
