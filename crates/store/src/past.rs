use crate::{Head, Log, LogError};

/// The head of the log as it was at a time, microseconds UTC; position 0 before the first event.
///
/// Stored times never fall, so the place is found by halving: a few reads of one event each, however
/// long the log is.
///
/// # Errors
/// When the log cannot be read.
pub async fn head_at_time(log: &dyn Log, at: i64) -> Result<Head, LogError> {
    let newest = log.head().await?;
    if newest.recorded_at <= at {
        return Ok(newest);
    }
    let (mut found, mut later) = (BEGINNING, newest.position);
    while found.position + 1 < later {
        let middle = found.position + (later - found.position) / 2;
        match head_at(log, middle).await? {
            Some(head) if head.recorded_at <= at => found = head,
            _ => later = middle,
        }
    }
    Ok(found)
}

/// The head of the log as it was when it ended at a position; `None` where it does not go so far.
///
/// # Errors
/// When the log cannot be read.
pub async fn head_at(log: &dyn Log, position: u64) -> Result<Option<Head>, LogError> {
    let Some(before) = position.checked_sub(1) else {
        return Ok(Some(BEGINNING));
    };
    let events = log.read_all(before, 1).await?;
    Ok(events.first().map(|event| Head {
        position: event.position,
        recorded_at: event.recorded_at,
    }))
}

/// Before the first event.
const BEGINNING: Head = Head {
    position: 0,
    recorded_at: 0,
};

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Append, Expected, MemoryLog, NewEvent, StreamAppend, StreamId};
    use uuid::Uuid;

    /// A log whose events were recorded at these times.
    async fn log_of(times: &[i64]) -> MemoryLog {
        let log = MemoryLog::new(Uuid::from_u128(1));
        for (number, at) in times.iter().enumerate() {
            let event = NewEvent {
                kind: "Happened".to_owned(),
                schema: 1,
                payload: "{}".to_owned(),
                sealed: vec![1],
                metadata: "{}".to_owned(),
            };
            let append = Append {
                command: Uuid::from_u128(number as u128 + 1),
                at: *at,
                streams: vec![StreamAppend {
                    stream: StreamId::new("thing", number.to_string()),
                    expected: Expected::Absent,
                    events: vec![event],
                }],
                documents: Vec::new(),
                keys: Vec::new(),
            };
            log.append(append).await.unwrap();
        }
        log
    }

    #[tokio::test]
    async fn a_time_finds_the_newest_event_that_was_recorded_by_then() {
        // 25 comes behind 30 and is recorded at 30.
        let log = log_of(&[10, 20, 20, 20, 30, 25, 40]).await;
        for (at, position) in [
            (-1, 0),
            (9, 0),
            (10, 1),
            (19, 1),
            (20, 4),
            (29, 4),
            (30, 6),
            (39, 6),
            (40, 7),
            (i64::MAX, 7),
        ] {
            let head = head_at_time(&log, at).await.unwrap();
            assert_eq!(head.position, position, "{at}");
        }
    }

    #[tokio::test]
    async fn a_time_finds_what_looking_at_every_event_finds() {
        for length in 0..20_i64 {
            let times: Vec<i64> = (0..length).map(|n| n / 3 * 10).collect();
            let log = log_of(&times).await;
            for at in -1..=length / 3 * 10 + 1 {
                let expected = times.iter().filter(|time| **time <= at).count() as u64;
                let head = head_at_time(&log, at).await.unwrap();
                assert_eq!(head.position, expected, "{length} events, {at}");
            }
        }
    }

    #[tokio::test]
    async fn a_position_knows_its_time_unless_the_log_does_not_go_so_far() {
        let log = log_of(&[10, 20]).await;
        let times = [(0, Some(0)), (1, Some(10)), (2, Some(20)), (3, None)];
        for (position, time) in times {
            let head = head_at(&log, position).await.unwrap();
            assert_eq!(head.map(|head| head.recorded_at), time, "{position}");
        }
    }
}
