//! A source of opened events that can be held up while views are built, and that cannot open the
//! events of one stream.

use async_trait::async_trait;
use docket_codec::Reader;
use docket_projection::{Opened, Source, SourceError};
use docket_store::Recorded;
use std::sync::Mutex;
use tokio::sync::watch;

pub struct MoodySource {
    inner: Reader,
    broken: Mutex<Option<String>>,
    held: watch::Sender<bool>,
}

impl MoodySource {
    pub fn new(inner: Reader) -> Self {
        Self {
            inner,
            broken: Mutex::new(None),
            held: watch::Sender::new(false),
        }
    }

    /// Which stream cannot be opened, by its id.
    pub fn break_stream(&self, id: Option<&str>) {
        *self.broken.lock().unwrap() = id.map(str::to_owned);
    }

    /// Whether a bulk replay waits.
    pub fn hold(&self, held: bool) {
        self.held.send_replace(held);
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
        let _ = self.held.subscribe().wait_for(|held| !held).await;
        self.look(events)?;
        self.inner.open_cold(events).await
    }
}
