use docket_codec::{DataKey, KeyRing, KeyState};
use docket_store::StreamId;

/// What the database holds of a stream's key.
#[derive(Clone)]
pub(crate) enum Held {
    /// No row.
    Missing,
    /// An empty row: it was destroyed.
    Destroyed,
    /// A wrapped key that nobody can open without the key file.
    Closed,
    /// The key.
    Open(DataKey),
    /// A wrapped key that the key file does not open, and why.
    Broken(String),
}

impl Held {
    /// Reads a row.
    pub(crate) fn of(ring: Option<&KeyRing>, stream: &StreamId, wrapped: Option<Vec<u8>>) -> Self {
        match (wrapped, ring) {
            (None, _) => Self::Missing,
            (Some(wrapped), _) if wrapped.is_empty() => Self::Destroyed,
            (Some(_), None) => Self::Closed,
            (Some(wrapped), Some(ring)) => match ring.unwrap(stream, &wrapped) {
                Ok(key) => Self::Open(key),
                Err(error) => Self::Broken(error.to_string()),
            },
        }
    }

    /// As a reader of events is told; `None` where events cannot be opened at all.
    pub(crate) fn state(&self) -> Option<KeyState> {
        match self {
            Self::Missing => Some(KeyState::None),
            Self::Destroyed => Some(KeyState::Destroyed),
            Self::Open(key) => Some(KeyState::Known(key.clone())),
            Self::Closed | Self::Broken(_) => None,
        }
    }
}
