use crate::{
    Append, AppendError, Appended, AuditEntry, Head, Leaf, Log, LogError, Loss, Recorded, StreamId,
    StreamRange,
};
use async_trait::async_trait;
use std::sync::Arc;
use tokio::sync::watch;
use uuid::Uuid;

/// A log that answers nothing while it has lost what this process has seen of it, so that nobody
/// decides, lists or publishes on memories of a log that is no more.
///
/// Adapters notice a loss before a connection that was made anew answers anything; so whoever looks
/// before and after a question has no answer from the other log.
pub struct Guarded(Arc<dyn Log>);

impl Guarded {
    /// Guards a log.
    pub fn new(log: Arc<dyn Log>) -> Self {
        Self(log)
    }

    async fn ask<T, E: From<LogError>>(
        &self,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.stands()?;
        let answer = answer.await;
        self.stands()?;
        answer
    }

    fn stands(&self) -> Result<(), LogError> {
        self.0
            .loss()
            .map_or(Ok(()), |loss| Err(LogError::Lost(loss)))
    }
}

#[async_trait]
impl Log for Guarded {
    fn id(&self) -> Uuid {
        self.0.id()
    }

    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.ask(self.0.append(append)).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after_version: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError> {
        let read = self.0.read_stream(stream, after_version, limit);
        self.ask(read).await
    }

    async fn read_all(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, LogError> {
        self.ask(self.0.read_all(after, limit)).await
    }

    async fn read_range(&self, range: &StreamRange) -> Result<Vec<Recorded>, LogError> {
        self.ask(self.0.read_range(range)).await
    }

    async fn next_streams(
        &self,
        category: &str,
        after: Option<&StreamId>,
        streams: usize,
    ) -> Result<Option<StreamId>, LogError> {
        self.ask(self.0.next_streams(category, after, streams))
            .await
    }

    async fn versions(&self, streams: &[StreamId]) -> Result<Vec<u64>, LogError> {
        self.ask(self.0.versions(streams)).await
    }

    async fn command(&self, command: Uuid) -> Result<Option<Vec<Recorded>>, LogError> {
        self.ask(self.0.command(command)).await
    }

    async fn head(&self) -> Result<Head, LogError> {
        self.ask(self.0.head()).await
    }

    async fn leaves(&self, after: u64, limit: usize) -> Result<Vec<Leaf>, LogError> {
        self.ask(self.0.leaves(after, limit)).await
    }

    async fn document(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, LogError> {
        self.ask(self.0.document(hash)).await
    }

    async fn keys(&self, streams: &[StreamId]) -> Result<Vec<Option<Vec<u8>>>, LogError> {
        self.ask(self.0.keys(streams)).await
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, LogError> {
        self.ask(self.0.setting(name)).await
    }

    async fn put_setting(&self, name: &str, value: &[u8]) -> Result<(), LogError> {
        self.ask(self.0.put_setting(name, value)).await
    }

    async fn audit(&self, entries: Vec<AuditEntry>) -> Result<(), LogError> {
        self.ask(self.0.audit(entries)).await
    }

    async fn audit_trail(&self, limit: usize) -> Result<Vec<AuditEntry>, LogError> {
        self.ask(self.0.audit_trail(limit)).await
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.0.watch()
    }

    fn connections(&self) -> watch::Receiver<u64> {
        self.0.connections()
    }

    fn loss(&self) -> Option<Loss> {
        self.0.loss()
    }
}
