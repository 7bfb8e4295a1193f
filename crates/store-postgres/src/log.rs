use crate::encode::Prepared;
use crate::error::{Result, classify, closed};
use crate::job::Job;
use crate::options::PostgresOptions;
use crate::place::Place;
use crate::read::Reader;
use crate::readers::Readers;
use crate::session::Session;
use crate::writer::Writer;
use crate::{follow, open};
use async_trait::async_trait;
use docket_postgres::{Connections, DatabaseUrl, Unreadable, Wanted};
use docket_store::queue::{QUEUE, advance};
use docket_store::{
    Append, AppendError, Appended, AuditEntry, Head, Leaf, Log, LogError, Loss, Recorded, Seen,
    StreamId, StreamRange,
};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use uuid::Uuid;

/// The log in one PostgreSQL database. Dropping it lets the writer finish what it was given; it must
/// be opened, used and dropped within one tokio runtime.
///
/// An append answered `Unavailable` may stand in the log after all: its commit was sent and the
/// database could not be asked in time. Asked again under its own command id, it is stored once
/// either way.
pub struct PostgresLog {
    id: Uuid,
    reader: Reader,
    seen: Arc<Seen>,
    writer: mpsc::Sender<Job>,
    newest: watch::Sender<u64>,
    connections: Connections,
    follower: AbortHandle,
}

/// What a server has in force, for `docket doctor`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ServerSettings {
    /// Such as 150018.
    pub version: i32,
    /// Whether it is a standby.
    pub standby: bool,
    /// Must be `on`.
    pub fsync: String,
    /// Must be `on`.
    pub full_page_writes: String,
    /// Must not be `off`; the writer insists on at least `on`.
    pub synchronous_commit: String,
}

impl PostgresLog {
    /// Opens the log in a database, making it if need be; `log_id_if_new` becomes the identity of a
    /// log that is made. `url` is `postgres://user@host:port/database`, with several hosts separated
    /// by commas where a standby may take over.
    ///
    /// # Errors
    /// When the database cannot be reached or holds another format.
    pub async fn open<U>(url: U, log_id_if_new: Uuid) -> Result<Self>
    where
        U: TryInto<DatabaseUrl, Error = Unreadable>,
    {
        Self::open_with(url, log_id_if_new, PostgresOptions::default()).await
    }

    /// As [`PostgresLog::open`], with other options.
    ///
    /// # Errors
    /// As [`PostgresLog::open`].
    pub async fn open_with<U>(url: U, log_id_if_new: Uuid, options: PostgresOptions) -> Result<Self>
    where
        U: TryInto<DatabaseUrl, Error = Unreadable>,
    {
        let place = Place::new(url, options)?;
        let id = open::open(&place, log_id_if_new).await?;
        Self::on(place, id).await
    }

    /// Opens a log to look at, on a primary or a standby; `None` where the database has none. Nothing
    /// is made.
    ///
    /// # Errors
    /// As [`PostgresLog::open`].
    pub async fn look<U>(url: U) -> Result<Option<Self>>
    where
        U: TryInto<DatabaseUrl, Error = Unreadable>,
    {
        let options = PostgresOptions {
            wanted: Wanted::Any,
            ..PostgresOptions::default()
        };
        let place = Place::new(url, options)?;
        match open::identity_at(&place).await? {
            Some(id) => Self::on(place, id).await.map(Some),
            None => Ok(None),
        }
    }

    async fn on(place: Place, id: Uuid) -> Result<Self> {
        let connections = place.connections.clone();
        let session = Session::open(&place).await?;
        let seen = Arc::new(Seen::default());
        let readers = Readers::new(session.reading.clone(), &place, Arc::clone(&seen));
        let reader = Reader {
            readers: readers.clone(),
            answer_within: place.options.answer_within,
            give_up_after: place.options.give_up_after,
        };
        let newest = watch::Sender::new(reader.head().await?.position);
        let (writer, jobs) = mpsc::channel(QUEUE);
        let task = Writer::new(
            place.clone(),
            session,
            readers.clone(),
            jobs,
            newest.clone(),
            Arc::clone(&seen),
        );
        tokio::spawn(task.run());
        let follower = follow::follow(place, readers, Arc::clone(&seen), newest.clone());
        Ok(Self {
            id,
            follower: tokio::spawn(follower).abort_handle(),
            reader,
            seen,
            writer,
            newest,
            connections,
        })
    }

    /// Whether a database has a log.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn exists<U>(url: U) -> Result<bool>
    where
        U: TryInto<DatabaseUrl, Error = Unreadable>,
    {
        open::exists_at(&Place::new(url, PostgresOptions::default())?).await
    }

    /// What the server has in force.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn server_settings(&self) -> Result<ServerSettings> {
        sqlx::query_as(include_str!("../sql/durability.sql"))
            .fetch_one(&self.reader.readers.pool())
            .await
            .map_err(classify)
    }

    /// Finishes what waits and closes the connections. Everything asked afterwards is
    /// `Unavailable`.
    ///
    /// # Errors
    /// When it was closed before.
    pub async fn close(&self) -> Result<()> {
        self.follower.abort();
        let closed = self.ask(|reply| Job::Close { reply }).await?;
        self.reader.readers.close().await;
        closed
    }

    pub(crate) fn reader(&self) -> &Reader {
        &self.reader
    }

    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<T>) -> Job) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        self.writer.send(job(reply)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())
    }
}

impl Drop for PostgresLog {
    fn drop(&mut self) {
        self.follower.abort();
    }
}

#[async_trait]
impl Log for PostgresLog {
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
        let read = self
            .reader
            .read_stream(stream, after_version, limit)
            .await?;
        Ok(self.seen.saw_all(read))
    }

    async fn read_all(&self, after: u64, limit: usize) -> Result<Vec<Recorded>> {
        let read = self.reader.read_all(after, limit).await?;
        Ok(self.seen.saw_all(read))
    }

    async fn read_range(&self, range: &StreamRange) -> Result<Vec<Recorded>> {
        let read = self.reader.read_range(range).await?;
        Ok(self.seen.saw_all(read))
    }

    async fn next_streams(
        &self,
        category: &str,
        after: Option<&StreamId>,
        streams: usize,
    ) -> Result<Option<StreamId>> {
        self.reader.next_streams(category, after, streams).await
    }

    async fn versions(&self, streams: &[StreamId]) -> Result<Vec<u64>> {
        self.reader.versions(streams).await
    }

    async fn command(&self, command: Uuid) -> Result<Option<Vec<Recorded>>> {
        let found = self.reader.command(command).await?;
        Ok(found.map(|events| self.seen.saw_all(events)))
    }

    async fn head(&self) -> Result<Head> {
        let head = self.reader.head().await?;
        advance(&self.newest, head.position);
        Ok(head)
    }

    async fn leaves(&self, after: u64, limit: usize) -> Result<Vec<Leaf>> {
        self.reader.leaves(after, limit).await
    }

    async fn document(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>> {
        self.reader.document(hash).await
    }

    async fn keys(&self, streams: &[StreamId]) -> Result<Vec<Option<Vec<u8>>>> {
        self.reader.keys(streams).await
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.reader.setting(name).await
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
        self.ask(|reply| Job::Audit { entries, reply }).await?
    }

    async fn audit_trail(&self, limit: usize) -> Result<Vec<AuditEntry>> {
        self.reader.audit_trail(limit).await
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    fn connections(&self) -> watch::Receiver<u64> {
        self.connections.watch()
    }

    fn loss(&self) -> Option<Loss> {
        self.seen.loss()
    }
}
