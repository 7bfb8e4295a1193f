//! Logs for the tests of this module.
#![allow(clippy::unwrap_used)]

use docket_store::{Append, Expected, Log, MemoryLog, NewEvent, StreamAppend, StreamId};
use uuid::Uuid;

/// A log of so many events; `salt` makes an event another one at the same place.
pub(super) async fn log_of(events: u64, salt: impl Fn(u64) -> u64) -> MemoryLog {
    let log = MemoryLog::new(Uuid::from_u128(1));
    extend(&log, 1..=events, salt).await;
    log
}

/// Appends further events.
pub(super) async fn extend(
    log: &MemoryLog,
    numbers: impl IntoIterator<Item = u64>,
    salt: impl Fn(u64) -> u64,
) {
    for number in numbers {
        log.append(happened(number, salt(number))).await.unwrap();
    }
}

fn happened(number: u64, salt: u64) -> Append {
    let event = NewEvent {
        kind: "Happened".to_owned(),
        schema: 1,
        payload: format!("{{\"number\":{number},\"salt\":{salt}}}"),
        sealed: vec![1],
        metadata: "{}".to_owned(),
    };
    Append {
        command: Uuid::from_u128(u128::from(number)),
        at: i64::try_from(number).unwrap(),
        streams: vec![StreamAppend {
            stream: StreamId::new("thing", number),
            expected: Expected::Absent,
            events: vec![event],
        }],
        documents: Vec::new(),
        keys: Vec::new(),
    }
}
