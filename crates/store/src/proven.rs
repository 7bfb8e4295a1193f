use crate::{Header, Log, LogError, Recorded, leaf};

/// The events behind `after`, at most `limit`, each proven to be what its leaf says: the leaf is
/// computed from the stored parts, and the stored one only compared. None is missing between them.
///
/// # Errors
/// [`LogError::Corrupt`] with the first position that is not what it should be.
pub async fn read_proven(
    log: &dyn Log,
    after: u64,
    limit: usize,
) -> Result<Vec<Recorded>, LogError> {
    let events = log.read_all(after, limit).await?;
    for (position, event) in (after + 1..).zip(&events) {
        if event.position != position {
            return Err(corrupt(position, "the event is missing"));
        }
        if leaf(&Header::of(log.id(), event)) != event.leaf {
            return Err(corrupt(
                position,
                "the stored leaf is not the hash of the stored event",
            ));
        }
    }
    Ok(events)
}

fn corrupt(position: u64, what: &str) -> LogError {
    LogError::Corrupt {
        position,
        what: what.to_owned(),
    }
}
