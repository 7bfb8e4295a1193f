use crate::error::{Result, closed};
use crate::job::Job;
use crate::options::{Place, SqliteOptions};
use crate::prepared::{Prepared, audit_rows};
use crate::readers::Readers;
use crate::writer::Writer;
use crate::{open, poll, read};
use async_trait::async_trait;
use docket_store::queue::{QUEUE, advance};
use docket_store::{
    Append, AppendError, Appended, AuditEntry, Head, Leaf, Log, LogError, Loss, Recorded, Seen,
    StreamId, StreamRange,
};
use sqlx::SqliteConnection;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use uuid::Uuid;

/// The log in one SQLite file. Dropping it lets the writer finish what it was given; it must be
/// opened, used and dropped within one tokio runtime.
///
/// An append answered `Unavailable` is not stored as far as any reader sees. Only when the commit
/// itself failed, and the machine then died before another one, may it stand in the log after all;
/// asked again under its own command id, it is stored once either way.
pub struct SqliteLog {
    id: Uuid,
    readers: Readers,
    seen: Arc<Seen>,
    writer: mpsc::Sender<Job>,
    newest: watch::Sender<u64>,
    poller: AbortHandle,
}

impl SqliteLog {
    /// Opens the log in a file, creating both if need be; `log_id_if_new` becomes the identity of
    /// a log that is created.
    pub async fn open(path: &Path, log_id_if_new: Uuid) -> Result<Self> {
        Self::open_with(path, log_id_if_new, SqliteOptions::default()).await
    }

    /// As [`SqliteLog::open`], with other options.
    pub async fn open_with(
        path: &Path,
        log_id_if_new: Uuid,
        options: SqliteOptions,
    ) -> Result<Self> {
        let place = Place::new(path, options);
        let (connection, id) = open::open(&place, log_id_if_new).await?;
        Self::start(place, connection, id).await
    }

    /// Whether a file holds a log. A file that is not there, or is empty, holds none; it stays as
    /// it is.
    ///
    /// # Errors
    /// When it is another database, or cannot be read.
    pub async fn exists(path: &Path) -> Result<bool> {
        open::exists(&Place::new(path, SqliteOptions::default())).await
    }

    /// Starts the writer on its connection, and the readers beside it.
    pub(crate) async fn start(
        place: Place,
        connection: SqliteConnection,
        id: Uuid,
    ) -> Result<Self> {
        let readers = Readers::new(&place);
        let newest = watch::Sender::new(read::head(&readers.pool()).await?.position);
        let (writer, jobs) = mpsc::channel(QUEUE);
        tokio::spawn(Writer::new(place.clone(), connection, jobs, newest.clone()).run());
        let seen = Arc::clone(&place.seen);
        let poller = poll::follow(place, readers.clone(), newest.clone());
        let poller = tokio::spawn(poller).abort_handle();
        Ok(Self {
            id,
            readers,
            seen,
            writer,
            newest,
            poller,
        })
    }

    /// What the write connection has in force, for `docket doctor`.
    pub async fn durability(&self) -> Result<Durability> {
        self.ask(|reply| Job::Durability { reply }).await?
    }

    /// Moves the write-ahead log into the file and empties it. `Unavailable` when a reader or
    /// another process stays in the way.
    pub async fn checkpoint(&self) -> Result<()> {
        self.ask(|reply| Job::Checkpoint { reply }).await?
    }

    /// Finishes what waits and closes the file. Everything asked afterwards is `Unavailable`.
    pub async fn close(&self) -> Result<()> {
        self.poller.abort();
        self.readers.pool().close().await;
        self.ask(|reply| Job::Close { reply }).await?
    }

    pub(crate) fn readers(&self) -> sqlx::SqlitePool {
        self.readers.pool()
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<T>) -> Job) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.writer.send(job(reply)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())
    }
}

impl Drop for SqliteLog {
    fn drop(&mut self) {
        self.poller.abort();
    }
}

/// How safe a commit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durability {
    /// `wal`, unless the file system cannot have it.
    pub journal_mode: String,
    /// 2 is `FULL`: a commit is on disk before it is answered.
    pub synchronous: i64,
}

#[async_trait]
impl Log for SqliteLog {
    fn id(&self) -> Uuid {
        self.id
    }

    async fn append(&self, append: Append) -> std::result::Result<Appended, AppendError> {
        let queued = Instant::now();
        append.validate()?;
        let append = Box::new(Prepared::new(self.id, append));
        self.ask(|reply| Job::Append {
            append,
            queued,
            reply,
        })
        .await?
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after_version: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>> {
        let read = read::read_stream(&self.readers.pool(), stream, after_version, limit).await?;
        Ok(self.seen.saw_all(read))
    }

    async fn read_all(&self, after: u64, limit: usize) -> Result<Vec<Recorded>> {
        let read = read::read_all(&self.readers.pool(), after, limit).await?;
        Ok(self.seen.saw_all(read))
    }

    async fn read_range(&self, range: &StreamRange) -> Result<Vec<Recorded>> {
        let read = read::read_range(&self.readers.pool(), range).await?;
        Ok(self.seen.saw_all(read))
    }

    async fn next_streams(
        &self,
        category: &str,
        after: Option<&StreamId>,
        streams: usize,
    ) -> Result<Option<StreamId>> {
        read::next_streams(&self.readers.pool(), category, after, streams).await
    }

    async fn versions(&self, streams: &[StreamId]) -> Result<Vec<u64>> {
        read::versions(&self.readers.pool(), streams).await
    }

    async fn command(&self, command: Uuid) -> Result<Option<Vec<Recorded>>> {
        let found = read::command(&self.readers.pool(), command).await?;
        Ok(found.map(|events| self.seen.saw_all(events)))
    }

    async fn head(&self) -> Result<Head> {
        let head = read::head(&self.readers.pool()).await?;
        advance(&self.newest, head.position);
        Ok(head)
    }

    async fn leaves(&self, after: u64, limit: usize) -> Result<Vec<Leaf>> {
        read::leaves(&self.readers.pool(), after, limit).await
    }

    async fn document(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>> {
        read::document(&self.readers.pool(), hash).await
    }

    async fn keys(&self, streams: &[StreamId]) -> Result<Vec<Option<Vec<u8>>>> {
        read::keys(&self.readers.pool(), streams).await
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>> {
        read::setting(&self.readers.pool(), name).await
    }

    async fn put_setting(&self, name: &str, value: &[u8]) -> Result<()> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.ask(|reply| Job::Setting { name, value, reply })
            .await?
    }

    async fn audit(&self, entries: Vec<AuditEntry>) -> Result<()> {
        entries.iter().try_for_each(AuditEntry::validate)?;
        if entries.is_empty() {
            return Ok::<(), LogError>(());
        }
        let rows = audit_rows(&entries);
        self.ask(|reply| Job::Audit { rows, reply }).await?
    }

    async fn audit_trail(&self, limit: usize) -> Result<Vec<AuditEntry>> {
        read::audit_trail(&self.readers.pool(), limit).await
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    fn loss(&self) -> Option<Loss> {
        self.seen.loss()
    }
}
