use crate::{LogError, Recorded, StreamId};
use uuid::Uuid;

/// One command's effect on the log: everything in it commits together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// Permanent command id. A second append with the same id changes nothing and answers what
    /// the first one stored, as [`Appended::repeated`].
    pub command: Uuid,
    /// The instant the decision used, microseconds UTC.
    pub at: i64,
    /// Streams with their expectations; events get positions in this order.
    pub streams: Vec<StreamAppend>,
    /// Ciphertexts stored beside the log in the same transaction.
    pub documents: Vec<Document>,
    /// Wrapped data keys created or destroyed in the same transaction.
    pub keys: Vec<KeyChange>,
}

/// What is expected of one stream, and what to add to it. No events means *check only*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamAppend {
    /// The stream. It may stand only once in an [`Append`].
    pub stream: StreamId,
    /// What the decision saw.
    pub expected: Expected,
    /// Events to add, in order.
    pub events: Vec<NewEvent>,
}

/// The version a stream must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// No event yet.
    Absent,
    /// Exactly this many events. `Exact(0)` means the same as `Absent`.
    Exact(u64),
    /// Whatever there is.
    Any,
}

impl Expected {
    /// Whether a stream at `version` is as expected.
    pub fn accepts(self, version: u64) -> bool {
        match self {
            Expected::Absent => version == 0,
            Expected::Exact(expected) => version == expected,
            Expected::Any => true,
        }
    }
}

/// An event before the log gave it a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Event type.
    pub kind: String,
    /// Schema version of the payload.
    pub schema: u16,
    /// JSON text.
    pub payload: String,
    /// Ciphertext, never empty.
    pub sealed: Vec<u8>,
    /// JSON text.
    pub metadata: String,
}

/// A ciphertext addressed by its own SHA-256. Storing the same hash twice is no error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// SHA-256 of `bytes`.
    pub hash: [u8; 32],
    /// The stream whose key seals it.
    pub stream: StreamId,
    /// Ciphertext, at most 256 KiB plus its envelope.
    pub bytes: Vec<u8>,
}

/// A change to the wrapped data key of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyChange {
    /// Store the key; a stream that has or had one refuses the append as a conflict whose
    /// `expected` is [`Expected::Absent`] and whose `actual` is the stream's version.
    Create {
        /// The stream it belongs to.
        stream: StreamId,
        /// The key, encrypted under the key-encryption key.
        wrapped: Vec<u8>,
    },
    /// Overwrite and forget the key; the row stays, empty, so that "destroyed" is a fact. Where
    /// there never was a key nothing happens.
    Destroy {
        /// The stream it belongs to.
        stream: StreamId,
    },
}

/// Where the events of an accepted append stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Position of the last event; 0 when the append held no event at all.
    pub position: u64,
    /// Position of the first event; 0 when the append held no event at all.
    pub first_position: u64,
    /// The stored time of all of them; 0 when the append held no event at all.
    pub recorded_at: i64,
    /// New version of every stream that got events, in the order of the append.
    pub versions: Vec<(StreamId, u64)>,
    /// True when an earlier append with this command id already stood in the log.
    pub repeated: bool,
}

impl Appended {
    /// What the events that one append stored say of it; they stand in log order.
    pub fn of(events: &[Recorded], repeated: bool) -> Self {
        let mut versions: Vec<(StreamId, u64)> = Vec::new();
        for event in events {
            match versions.last_mut() {
                Some((stream, version)) if *stream == event.stream => *version = event.version,
                _ => versions.push((event.stream.clone(), event.version)),
            }
        }
        Self {
            position: events.last().map_or(0, |event| event.position),
            first_position: events.first().map_or(0, |event| event.position),
            recorded_at: events.last().map_or(0, |event| event.recorded_at),
            versions,
            repeated,
        }
    }
}

/// Why an append was not stored, split by what the caller does next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Load again and decide again.
    #[error("stream {stream} has version {actual}, expected {expected:?}")]
    Conflict {
        /// The stream that moved.
        stream: StreamId,
        /// What the caller expected.
        expected: Expected,
        /// What the log holds.
        actual: u64,
    },
    /// It waited more than ten seconds for the writer: decide again.
    #[error("the append waited too long and must be decided again")]
    Stale,
    /// The append itself breaks the port's rules; a bug in the caller.
    #[error("append refused: {0}")]
    Invalid(&'static str),
    /// The backend.
    #[error(transparent)]
    Log(#[from] LogError),
}
