use docket_domain::{Seen, Stream};
use lru::LruCache;
use std::num::NonZeroUsize;
use std::sync::Mutex;

/// States by stream. It may be behind the log at any time; whoever answers from it compares
/// versions first.
pub struct Cache(Mutex<LruCache<Stream, Seen>>);

impl Cache {
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self(Mutex::new(LruCache::new(capacity)))
    }

    pub fn get(&self, stream: &Stream) -> Option<Seen> {
        self.lock().get(stream).cloned()
    }

    /// Keeps the newer of two states.
    pub fn put(&self, stream: Stream, seen: Seen) {
        let mut states = self.lock();
        let newer = states
            .peek(&stream)
            .is_none_or(|known| known.version <= seen.version);
        if newer {
            states.put(stream, seen);
        }
    }

    pub fn forget(&self, stream: &Stream) {
        self.lock().pop(stream);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, LruCache<Stream, Seen>> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
