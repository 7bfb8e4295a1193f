use crate::decode::{Opened, Scratch, decode_with, envelope_with};
use crate::document::{Content, open_document};
use crate::{KeyError, KeyRing, KeyState, ReadError, stream_id};
use docket_domain::{Envelope, Stream};
use docket_store::{Log, Recorded, StreamId, sha256};
use lru::LruCache;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

const KEYS_CACHED_MAX: NonZeroUsize = NonZeroUsize::new(16_384).expect("it is not 0");
const PAGE: usize = 1_000;
/// Events whose transaction destroys their stream's key.
const ERASING: &[&str] = &["DraftDeleted"];

/// Opens stored events, fetching the keys of their streams in bulk.
///
/// Keys are cached. What erases a stream throws its key out of the cache as soon as this reader
/// meets the event, or is told by [`Reader::forget`]; a cached key is never put over a destroyed
/// one.
pub struct Reader {
    log: Arc<dyn Log>,
    ring: Arc<KeyRing>,
    keys: Mutex<LruCache<StreamId, KeyState>>,
}

impl Reader {
    /// A reader with an empty cache. The ring must have passed [`KeyRing::check`].
    pub fn new(log: Arc<dyn Log>, ring: Arc<KeyRing>) -> Self {
        Self {
            log,
            ring,
            keys: Mutex::new(LruCache::new(KEYS_CACHED_MAX)),
        }
    }

    /// Opens events of any streams, in the order given.
    ///
    /// # Errors
    /// The first event that cannot be read, see [`ReadError`].
    pub async fn open(&self, events: &[Recorded]) -> Result<Vec<Opened>, ReadError> {
        events
            .iter()
            .filter(|event| erases(event))
            .for_each(|event| {
                self.lock().pop(&event.stream);
            });
        let firsts = sealed_streams(events);
        let mut keys = self.cached(firsts.keys().copied());
        let missing: Vec<_> = firsts
            .iter()
            .filter(|(stream, _)| !keys.contains_key(*stream))
            .collect();
        let fetched = self
            .fetch(missing.into_iter().map(|(stream, first)| (*stream, *first)))
            .await?;
        self.remember(&fetched);
        keys.extend(fetched);
        self.decode_all(events, &keys, decode_with)
    }

