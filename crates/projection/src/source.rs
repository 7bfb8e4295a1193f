use async_trait::async_trait;
use docket_domain::{Envelope, Stream};
use docket_store::{LogError, Recorded};

/// What the runtime needs of the codec: stored events as the rules see them. A trait, so that tests
/// can break single events.
#[async_trait]
pub trait Source: Send + Sync {
    /// Opens events of any streams, in the order given.
    async fn open(&self, events: &[Recorded]) -> Result<Vec<Opened>, SourceError>;

    /// As [`Source::open`] for a bulk replay, which does not push the keys in use out of a cache.
    async fn open_cold(&self, events: &[Recorded]) -> Result<Vec<Opened>, SourceError> {
        self.open(events).await
    }
}

/// An event with the stream it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// Its stream.
    pub stream: Stream,
    /// The event, its place and its author.
    pub envelope: Envelope,
}

/// Why events could not be opened, split by what the runtime does next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Try again.
    #[error("the log cannot be read now: {0}")]
    Unavailable(String),
    /// A newer binary wrote it: stop, park nothing.
    #[error(
        "event {kind} schema {schema} at position {position} is not known to this version of Docket"
    )]
    TooOld {
        /// The event's type.
        kind: String,
        /// Its schema.
        schema: u16,
        /// Where it stands.
        position: u64,
    },
    /// A key that was not destroyed is not there: stop until it is, park nothing.
    #[error("{0}")]
    KeyMissing(String),
    /// This one event cannot be read: park its stream.
    #[error("the event at position {position} cannot be opened: {what}")]
    Broken {
        /// Where it stands.
        position: u64,
        /// What is wrong.
        what: String,
    },
}

impl From<LogError> for SourceError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Corrupt { position, what } if position > 0 => {
                SourceError::Broken { position, what }
            }
            error => SourceError::Unavailable(error.to_string()),
        }
    }
}

/// Opens events one at a time where opening them together failed, so that a broken one harms only
/// its own stream.
pub(crate) async fn open_each(
    source: &dyn Source,
    events: &[Recorded],
    cold: bool,
) -> Result<Vec<Result<Opened, Broken>>, SourceError> {
    match open(source, events, cold).await {
        Ok(opened) => Ok(opened.into_iter().map(Ok).collect()),
        Err(SourceError::Broken { .. }) => one_by_one(source, events, cold).await,
        Err(error) => Err(error),
    }
}

async fn open(
    source: &dyn Source,
    events: &[Recorded],
    cold: bool,
) -> Result<Vec<Opened>, SourceError> {
    match cold {
        true => source.open_cold(events).await,
        false => source.open(events).await,
    }
}

/// An event that could not be opened.
#[derive(Debug, Clone)]
pub(crate) struct Broken {
    pub(crate) event: Recorded,
    pub(crate) what: String,
}

async fn one_by_one(
    source: &dyn Source,
    events: &[Recorded],
    cold: bool,
) -> Result<Vec<Result<Opened, Broken>>, SourceError> {
    let mut opened = Vec::with_capacity(events.len());
    for event in events {
        match open(source, std::slice::from_ref(event), cold).await {
            Ok(one) => opened.extend(one.into_iter().map(Ok)),
            Err(SourceError::Broken { what, .. }) => opened.push(Err(Broken {
                event: event.clone(),
                what,
            })),
            Err(error) => return Err(error),
        }
    }
    Ok(opened)
}

#[async_trait]
impl Source for docket_codec::Reader {
    async fn open(&self, events: &[Recorded]) -> Result<Vec<Opened>, SourceError> {
        Ok(docket_codec::Reader::open(self, events)
            .await?
            .into_iter()
            .map(Opened::from)
            .collect())
    }

    async fn open_cold(&self, events: &[Recorded]) -> Result<Vec<Opened>, SourceError> {
        let envelopes = self.envelopes(events).await?;
        Ok(envelopes
            .into_iter()
            .map(|(stream, envelope)| Opened { stream, envelope })
            .collect())
    }
}

impl From<docket_codec::Opened> for Opened {
    fn from(opened: docket_codec::Opened) -> Self {
        Opened {
            stream: opened.stream,
            envelope: opened.envelope,
        }
    }
}

impl From<docket_codec::ReadError> for SourceError {
    fn from(error: docket_codec::ReadError) -> Self {
        use docket_codec::ReadError;
        match error {
            ReadError::Log(error) => error.into(),
            ReadError::Unknown {
                kind,
                schema,
                position,
            } => SourceError::TooOld {
                kind,
                schema,
                position,
            },
            ReadError::KeyMissing { .. } => SourceError::KeyMissing(error.to_string()),
            ReadError::Corrupt { position, .. } => SourceError::Broken {
                position,
                what: error.to_string(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_codec::ReadError;
    use docket_store::StreamId;

    #[test]
    fn a_missing_key_stops_and_a_corrupt_event_parks() {
        let missing = ReadError::KeyMissing {
            stream: StreamId::new("declaration", "x"),
            position: 7,
        };
        assert!(matches!(
            SourceError::from(missing),
            SourceError::KeyMissing(_)
        ));
        let corrupt = ReadError::Corrupt {
            position: 7,
            kind: "DraftCreated".to_owned(),
            what: "its payload is no JSON".to_owned(),
        };
        assert!(matches!(
            SourceError::from(corrupt),
            SourceError::Broken { position: 7, .. }
        ));
    }
}
