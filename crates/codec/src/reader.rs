use crate::decode::{Opened, Scratch, decode_with, envelope_with};
use crate::document::{Content, open_document, superseded};
use crate::quarantine::Quarantine;
use crate::{KeyError, KeyRing, KeyState, ReadError, Sealer, erases, hash_from_hex, stream_id};
use docket_domain::{Category, Envelope, Event, Stream};
use docket_store::{Log, Recorded, StreamId, sha256};
use lru::LruCache;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

const KEYS_CACHED_MAX: NonZeroUsize = NonZeroUsize::new(16_384).expect("it is not 0");
const PAGE: usize = 1_000;

/// Opens stored events, fetching the keys of their streams in bulk. Every event is proven first:
/// its leaf is recomputed, and its sealed part authenticates it.
///
/// Keys are cached. What erases a stream throws its key out of the cache as soon as this reader
/// meets the event, or is told by [`Reader::forget`]; a cached key is never put over a destroyed
/// one.
///
/// **Invariant:** nothing but an event of its own stream erases a stream. A key that is gone without
/// one is [`ReadError::Corrupt`].
pub struct Reader {
    log: Arc<dyn Log>,
    ring: Arc<KeyRing>,
    /// The stream whose key is the log's own.
    own: StreamId,
    keys: Mutex<LruCache<StreamId, KeyState>>,
    quarantine: Arc<Quarantine>,
}

impl Reader {
    /// A reader with an empty cache. The ring must have passed [`KeyRing::check`].
    pub fn new(log: Arc<dyn Log>, ring: Arc<KeyRing>) -> Self {
        Self::sharing(log, ring, Arc::default())
    }

    /// A reader that shares with others of its process what was found in the log.
    pub fn sharing(log: Arc<dyn Log>, ring: Arc<KeyRing>, quarantine: Arc<Quarantine>) -> Self {
        Self {
            own: stream_id(log.id(), &Stream::log(log.id())),
            log,
            ring,
            keys: Mutex::new(LruCache::new(KEYS_CACHED_MAX)),
            quarantine,
        }
    }

    /// The streams that were found to hold something the log does not prove.
    pub fn quarantine(&self) -> &Arc<Quarantine> {
        &self.quarantine
    }

    /// Opens events of any streams, in the order given.
    ///
    /// # Errors
    /// The first event that cannot be read, see [`ReadError`].
    pub async fn open(&self, events: &[Recorded]) -> Result<Vec<Opened>, ReadError> {
        events
            .iter()
            .filter(|event| erases(&event.kind))
            .for_each(|event| {
                self.lock().pop(&event.stream);
            });
        let firsts = self.sealing_streams(events);
        let mut keys = self.cached(firsts.keys().copied());
        let missing: Vec<_> = firsts
            .iter()
            .filter(|(stream, _)| !keys.contains_key(*stream))
            .map(|(stream, first)| (*stream, *first))
            .collect();
        let fetched = self.fetch(missing, events).await?;
        self.remember(&fetched);
        keys.extend(fetched);
        self.decode_all(events, &keys, decode_with)
    }

