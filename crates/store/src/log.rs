use crate::{Append, AppendError, Appended, AuditEntry, Leaf, Loss, Recorded, StreamId};
use async_trait::async_trait;
use tokio::sync::watch;
use uuid::Uuid;

/// The log of one database.
///
/// **Invariant:** what [`Log::append`] acknowledged is durable and visible to every reader;
/// positions have no gap and no duplicate.
#[async_trait]
pub trait Log: Send + Sync {
    /// The identity of the log, drawn when it was created.
    fn id(&self) -> Uuid;

    /// Stores an append. Several may wait together and commit in one transaction; each is
    /// accepted or refused on its own.
    async fn append(&self, append: Append) -> Result<Appended, AppendError>;

    /// The events of one stream behind `after_version`, at most `limit`, oldest first.
    async fn read_stream(
        &self,
        stream: &StreamId,
        after_version: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError>;

    /// The events of the log behind `after`, at most `limit`, oldest first.
    async fn read_all(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, LogError>;

    /// Events in stream order: whole streams of the range, ordered by stream and version, none
    /// behind `range.up_to`.
    async fn read_range(&self, range: &StreamRange) -> Result<Vec<Recorded>, LogError>;

    /// Where the next `streams` streams of a category end, in byte order: the name of the last of
    /// them behind `after`, `None` where none is left. Asked again and again it cuts a category into
    /// ranges, without a list of them that grows with the log.
    async fn next_streams(
        &self,
        category: &str,
        after: Option<&StreamId>,
        streams: usize,
    ) -> Result<Option<StreamId>, LogError>;

    /// The present version of each stream, 0 for one without events, in the order asked.
    async fn versions(&self, streams: &[StreamId]) -> Result<Vec<u64>, LogError>;

    /// The events an accepted command stored, in log order; `None` for an unknown id.
    async fn command(&self, command: Uuid) -> Result<Option<Vec<Recorded>>, LogError>;

    /// The newest position and time.
    async fn head(&self) -> Result<Head, LogError>;

    /// All leaves behind `after`, at most `limit`, in log order.
    async fn leaves(&self, after: u64, limit: usize) -> Result<Vec<Leaf>, LogError>;

    /// The ciphertext of a document.
    async fn document(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, LogError>;

    /// The wrapped key of each stream in the order asked: `None` where there never was one,
    /// `Some(empty)` where it was destroyed.
    async fn keys(&self, streams: &[StreamId]) -> Result<Vec<Option<Vec<u8>>>, LogError>;

    /// A named value kept beside the log, such as the check value of the key file.
    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, LogError>;

    /// Stores a named value. It is written before it returns.
    async fn put_setting(&self, name: &str, value: &[u8]) -> Result<(), LogError>;

    /// Appends to `security_audit`; durable when it returns.
    async fn audit(&self, entries: Vec<AuditEntry>) -> Result<(), LogError>;

    /// The newest entries of `security_audit`, newest first.
    async fn audit_trail(&self, limit: usize) -> Result<Vec<AuditEntry>, LogError>;

    /// Follows the newest position known to this process. Only a wake-up: read to be sure.
    fn watch(&self) -> watch::Receiver<u64>;

    /// Counts the connections that were made to the database, the first ones too. What is
    /// remembered of the log may be of another one once the count moves: after a fail-over or a
    /// restore the server knows less, or something else. It is raised before anything is answered
    /// over the new connection; an adapter that reads a file of its own never raises it.
    fn connections(&self) -> watch::Receiver<u64> {
        watch::channel(0).1
    }

    /// Whether the log has lost what this process has seen of it. An adapter compares whenever it
    /// makes a connection anew, before that answers anything, and appends nothing meanwhile; reads
    /// go on, for those who find out what was lost. All others read through [`crate::Guarded`].
    fn loss(&self) -> Option<Loss> {
        None
    }
}

/// The newest event of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its position, 0 for an empty log.
    pub position: u64,
    /// Its stored time, microseconds UTC; 0 for an empty log.
    pub recorded_at: i64,
}

/// Streams `from < stream <= to` of one category, seen as of a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRange {
    /// The category all of them share.
    pub category: String,
    /// Exclusive lower end; `None` starts with the first stream.
    pub from: Option<StreamId>,
    /// Inclusive upper end; `None` goes to the last.
    pub to: Option<StreamId>,
    /// The newest position to read.
    pub up_to: u64,
}

impl StreamRange {
    /// Whether the stream lies in the range.
    pub fn contains(&self, stream: &StreamId) -> bool {
        stream.category() == self.category
            && self.from.as_ref().is_none_or(|from| stream > from)
            && self.to.as_ref().is_none_or(|to| stream <= to)
    }
}

/// Why the log could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Busy, locked, restarting: try again.
    #[error("the log is unavailable: {0}")]
    Unavailable(String),
    /// What is stored cannot be what was written.
    #[error("the log is corrupt at position {position}: {what}")]
    Corrupt {
        /// Where.
        position: u64,
        /// What is wrong.
        what: String,
    },
    /// It does not hold any more what this process has seen of it: an operator must put the right
    /// copy back, or accept the loss.
    #[error("the log has lost events: {0}")]
    Lost(Loss),
    /// Anything else the backend said.
    #[error("the log's backend failed: {0}")]
    Backend(String),
}