    /// Opens events as [`Reader::open`] does, past the cache: for reading much of the log once.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub async fn open_uncached(&self, events: &[Recorded]) -> Result<Vec<Opened>, ReadError> {
        let keys = self.fetch(sealed_streams(events)).await?;
        self.decode_all(events, &keys, decode_with)
    }

    /// What folding needs of events of any streams, in the order given: no request, and of the
    /// metadata only instant and author. It leaves the key cache alone, as
    /// [`Reader::open_uncached`] does.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub async fn envelopes(
        &self,
        events: &[Recorded],
    ) -> Result<Vec<(Stream, Envelope)>, ReadError> {
        let keys = self.fetch(sealed_streams(events)).await?;
        self.decode_all(events, &keys, envelope_with)
    }

    /// The events of one stream behind a version, oldest first, all of them.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub async fn stream(
        &self,
        stream: &Stream,
        after_version: u64,
    ) -> Result<Vec<Opened>, ReadError> {
        let id = stream_id(stream);
        let mut recorded = self.log.read_stream(&id, after_version, PAGE).await?;
        while let Some(last) = recorded.last().filter(|_| recorded.len() % PAGE == 0) {
            let page = self.log.read_stream(&id, last.version, PAGE).await?;
            if page.is_empty() {
                break;
            }
            recorded.extend(page);
        }
        self.open(&recorded).await
    }

    /// The key of a stream: what a new event is sealed with. It may come from the cache, where the
    /// key of a stream that another process erased can still stand; an append under it is refused,
    /// because the erasing event moved the stream.
    ///
    /// # Errors
    /// As [`Reader::open`], with position 0.
    pub async fn key(&self, stream: &Stream) -> Result<KeyState, ReadError> {
        let id = stream_id(stream);
        let cached = self.lock().get(&id).cloned();
        match cached {
            Some(state) => Ok(state),
            None => self.present_key(&id).await,
        }
    }

    /// The key of a stream as the log has it now.
    async fn present_key(&self, stream: &StreamId) -> Result<KeyState, ReadError> {
        let wrapped = self
            .log
            .keys(std::slice::from_ref(stream))
            .await?
            .pop()
            .flatten();
        let state = self.unwrap(stream, 0, "key", wrapped)?;
        self.remember(&HashMap::from([(stream, state.clone())]));
        Ok(state)
    }

    /// A document by the SHA-256 of its ciphertext. The key is taken from the log each time.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] when it is not the document of this hash and stream.
    pub async fn document(&self, stream: &Stream, hash: &[u8; 32]) -> Result<Content, ReadError> {
        let Some(bytes) = self.log.document(hash).await? else {
            return Ok(Content::Absent);
        };
        if sha256(&bytes) != *hash {
            return Err(corrupt(0, "document", "it has another hash"));
        }
        match self.present_key(&stream_id(stream)).await? {
            KeyState::Known(key) => open_document(self.log.id(), stream, &key, &bytes)
                .map(Content::Plain)
                .map_err(|error| corrupt(0, "document", &error.to_string())),
            KeyState::Destroyed => Ok(Content::Erased),
            KeyState::None => Err(ReadError::KeyMissing {
                stream: stream_id(stream),
                position: 0,
            }),
        }
    }

    /// Throws a stream's key out of the cache, after an append that destroyed it.
    pub fn forget(&self, stream: &Stream) {
        self.lock().put(stream_id(stream), KeyState::Destroyed);
    }

    /// Drops a stream's key from the cache, destroyed or not: the next one comes from the log.
    pub fn drop_key(&self, stream: &Stream) {
        self.lock().pop(&stream_id(stream));
    }

    fn cached<'a>(
        &self,
        streams: impl Iterator<Item = &'a StreamId>,
    ) -> HashMap<&'a StreamId, KeyState> {
        let mut keys = self.lock();
        streams
            .filter_map(|stream| Some((stream, keys.get(stream)?.clone())))
            .collect()
    }

    /// A key that was fetched before it was destroyed must not outlive it here, and that there is
    /// no key yet is no news to keep.
    fn remember(&self, fetched: &HashMap<&StreamId, KeyState>) {
        let mut keys = self.lock();
        for (stream, state) in fetched {
            if *state != KeyState::None && keys.peek(*stream) != Some(&KeyState::Destroyed) {
                keys.put((*stream).clone(), state.clone());
            }
        }
    }

    /// Reads and unwraps the keys of streams, each with the first event that needs it.
    async fn fetch<'a>(
        &self,
        streams: impl IntoIterator<Item = (&'a StreamId, &'a Recorded)>,
    ) -> Result<HashMap<&'a StreamId, KeyState>, ReadError> {
        let streams: Vec<_> = streams.into_iter().collect();
        if streams.is_empty() {
            return Ok(HashMap::new());
        }
        let names: Vec<StreamId> = streams
            .iter()
            .map(|(stream, _)| (*stream).clone())
            .collect();
        let wrapped = self.log.keys(&names).await?;
        let states = streams
            .into_iter()
            .zip(wrapped)
            .map(|((stream, first), wrapped)| {
                Ok((
                    stream,
                    self.unwrap(stream, first.position, &first.kind, wrapped)?,
                ))
            });
        states.collect()
    }

    fn unwrap(
        &self,
        stream: &StreamId,
        position: u64,
        kind: &str,
        wrapped: Option<Vec<u8>>,
    ) -> Result<KeyState, ReadError> {
        let Some(wrapped) = wrapped else {
            return Ok(KeyState::None);
        };
        if wrapped.is_empty() {
            return Ok(KeyState::Destroyed);
        }
        self.ring
            .unwrap(stream, &wrapped)
            .map(KeyState::Known)
            .map_err(|error| match error {
                // A wrong key is not the event's fault: whoever reads stops, and nothing is parked.
                KeyError::VersionAbsent { .. } | KeyError::Wrapped { .. } => {
                    ReadError::KeyMissing {
                        stream: stream.clone(),
                        position,
                    }
                }
                other => corrupt(position, kind, &other.to_string()),
            })
    }

    fn decode_all<T>(
        &self,
        events: &[Recorded],
        keys: &HashMap<&StreamId, KeyState>,
        decode: impl Fn(Uuid, &Recorded, &KeyState, &mut Scratch) -> Result<T, ReadError>,
    ) -> Result<Vec<T>, ReadError> {
        let log_id = self.log.id();
        let mut scratch = Scratch::default();
        let mut latest: Option<(&StreamId, &KeyState)> = None;
        let mut opened = Vec::with_capacity(events.len());
        for event in events {
            // In stream order the key is looked up once for each stream.
            let state = match latest {
                Some((stream, state)) if stream == &event.stream => state,
                _ => keys.get(&event.stream).unwrap_or(&KeyState::None),
            };
            latest = Some((&event.stream, state));
            opened.push(decode(log_id, event, state, &mut scratch)?);
        }
        Ok(opened)
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<StreamId, KeyState>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The streams whose keys are needed, each with its first event that needs it. That of an erased
/// stream is always asked for, so that its destruction is remembered.
fn sealed_streams(events: &[Recorded]) -> HashMap<&StreamId, &Recorded> {
    let mut firsts = HashMap::new();
    let mut latest = None;
    for event in events
        .iter()
        .filter(|event| event.sealed.is_some() || erases(event))
    {
        if latest != Some(&event.stream) {
            firsts.entry(&event.stream).or_insert(event);
            latest = Some(&event.stream);
        }
    }
    firsts
}

fn erases(event: &Recorded) -> bool {
    ERASING.contains(&event.kind.as_str())
}

fn corrupt(position: u64, kind: &str, what: &str) -> ReadError {
    ReadError::Corrupt {
        position,
        kind: kind.to_owned(),
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_erasing_events_exist() {
        for kind in ERASING {
            assert!(
                docket_domain::Event::TYPES
                    .iter()
                    .any(|(known, _)| known == kind),
                "{kind}"
            );
        }
    }
}
