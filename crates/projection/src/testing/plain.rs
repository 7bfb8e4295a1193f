use crate::fingerprint::History;
use crate::source::{Opened, Source, SourceError};
use async_trait::async_trait;
use docket_domain::event::DecodeError;
use docket_domain::log::{FIRST_INCARNATION, Incarnation};
use docket_domain::time::Instant;
use docket_domain::{Author, Envelope, Event, Stream};
use docket_store::{
    Append, Expected, KeyChange, Log, MemoryLog, NewEvent, Recorded, StreamAppend, StreamId,
};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

/// A log in memory whose personal halves are sealed with nothing: what views are tested over
/// without keys. Destroying a stream's key hides them all the same.
#[derive(Clone)]
pub struct PlainLog {
    /// The log.
    pub log: Arc<MemoryLog>,
    broken: Arc<Mutex<Vec<u64>>>,
    keys_lost: Arc<AtomicBool>,
    pub(crate) incarnation: Incarnation,
}

impl Default for PlainLog {
    fn default() -> Self {
        Self::of(1)
    }
}

impl PlainLog {
    /// An empty log of an identity.
    pub fn of(id: u128) -> Self {
        Self {
            log: Arc::new(MemoryLog::new(Uuid::from_u128(id))),
            broken: Arc::default(),
            keys_lost: Arc::default(),
            incarnation: FIRST_INCARNATION,
        }
    }

    /// The same log after an operator accepted that it lost events.
    #[must_use]
    pub fn in_next_incarnation(self) -> Self {
        Self {
            incarnation: self.incarnation + 1,
            ..self
        }
    }

    /// Appends events, each of its own command, and answers the newest position.
    pub async fn append(&self, events: &[(Stream, Envelope)]) -> u64 {
        let mut position = 0;
        for (stream, envelope) in events {
            let name = StreamId::new(stream.category.code(), &stream.id);
            let version = self
                .log
                .versions(std::slice::from_ref(&name))
                .await
                .expect("memory answers")[0];
            let mut keys = Vec::new();
            if version == 0 && stream.category.holds_personal_data() {
                keys.push(KeyChange::Create {
                    stream: name.clone(),
                    wrapped: vec![1],
                });
            }
            if docket_codec::erases(envelope.event.kind()) {
                keys.push(KeyChange::Destroy {
                    stream: name.clone(),
                });
            }
            let streams = vec![StreamAppend {
                stream: name,
                expected: Expected::Exact(version),
                events: vec![stored(envelope)],
            }];
            let command = Uuid::from_u128(
                u128::from(self.log.head().await.expect("memory answers").position) + 1,
            );
            let append = Append {
                command,
                at: envelope.at.micros(),
                streams,
                documents: Vec::new(),
                keys,
            };
            position = self
                .log
                .append(append)
                .await
                .expect("the versions are right")
                .position;
        }
        position
    }

    /// Appends an event that no build knows, as a newer one might, and answers its position.
    pub async fn append_unknown(&self) -> u64 {
        let event = NewEvent {
            kind: "FromTheFuture".into(),
            schema: 1,
            payload: "{}".into(),
            sealed: NOTHING.to_vec(),
            metadata: "{}".into(),
        };
        let stream = StreamAppend {
            stream: StreamId::new("declaration", "from-the-future"),
            expected: Expected::Absent,
            events: vec![event],
        };
        let append = Append {
            command: Uuid::from_u128(u128::MAX),
            at: 0,
            streams: vec![stream],
            documents: Vec::new(),
            keys: Vec::new(),
        };
        let appended = self.log.append(append).await;
        appended.expect("the stream is new").position
    }

    /// Lets the event at a position be unreadable, or readable again.
    pub fn break_at(&self, position: u64, broken: bool) {
        let mut all = self.broken.lock().expect("no test panics with it");
        all.retain(|at| *at != position);
        if broken {
            all.push(position);
        }
    }

    /// Lets no key be found, or lets all be found again.
    pub fn lose_keys(&self, lost: bool) {
        self.keys_lost.store(lost, Ordering::Release);
    }

    /// The whole log as it can be read now.
    pub async fn history(&self) -> History {
        let events = self
            .log
            .read_all(0, usize::MAX)
            .await
            .expect("memory answers");
        let opened = self.open(&events).await.expect("nothing is broken");
        opened
            .into_iter()
            .map(|opened| (opened.stream, opened.envelope))
            .collect()
    }
}

/// The sealed part of an event without a personal half.
const NOTHING: &[u8] = b"-";

fn stored(envelope: &Envelope) -> NewEvent {
    NewEvent {
        kind: envelope.event.kind().to_owned(),
        schema: envelope.event.schema(),
        payload: envelope.event.payload().expect("events have a JSON form"),
        sealed: envelope
            .event
            .personal()
            .expect("events have a JSON form")
            .map_or(NOTHING.to_vec(), String::into_bytes),
        metadata: serde_json::to_string(&(envelope.at, envelope.author))
            .expect("a pair has a JSON form"),
    }
}

#[async_trait]
impl Source for PlainLog {
    async fn open(&self, events: &[Recorded]) -> Result<Vec<Opened>, SourceError> {
        let names: Vec<StreamId> = events.iter().map(|event| event.stream.clone()).collect();
        let keys = self.log.keys(&names).await?;
        if self.keys_lost.load(Ordering::Acquire) && !events.is_empty() {
            return Err(SourceError::KeyMissing("its key is missing".to_owned()));
        }
        let broken = self.broken.lock().expect("no test panics with it").clone();
        events
            .iter()
            .zip(keys)
            .map(|(event, key)| {
                if broken.contains(&event.position) {
                    return Err(SourceError::Broken {
                        position: event.position,
                        what: "broken by a test".to_owned(),
                    });
                }
                opened(event, key.is_some_and(|key| key.is_empty()))
            })
            .collect()
    }
}

fn opened(event: &Recorded, erased: bool) -> Result<Opened, SourceError> {
    let personal = (!erased && event.sealed != NOTHING)
        .then(|| String::from_utf8(event.sealed.clone()).expect("it was written as text"));
    let decoded = Event::decode(
        &event.kind,
        event.schema,
        &event.payload,
        personal.as_deref(),
    );
    let decoded = decoded.map_err(|error| match error {
        DecodeError::Unknown { kind, schema } => SourceError::TooOld {
            kind,
            schema,
            position: event.position,
        },
        DecodeError::Malformed { error, .. } => SourceError::Broken {
            position: event.position,
            what: error,
        },
    })?;
    let (at, author): (Instant, Author) =
        serde_json::from_str(&event.metadata).expect("it was written so");
    let stream = crate::fold::domain_stream(&event.stream).expect("tests use known categories");
    let envelope = Envelope {
        version: event.version,
        position: event.position,
        at,
        author,
        event: decoded,
    };
    Ok(Opened { stream, envelope })
}
