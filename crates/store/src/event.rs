use crate::{Leaf, StreamId};
use uuid::Uuid;

/// One event as the log holds it. `payload` and `metadata` are JSON text without personal data;
/// all three parts are hashed exactly as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Place in the log, from 1, without gaps.
    pub position: u64,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Place in the stream, from 1, without gaps.
    pub version: u64,
    /// Event type, a frozen wire name such as `SignedFor`.
    pub kind: String,
    /// Schema version of the payload, from 1.
    pub schema: u16,
    /// JSON text.
    pub payload: String,
    /// Ciphertext with its key id in front. Never empty as it was written; a row whose ciphertext was
    /// taken away reads as empty, which its leaf gives away.
    pub sealed: Vec<u8>,
    /// JSON text.
    pub metadata: String,
    /// Microseconds since the Unix epoch, UTC; never less than the event before.
    pub recorded_at: i64,
    /// Hash of the header.
    pub leaf: Leaf,
}

/// What a leaf covers; docs/log-format.md gives its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The log the event belongs to.
    pub log: Uuid,
    /// See [`Recorded::position`].
    pub position: u64,
    /// See [`Recorded::stream`].
    pub stream: StreamId,
    /// See [`Recorded::version`].
    pub version: u64,
    /// See [`Recorded::kind`].
    pub kind: String,
    /// See [`Recorded::schema`].
    pub schema: u16,
    /// See [`Recorded::recorded_at`].
    pub recorded_at: i64,
    /// SHA-256 of the payload's bytes.
    pub payload_hash: [u8; 32],
    /// SHA-256 of the sealed bytes.
    pub sealed_hash: [u8; 32],
    /// SHA-256 of the metadata's bytes.
    pub metadata_hash: [u8; 32],
}
