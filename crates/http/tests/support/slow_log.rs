//! A log in memory that lets others run before it stores, and that can be taken away.

use async_trait::async_trait;
use docket_store::{
    Append, AppendError, Appended, AuditEntry, Head, Leaf, Log, LogError, MemoryLog, Recorded,
    StreamId, StreamRange,
};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;
use uuid::Uuid;

pub struct SlowLog {
    inner: MemoryLog,
    down: AtomicBool,
}

impl SlowLog {
    pub fn new(id: Uuid) -> Self {
        Self {
            inner: MemoryLog::new(id),
            down: AtomicBool::new(false),
        }
    }

    /// Answers nothing any more.
    pub fn take_away(&self) {
        self.down.store(true, Ordering::SeqCst);
    }

    fn up(&self) -> Result<&MemoryLog, LogError> {
        match self.down.load(Ordering::SeqCst) {
            true => Err(LogError::Unavailable("taken away by a test".into())),
            false => Ok(&self.inner),
        }
    }
}

#[async_trait]
impl Log for SlowLog {
    fn id(&self) -> Uuid {
        self.inner.id()
    }

    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        self.up()?.append(append).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Recorded>, LogError> {
        self.up()?.read_stream(stream, after, limit).await
    }

    async fn read_all(&self, after: u64, limit: usize) -> Result<Vec<Recorded>, LogError> {
        self.up()?.read_all(after, limit).await
    }

    async fn read_range(&self, range: &StreamRange) -> Result<Vec<Recorded>, LogError> {
        self.up()?.read_range(range).await
    }

    async fn split_streams(
        &self,
        category: &str,
        stride: usize,
    ) -> Result<Vec<StreamId>, LogError> {
        self.up()?.split_streams(category, stride).await
    }

    async fn versions(&self, streams: &[StreamId]) -> Result<Vec<u64>, LogError> {
        self.up()?.versions(streams).await
    }

    async fn command(&self, command: Uuid) -> Result<Option<Vec<Recorded>>, LogError> {
        self.up()?.command(command).await
    }

    async fn head(&self) -> Result<Head, LogError> {
        self.up()?.head().await
    }

    async fn leaves(&self, after: u64, limit: usize) -> Result<Vec<Leaf>, LogError> {
        self.up()?.leaves(after, limit).await
    }

    async fn document(&self, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, LogError> {
        self.up()?.document(hash).await
    }

    async fn keys(&self, streams: &[StreamId]) -> Result<Vec<Option<Vec<u8>>>, LogError> {
        self.up()?.keys(streams).await
    }

    async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, LogError> {
        self.up()?.setting(name).await
    }

    async fn put_setting(&self, name: &str, value: &[u8]) -> Result<(), LogError> {
        self.up()?.put_setting(name, value).await
    }

    async fn audit(&self, entries: Vec<AuditEntry>) -> Result<(), LogError> {
        self.up()?.audit(entries).await
    }

    async fn audit_trail(&self, limit: usize) -> Result<Vec<AuditEntry>, LogError> {
        self.up()?.audit_trail(limit).await
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.inner.watch()
    }
}
