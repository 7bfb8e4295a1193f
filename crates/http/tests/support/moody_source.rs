//! A source of opened events that can be held up while views are built, and that cannot open the
//! events of one stream.

use async_trait::async_trait;
use docket_codec::Reader;
use docket_projection::{Opened, Source, SourceError};
use docket_store::Recorded;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;

pub struct MoodySource {
    inner: Reader,
    broken: Mutex<Option<String>>,
    /// Readings for replays and verifications that have come, and how many may pass.
    came: AtomicU64,
    may_pass: watch::Sender<u64>,
}

impl MoodySource {
    pub fn new(inner: Reader) -> Self {
        Self {
            inner,
            broken: Mutex::new(None),
            came: AtomicU64::new(0),
            may_pass: watch::Sender::new(u64::MAX),
        }
    }

    /// Which stream cannot be opened, by its id.
    pub fn break_stream(&self, id: Option<&str>) {
        *self.broken.lock().unwrap() = id.map(str::to_owned);
    }

    /// Holds up replays and verifications, once so many readings have passed.
    pub fn hold_after(&self, readings: u64) {
        let came = self.came.load(Ordering::SeqCst);
        self.may_pass.send_replace(came + readings);
    }

    /// Lets them go on.
    pub fn release(&self) {
        self.may_pass.send_replace(u64::MAX);
    }

    fn look(&self, events: &[Recorded]) -> Result<(), SourceError> {
        let broken = self.broken.lock().unwrap();
        let found = events
            .iter()
            .find(|event| Some(event.stream.id()) == broken.as_deref());
        match found {
            None => Ok(()),
            Some(event) => Err(SourceError::Broken {
                position: event.position,
                what: "broken by a test".into(),
            }),
        }
    }
}

#[async_trait]
impl Source for MoodySource {
    async fn open(&self, events: &[Recorded]) -> Result<Vec<Opened>, SourceError> {
        self.look(events)?;
        Source::open(&self.inner, events).await
    }

    async fn open_cold(&self, events: &[Recorded]) -> Result<Vec<Opened>, SourceError> {
        let turn = self.came.fetch_add(1, Ordering::SeqCst);
        let mut may_pass = self.may_pass.subscribe();
        let _ = may_pass.wait_for(|may_pass| turn < *may_pass).await;
        self.look(events)?;
        self.inner.open_cold(events).await
    }
}
