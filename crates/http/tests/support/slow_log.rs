//! A log that lets others run before it stores, and that can be held up or taken away.

use async_trait::async_trait;
use docket_store::{
    Append, AppendError, Appended, AuditEntry, Head, Leaf, Log, LogError, Loss, Recorded, StreamId,
    StreamRange,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;
use uuid::Uuid;

pub struct SlowLog {
    inner: Arc<dyn Log>,
    down: AtomicBool,
    lost: AtomicBool,
    held: watch::Sender<bool>,
    waiting: watch::Sender<u64>,
}

impl SlowLog {
    pub fn new(inner: Arc<dyn Log>) -> Self {
        Self {
            inner,
            down: AtomicBool::new(false),
            lost: AtomicBool::new(false),
            held: watch::Sender::new(false),
            waiting: watch::Sender::new(0),
        }
    }

    /// Answers nothing any more.
    pub fn take_away(&self) {
        self.down.store(true, Ordering::SeqCst);
    }

    /// Whether it has lost what was seen of it.
    pub fn lose(&self, lost: bool) {
        self.lost.store(lost, Ordering::SeqCst);
    }

    /// Whether appends wait before they are stored.
    pub fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }

    /// How many appends have come so far.
    pub fn came(&self) -> watch::Receiver<u64> {
        self.waiting.subscribe()
    }

    fn up(&self) -> Result<&dyn Log, LogError> {
        match self.down.load(Ordering::SeqCst) {
            true => Err(LogError::Unavailable("taken away by a test".into())),
            false => Ok(self.inner.as_ref()),
        }
    }
}

#[async_trait]
impl Log for SlowLog {
    fn id(&self) -> Uuid {
        self.inner.id()
    }

    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.waiting.send_modify(|came| *came += 1);
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        let mut held = self.held.subscribe();
        _ = held.wait_for(|held| !held).await;
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

    async fn next_streams(
        &self,
        category: &str,
        after: Option<&StreamId>,
        streams: usize,
    ) -> Result<Option<StreamId>, LogError> {
        self.up()?.next_streams(category, after, streams).await
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

    fn connections(&self) -> watch::Receiver<u64> {
        self.inner.connections()
    }

    fn loss(&self) -> Option<Loss> {
        let lost = self.lost.load(Ordering::SeqCst);
        lost.then_some(Loss { seen: 9, ends: 5 })
    }
}
