//! What a connection is for, and the time limits that go with it.

/// What every session sets, in [`Session`] or in [`crate::welcome`]: no default of a role or a
/// database counts, and no URL may say otherwise.
pub(crate) const OWN: &[&str] = &[
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "transaction_timeout",
    "default_transaction_read_only",
    "default_transaction_isolation",
    "default_transaction_deferrable",
    "standard_conforming_strings",
    "search_path",
    "role",
    "session_authorization",
    "synchronous_commit",
    "client_encoding",
    "datestyle",
    "timezone",
];

/// What holds unless a session says otherwise. 0 is no limit: who waits sets one.
const USUAL: &[(&str, &str)] = &[
    ("statement_timeout", "0"),
    ("lock_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
    ("idle_session_timeout", "0"),
    ("default_transaction_read_only", "off"),
    ("default_transaction_isolation", "read committed"),
    ("default_transaction_deferrable", "off"),
    ("standard_conforming_strings", "on"),
    ("timezone", "UTC"),
];

/// Which of the servers that a URL names is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The one that takes writes: what is read from a standby may be behind.
    Primary,
    /// The first that answers, a standby too: to look at it.
    Any,
}

/// What a connection is for. Its settings are those of its start: nothing has to be set again on a
/// connection that a pool lends.
#[derive(Debug, Clone)]
pub struct Session {
    /// Behind the application's name in `pg_stat_activity`.
    pub(crate) purpose: &'static str,
    settings: Vec<(&'static str, String)>,
}

impl Session {
    /// A session without time limits, known by the application's name and a purpose, which may be
    /// empty.
    pub fn new(purpose: &'static str) -> Self {
        let settings = USUAL
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        Self {
            purpose,
            settings: settings.collect(),
        }
    }

    /// The same with a setting.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.settings.retain(|(known, _)| *known != name);
        self.settings.push((name, value.into()));
        self
    }

    pub(crate) fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_goes_over_the_usual_one() {
        let session = Session::new("views")
            .with("statement_timeout", "10s")
            .with("jit", "off");
        let found = |name| session.settings().find(|(known, _)| *known == name);
        assert_eq!(
            found("statement_timeout"),
            Some(("statement_timeout", "10s"))
        );
        assert_eq!(found("lock_timeout"), Some(("lock_timeout", "0")));
        assert_eq!(found("jit"), Some(("jit", "off")));
        let limits = session
            .settings()
            .filter(|(name, _)| name.ends_with("_timeout"));
        assert_eq!(limits.count(), 4);
    }

    #[test]
    fn whatever_is_usual_is_docket_s_own() {
        assert!(USUAL.iter().all(|(name, _)| OWN.contains(name)));
    }
}
