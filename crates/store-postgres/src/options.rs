use docket_postgres::Wanted;
use std::time::Duration;

/// How a log is opened. The defaults are right for a server.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// Connections that read at the same time; they are opened when they are needed.
    pub readers: u32,
    /// An append that waited longer than this for the writer answers `Stale`.
    pub stale_after: Duration,
    /// How long a batch is tried again, over new connections, before it answers `Unavailable`.
    pub give_up_after: Duration,
    /// How long the database may take to answer one step before the connection counts as lost.
    pub answer_within: Duration,
    /// How long another node may hold the lock before its session is ended.
    pub lock_timeout: Duration,
    /// How often the log is looked at for commits of other nodes, beside their notifications.
    pub poll_interval: Duration,
    /// A log that is only looked at may be that of a standby.
    pub wanted: Wanted,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            readers: 8,
            stale_after: Duration::from_secs(10),
            give_up_after: Duration::from_secs(5),
            answer_within: Duration::from_secs(10),
            lock_timeout: Duration::from_secs(4),
            poll_interval: Duration::from_millis(250),
            wanted: Wanted::Primary,
        }
    }
}
