use crate::{Log, LogError};
use async_trait::async_trait;
use uuid::Uuid;

/// What a check of the whole log reads beside the events: every row of every table, in an order that
/// needs no memory, whatever stands in it.
///
/// Rows that nothing of Docket could have written are handed out as they are: who checks says what is
/// wrong with them.
#[async_trait]
pub trait Inspect: Log {
    /// What the rows behind `after` up to `up_to` say of the commands that stored them, in the order
    /// of their positions. Rows that say nothing are left out.
    async fn commands(&self, after: u64, up_to: u64) -> Result<Vec<StoredCommand>, LogError>;

    /// Where events stand behind a place, at most `limit`, in the order of stream, version and
    /// position.
    async fn places(
        &self,
        after: Option<&StreamPlace>,
        limit: usize,
    ) -> Result<Vec<StreamPlace>, LogError>;

    /// Wrapped keys of the streams behind a name, at most `limit`, in the order of the names.
    async fn stored_keys(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<StoredKey>, LogError>;

    /// Documents behind one, at most `limit`, in the order of stream and hash.
    async fn stored_documents(
        &self,
        after: Option<&StoredDocument>,
        limit: usize,
    ) -> Result<Vec<StoredDocument>, LogError>;

    /// Notes of documents that may be removed, behind a hash, at most `limit`, in the order of the
    /// hashes.
    async fn superseded(
        &self,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Superseded>, LogError>;

    /// How the database differs from what `schema.sql` makes: tables, indexes, triggers and what they
    /// run. A sentence for each difference.
    async fn schema_differences(&self) -> Result<Vec<String>, LogError>;
}

/// The columns `command` and `command_size` of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCommand {
    /// Where the event stands.
    pub position: u64,
    /// The command; `None` where the column is empty or holds no id.
    pub id: Option<Uuid>,
    /// How many events it stored.
    pub size: Option<i64>,
}

/// Where an event stands in its stream and in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamPlace {
    /// The name of the stream.
    pub stream: String,
    /// Its version.
    pub version: i64,
    /// Its position.
    pub position: i64,
}

/// A row of `keys`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The name of the stream.
    pub stream: String,
    /// The wrapped key; empty where it was destroyed.
    pub wrapped: Vec<u8>,
}

/// A row of `documents` without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// The name of the stream.
    pub stream: String,
    /// The hash under which it stands.
    pub hash: Vec<u8>,
}

/// A row of `superseded`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superseded {
    /// The hash of the document.
    pub hash: Vec<u8>,
    /// The event that stored it.
    pub saved_at: i64,
    /// The later event that superseded it.
    pub later_at: i64,
}
