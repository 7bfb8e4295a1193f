//! Appends for the cases, each made from few words and without any chance.

use docket_store::{
    Append, AppendError, Appended, Document, Expected, KeyChange, Log, NewEvent, StreamAppend,
    StreamId, sha256,
};
use uuid::Uuid;

/// The id of the log of every case.
pub const LOG: Uuid = Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0001);

/// A Monday morning in 2026, in microseconds.
pub const AT: i64 = 1_772_413_200_000_000;

/// A command id.
pub fn command(number: u64) -> Uuid {
    Uuid::from_u128(0x5000_8000_0000_0000_0000 + u128::from(number))
}

/// The stream `case/<id>`.
pub fn stream(id: impl std::fmt::Display) -> StreamId {
    StreamId::new("case", id)
}

/// An event whose parts differ with the number; some sealed parts are one byte long.
pub fn event(number: u64) -> NewEvent {
    NewEvent {
        kind: format!("Happened{}", number % 3),
        schema: 1 + (number % 2) as u16,
        payload: format!("{{\"number\":{number},\"text\":\"职称 \\\"{number}\\\" \\u0001\"}}"),
        sealed: match number % 3 {
            0 => vec![number as u8],
            1 => sha256(&number.to_be_bytes())[..1 + (number % 5) as usize].to_vec(),
            _ => number.to_be_bytes().repeat(30),
        },
        metadata: format!("{{\"actor\":\"{}\"}}", command(number)),
    }
}

/// An append without streams.
pub fn append(number: u64) -> Append {
    Append {
        command: command(number),
        at: AT,
        streams: Vec::new(),
        documents: Vec::new(),
        keys: Vec::new(),
    }
}

/// Adds to an append, one thing after the other.
pub trait With: Sized {
    /// With so many events on a stream.
    fn on(self, id: impl std::fmt::Display, expected: Expected, events: u64) -> Self;
    /// With another instant.
    fn at(self, at: i64) -> Self;
    /// With a document.
    fn document(self, id: impl std::fmt::Display, bytes: &[u8]) -> Self;
    /// With a document, and an event `Saved` that names it.
    fn saves(self, id: impl std::fmt::Display, bytes: &[u8]) -> Self;
}

impl With for Append {
    fn on(mut self, id: impl std::fmt::Display, expected: Expected, events: u64) -> Self {
        let first = self.events() as u64;
        let events = (0..events)
            .map(|number| event(first + number + self.command.as_u128() as u64))
            .collect();
        self.streams.push(StreamAppend {
            stream: stream(id),
            expected,
            events,
        });
        self
    }

    fn at(mut self, at: i64) -> Self {
        self.at = at;
        self
    }

    fn document(mut self, id: impl std::fmt::Display, bytes: &[u8]) -> Self {
        self.documents.push(Document {
            hash: sha256(bytes),
            stream: stream(id),
            bytes: bytes.to_vec(),
        });
        self
    }

    fn saves(self, id: impl std::fmt::Display, bytes: &[u8]) -> Self {
        let number = self.command.as_u128() as u64;
        let mut saves = self.document(&id, bytes);
        saves.streams.push(StreamAppend {
            stream: stream(id),
            expected: Expected::Any,
            events: vec![NewEvent {
                kind: "Saved".to_owned(),
                payload: format!("{{\"document\":\"{}\"}}", hex_of(bytes)),
                ..event(number)
            }],
        });
        saves
    }
}

/// The hash of a document, in hex.
pub fn hex_of(bytes: &[u8]) -> String {
    let hash = sha256(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A log in which `case/a` saved `first` at position 1 and `second` at 3, `case/b` saved `other` at 2,
/// and each of the two has a wrapped key of version 1.
pub async fn two_saves(log: &dyn Log) {
    let key = |id: &str| KeyChange::Create {
        stream: stream(id),
        wrapped: [&[1, 0, 0, 0, 1][..], id.as_bytes()].concat(),
    };
    let with_key = |mut append: Append, id| {
        append.keys.push(key(id));
        append
    };
    accept(log, with_key(append(1).saves("a", b"first"), "a")).await;
    accept(log, with_key(append(2).saves("b", b"other"), "b")).await;
    accept(log, append(3).saves("a", b"second")).await;
}

/// Appends and expects to be accepted.
pub async fn accept(log: &dyn Log, append: Append) -> Appended {
    log.append(append).await.expect("the append is accepted")
}

/// Appends, expects a conflict and answers its stream and actual version.
pub async fn conflict(log: &dyn Log, append: Append) -> (StreamId, u64) {
    match log.append(append).await {
        Err(AppendError::Conflict { stream, actual, .. }) => (stream, actual),
        other => panic!("a conflict was due, not {other:?}"),
    }
}

/// Appends and expects to be told of a caller's bug.
pub async fn invalid(log: &dyn Log, append: Append) {
    match log.append(append).await {
        Err(AppendError::Invalid(_)) => {}
        other => panic!("the append is invalid, but got {other:?}"),
    }
    assert_eq!(size(log).await, 0, "an invalid append leaves no trace");
}

/// How many events the log holds.
pub async fn size(log: &dyn Log) -> u64 {
    log.head().await.expect("the head is read").position
}

/// Asserts that positions and versions have no gap and every hash fits.
pub async fn whole(log: &dyn Log, events: u64) {
    let verified = docket_store::verify(log, None, &mut |_| {})
        .await
        .expect("the log is whole");
    assert_eq!(verified.size, events);
}
