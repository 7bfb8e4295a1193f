//! The one table of SQLSTATE.

use sqlx::Error;

/// What an error of PostgreSQL means to whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Pages or indexes are damaged.
    Damaged,
    /// The connection is of no use any more; another one may answer.
    Lost,
    /// The server takes no writes: it follows another one.
    Standby,
    /// The disk, the memory or the number of connections is used up.
    Full,
    /// Somebody else was in the way, or it took too long: the same may work a moment later.
    Busy,
    /// The table or the schema is not there.
    Missing,
    /// The role lacks a privilege.
    Forbidden,
    /// Anything else: asked again, it fails again.
    Wrong,
}

/// By code or by its class, which are its first two characters; a code goes over its class.
const TABLE: &[(&str, Meaning)] = &[
    // The connection itself.
    ("08", Meaning::Lost),
    // A session or a transaction that was idle or open for too long, and is ended.
    ("25P03", Meaning::Lost),
    ("25P04", Meaning::Lost),
    ("25006", Meaning::Standby),
    ("25", Meaning::Busy),
    ("3F000", Meaning::Missing),
    // A deadlock, a serialization failure.
    ("40", Meaning::Busy),
    ("42P01", Meaning::Missing),
    ("42501", Meaning::Forbidden),
    ("53", Meaning::Full),
    // A lock that is not free.
    ("55", Meaning::Busy),
    // Shut down, crashed, starting, the database dropped, a session that was idle for too long.
    ("57P", Meaning::Lost),
    // Cancelled, by a time limit too.
    ("57", Meaning::Busy),
    // The operating system under the server.
    ("58", Meaning::Busy),
    ("XX001", Meaning::Damaged),
    ("XX002", Meaning::Damaged),
];

impl Meaning {
    /// That of a SQLSTATE.
    pub fn of_code(code: &str) -> Self {
        let found = TABLE
            .iter()
            .filter(|(known, _)| code.starts_with(known))
            .max_by_key(|(known, _)| known.len());
        found.map_or(Meaning::Wrong, |(_, meaning)| *meaning)
    }

    /// That of an error of the pooling driver.
    pub fn of_sqlx(error: &Error) -> Self {
        match error {
            Error::Database(told) => Self::of_code(told.code().as_deref().unwrap_or_default()),
            Error::Io(_)
            | Error::Tls(_)
            | Error::Protocol(_)
            | Error::BeginFailed
            | Error::WorkerCrashed => Meaning::Lost,
            Error::PoolTimedOut | Error::PoolClosed => Meaning::Busy,
            _ => Meaning::Wrong,
        }
    }

    /// That of an error of the pipelining driver.
    pub fn of_client(error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(told) => Self::of_code(told.code().code()),
            None if error.to_string().contains("configuration") => Meaning::Wrong,
            None => Meaning::Lost,
        }
    }

    /// Whether it passes by itself or with an operator's help, so that asking again makes sense.
    pub fn passes(self) -> bool {
        matches!(
            self,
            Meaning::Lost | Meaning::Standby | Meaning::Full | Meaning::Busy
        )
    }
}

/// Whether a connection is of no use any more. To a server that became a standby one does not speak
/// again.
pub fn is_lost(error: &Error) -> bool {
    matches!(Meaning::of_sqlx(error), Meaning::Lost | Meaning::Standby)
}

/// What the database said, with its code, which people can look up and which is the same in every
/// language that a server speaks. Never its details: they quote rows.
pub fn said(message: &str, code: &str) -> String {
    format!("{message} (SQLSTATE {code})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_meaning() {
        for (code, meaning) in [
            ("08006", Meaning::Lost),
            ("57P01", Meaning::Lost),
            ("57P03", Meaning::Lost),
            ("57P05", Meaning::Lost),
            ("25P03", Meaning::Lost),
            ("25P04", Meaning::Lost),
            ("25006", Meaning::Standby),
            ("25P02", Meaning::Busy),
            ("40001", Meaning::Busy),
            ("40P01", Meaning::Busy),
            ("55P03", Meaning::Busy),
            ("57014", Meaning::Busy),
            ("58030", Meaning::Busy),
            ("53100", Meaning::Full),
            ("53300", Meaning::Full),
            ("42P01", Meaning::Missing),
            ("3F000", Meaning::Missing),
            ("42501", Meaning::Forbidden),
            ("XX001", Meaning::Damaged),
            ("23505", Meaning::Wrong),
            ("22021", Meaning::Wrong),
            ("28P01", Meaning::Wrong),
            ("3D000", Meaning::Wrong),
            ("XX000", Meaning::Wrong),
        ] {
            assert_eq!(Meaning::of_code(code), meaning, "{code}");
        }
    }

    #[test]
    fn what_passes_by_itself_is_worth_asking_again_and_nothing_else() {
        use Meaning::{Busy, Damaged, Forbidden, Full, Lost, Missing, Standby, Wrong};
        assert!([Lost, Standby, Full, Busy].into_iter().all(Meaning::passes));
        assert!(
            ![Damaged, Missing, Forbidden, Wrong]
                .into_iter()
                .any(Meaning::passes)
        );
    }
}