    /// Opens events as [`Reader::open`] does, past the cache: for reading much of the log once.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub async fn open_uncached(&self, events: &[Recorded]) -> Result<Vec<Opened>, ReadError> {
        let keys = self.fetch_all(events).await?;
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
        let keys = self.fetch_all(events).await?;
        self.decode_all(events, &keys, envelope_with)
    }

    /// The events of one stream behind a version, oldest first, all of them.
    ///
    /// # Errors
    /// As [`Reader::open`]; [`ReadError::Corrupt`] too where a version is left out.
    pub async fn stream(
        &self,
        stream: &Stream,
        after_version: u64,
    ) -> Result<Vec<Opened>, ReadError> {
        let id = stream_id(self.log.id(), stream);
        let mut recorded = self.log.read_stream(&id, after_version, PAGE).await?;
        while let Some(last) = recorded.last().filter(|_| recorded.len() % PAGE == 0) {
            let page = self.log.read_stream(&id, last.version, PAGE).await?;
            if page.is_empty() {
                break;
            }
            recorded.extend(page);
        }
        self.without_gap(&recorded, after_version)?;
        let opened = self.open(&recorded).await?;
        if after_version == 0 {
            self.quarantine.lift(&id);
        }
        Ok(opened)
    }

    /// The key of a stream: what a new event is sealed with. It may come from the cache, where the
    /// key of a stream that another process erased can still stand; an append under it is refused,
    /// because the erasing event moved the stream.
    ///
    /// # Errors
    /// As [`Reader::open`], with position 0.
    pub async fn key(&self, stream: &Stream) -> Result<KeyState, ReadError> {
        let id = stream_id(self.log.id(), stream);
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
        let state = self.unwrap(stream, wrapped).map_err(|error| match error {
            Unwrapped::Corrupt(what) => corrupt(0, "key", &what),
            Unwrapped::KeyFile => missing(stream, 0),
        })?;
        if state == KeyState::Destroyed && !self.is_erased(stream).await? {
            return Err(corrupt(0, "key", GONE));
        }
        self.remember(&HashMap::from([(stream, state.clone())]));
        Ok(state)
    }

    /// A document by the SHA-256 of its ciphertext. The key is taken from the log each time.
    ///
    /// # Errors
    /// [`ReadError::Corrupt`] when it is not the document of this hash and stream, or is gone though
    /// nothing erased its stream and no later save took its place.
    pub async fn document(&self, stream: &Stream, hash: &[u8; 32]) -> Result<Content, ReadError> {
        let bytes = self.log.document(hash).await?;
        let key = match self.present_key(&stream_id(self.log.id(), stream)).await? {
            KeyState::Known(key) => key,
            KeyState::Destroyed => return Ok(Content::Erased),
            KeyState::None => return Err(corrupt(0, "document", "its stream has no key")),
        };
        let Some(bytes) = bytes else {
            return self.without_document(stream, hash).await;
        };
        if sha256(&bytes) != *hash {
            return Err(corrupt(0, "document", "it has another hash"));
        }
        open_document(self.log.id(), stream, &key, &bytes)
            .map(Content::Plain)
            .map_err(|error| corrupt(0, "document", &error.to_string()))
    }

    /// Why a document is not there, as the events of its stream say.
    async fn without_document(
        &self,
        stream: &Stream,
        hash: &[u8; 32],
    ) -> Result<Content, ReadError> {
        let history = self.stream(stream, 0).await?;
        let events = || history.iter().map(|opened| &opened.envelope.event);
        if superseded(events(), hash) {
            return Ok(Content::Superseded);
        }
        let cited = history.iter().rev().find(|opened| {
            matches!(&opened.envelope.event, Event::SectionSaved(saved)
                if hash_from_hex(&saved.document).as_ref() == Some(hash))
        });
        let position = cited.map_or(0, |opened| opened.envelope.position);
        Err(corrupt(
            position,
            "document",
            "it is gone, and no event erased it",
        ))
    }

    /// Throws a stream's key out of the cache, after an append that destroyed it.
    pub fn forget(&self, stream: &Stream) {
        let id = stream_id(self.log.id(), stream);
        self.lock().put(id, KeyState::Destroyed);
    }

    /// Drops a stream's key from the cache, destroyed or not: the next one comes from the log.
    pub fn drop_key(&self, stream: &Stream) {
        self.lock().pop(&stream_id(self.log.id(), stream));
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

    async fn fetch_all<'a>(
        &'a self,
        events: &'a [Recorded],
    ) -> Result<HashMap<&'a StreamId, KeyState>, ReadError> {
        let streams = self.sealing_streams(events).into_iter().collect();
        self.fetch(streams, events).await
    }

    /// Reads and unwraps the keys of streams, each with the first event that needs it. Of a destroyed
    /// key the erasing event is looked for, among `events` first.
    async fn fetch<'a>(
        &self,
        streams: Vec<(&'a StreamId, &'a Recorded)>,
        events: &[Recorded],
    ) -> Result<HashMap<&'a StreamId, KeyState>, ReadError> {
        if streams.is_empty() {
            return Ok(HashMap::new());
        }
        let names: Vec<StreamId> = streams
            .iter()
            .map(|(stream, _)| (*stream).clone())
            .collect();
        let wrapped = self.log.keys(&names).await?;
        let mut states = HashMap::with_capacity(streams.len());
        let mut broken = None;
        for ((stream, first), wrapped) in streams.into_iter().zip(wrapped) {
            match self.unwrap(stream, wrapped) {
                Ok(state) => drop(states.insert(stream, state)),
                Err(Unwrapped::KeyFile) => return Err(missing(stream, first.position)),
                Err(Unwrapped::Corrupt(what)) => broken = broken.or(Some((first, what))),
            }
        }
        if let Some((first, what)) = broken {
            // Under another log's key file nothing opens, and no event is to blame.
            let own = states.get(&self.own).is_some_and(|own| own.key().is_some());
            if !own && self.log_key().await.is_err() {
                return Err(missing(&first.stream, first.position));
            }
            return Err(self.found(&first.stream, corrupt(first.position, &first.kind, &what)));
        }
        self.prove_erasures(&states, events).await?;
        Ok(states)
    }

    async fn prove_erasures(
        &self,
        states: &HashMap<&StreamId, KeyState>,
        events: &[Recorded],
    ) -> Result<(), ReadError> {
        for (stream, _) in states
            .iter()
            .filter(|(_, state)| **state == KeyState::Destroyed)
        {
            let is_here = |event: &&Recorded| event.stream == **stream && erases(&event.kind);
            if events.iter().any(|event| is_here(&event)) || self.is_erased(stream).await? {
                continue;
            }
            let first = events.iter().find(|event| event.stream == **stream);
            let (position, kind) = first.map_or((0, "key"), |first| (first.position, &first.kind));
            return Err(self.found(stream, corrupt(position, kind, GONE)));
        }
        Ok(())
    }

    /// Whether the newest event of a stream erased it, which nothing follows.
    async fn is_erased(&self, stream: &StreamId) -> Result<bool, ReadError> {
        let versions = self.log.versions(std::slice::from_ref(stream)).await?;
        let before = versions.first().copied().unwrap_or_default();
        let newest = self
            .log
            .read_stream(stream, before.saturating_sub(1), 1)
            .await?;
        let Some(erasing) = newest.first().filter(|event| erases(&event.kind)) else {
            return Ok(false);
        };
        let key = self.log_key().await?;
        decode_with(self.log.id(), erasing, &key, &mut Scratch::default()).map(|_| true)
    }

    /// The log's own key.
    async fn log_key(&self) -> Result<KeyState, ReadError> {
        let cached = self.lock().get(&self.own).cloned();
        if let Some(state) = cached {
            return Ok(state);
        }
        let own = std::slice::from_ref(&self.own);
        let wrapped = self.log.keys(own).await?.pop().flatten();
        match self.unwrap(&self.own, wrapped) {
            Ok(state @ KeyState::Known(_)) => {
                self.remember(&HashMap::from([(&self.own, state.clone())]));
                Ok(state)
            }
            _ => Err(missing(&self.own, 0)),
        }
    }

    fn unwrap(&self, stream: &StreamId, wrapped: Option<Vec<u8>>) -> Result<KeyState, Unwrapped> {
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
                KeyError::VersionAbsent { .. } => Unwrapped::KeyFile,
                _ if *stream == self.own => Unwrapped::KeyFile,
                other => Unwrapped::Corrupt(other.to_string()),
            })
    }

    /// The streams whose keys are needed, each with its first event that needs it. That of an erased
    /// stream is always asked for, so that its destruction is remembered.
    fn sealing_streams<'a>(
        &'a self,
        events: &'a [Recorded],
    ) -> HashMap<&'a StreamId, &'a Recorded> {
        let mut firsts = HashMap::new();
        let mut latest = None;
        for event in events {
            let stream = self.sealing_stream(event);
            if latest != Some(stream) {
                firsts.entry(stream).or_insert(event);
                latest = Some(stream);
            }
            if erases(&event.kind) {
                firsts.entry(&event.stream).or_insert(event);
            }
        }
        firsts
    }

    /// The stream whose key seals an event. An event of an unknown category is not opened.
    fn sealing_stream<'a>(&'a self, event: &'a Recorded) -> &'a StreamId {
        match Category::parse(event.stream.category()) {
            Some(category) if Sealer::of(category, &event.kind) == Sealer::Stream => &event.stream,
            _ => &self.own,
        }
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
            let stream = self.sealing_stream(event);
            // In stream order the key is looked up once for each stream.
            let state = match latest {
                Some((before, state)) if before == stream => state,
                _ => keys.get(stream).unwrap_or(&KeyState::None),
            };
            latest = Some((stream, state));
            let read = decode(log_id, event, state, &mut scratch);
            opened.push(read.map_err(|error| self.found(&event.stream, error))?);
        }
        Ok(opened)
    }

    /// Versions follow one another, or an event was taken out.
    fn without_gap(&self, events: &[Recorded], after: u64) -> Result<(), ReadError> {
        for (due, event) in (after + 1..).zip(events) {
            if event.version != due {
                let what = format!("version {due} of its stream is missing");
                return Err(self.found(&event.stream, corrupt(event.position, &event.kind, &what)));
            }
        }
        Ok(())
    }

    /// Notes what a stream was found to hold.
    fn found(&self, stream: &StreamId, error: ReadError) -> ReadError {
        if let ReadError::Corrupt { position, what, .. } = &error {
            self.quarantine.put(stream, *position, what);
        }
        error
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<StreamId, KeyState>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const GONE: &str = "the key of its stream is gone, and no event erased the stream";

/// Why a wrapped key gives no key.
enum Unwrapped {
    /// The key file does not hold what it was wrapped under, or it is the log's own: nothing is
    /// wrong with any event, and whoever reads stops.
    KeyFile,
    /// This key alone is not what was stored.
    Corrupt(String),
}

fn missing(stream: &StreamId, position: u64) -> ReadError {
    ReadError::KeyMissing {
        stream: stream.clone(),
        position,
    }
}

fn corrupt(position: u64, kind: &str, what: &str) -> ReadError {
    ReadError::Corrupt {
        position,
        kind: kind.to_owned(),
        what: what.to_owned(),
    }
}
