use docket_store::StreamId;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Streams that hold something the log does not prove. Nothing of them is answered from memory,
/// until all of a stream was read again and found right.
#[derive(Debug, Default)]
pub struct Quarantine(Mutex<BTreeMap<StreamId, Finding>>);

/// What was found first in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where in the log; 0 for a document or a key.
    pub position: u64,
    /// What is wrong, without a value of an event.
    pub what: String,
}

impl Quarantine {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// How many streams it holds.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// What was found in a stream.
    pub fn of(&self, stream: &StreamId) -> Option<Finding> {
        self.lock().get(stream).cloned()
    }

    /// Every stream of it, in the order of their names.
    pub fn all(&self) -> Vec<(StreamId, Finding)> {
        let streams = self.lock();
        let each = streams.iter();
        each.map(|(stream, finding)| (stream.clone(), finding.clone()))
            .collect()
    }

    pub(crate) fn put(&self, stream: &StreamId, position: u64, what: &str) {
        let mut streams = self.lock();
        if streams.contains_key(stream) {
            return;
        }
        tracing::error!(%stream, position, what, "the log does not prove what is stored");
        let finding = Finding {
            position,
            what: what.to_owned(),
        };
        streams.insert(stream.clone(), finding);
    }

    pub(crate) fn lift(&self, stream: &StreamId) {
        if self.lock().remove(stream).is_some() {
            tracing::info!(%stream, "all of the stream is proven again");
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<StreamId, Finding>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
