use crate::Entropy;
use docket_domain::Category;
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::Zeroizing;

const KEY_ID_LABEL: &[u8] = b"docket key 1";

/// The key of one stream's personal data. Wiped from memory when dropped.
#[derive(Clone)]
pub struct DataKey {
    bytes: Zeroizing<[u8; 32]>,
    id: [u8; 32],
}

impl DataKey {
    /// A new key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(&mut *bytes);
        Self::from_bytes(bytes)
    }

    pub(crate) fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(KEY_ID_LABEL);
        hasher.update(*bytes);
        Self {
            id: hasher.finalize().into(),
            bytes,
        }
    }

    /// `SHA-256("docket key 1" || key)`. It stands in front of every ciphertext, so that a
    /// ciphertext opens to one text only, and says nothing about the key.
    pub fn id(&self) -> &[u8; 32] {
        &self.id
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

/// Two keys are the same key when their ids are.
impl PartialEq for DataKey {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for DataKey {}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey(id {}…)", hex::encode(&self.id[..4]))
    }
}

/// Whose key seals an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealer {
    /// Its stream's own.
    Stream,
    /// The log's own, which is never destroyed: for streams without personal data, and for the event
    /// that destroys its stream's key and must be proven afterwards.
    Log,
}

/// Events whose transaction destroys their stream's key.
const ERASING: &[&str] = &["DraftDeleted"];

impl Sealer {
    /// Whose key seals events of a type on streams of a category.
    pub fn of(category: Category, kind: &str) -> Self {
        if category.holds_personal_data() && !erases(kind) {
            Self::Stream
        } else {
            Self::Log
        }
    }
}

/// Whether an event of the type destroys its stream's key.
pub fn erases(kind: &str) -> bool {
    ERASING.contains(&kind)
}

/// What is known of a stream's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    /// It stands.
    Known(DataKey),
    /// It was destroyed with the event that erased the stream.
    Destroyed,
    /// There never was one.
    None,
}

impl KeyState {
    /// The key, while it stands.
    pub fn key(&self) -> Option<&DataKey> {
        match self {
            KeyState::Known(key) => Some(key),
            KeyState::Destroyed | KeyState::None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_erasing_events_exist() {
        for kind in ERASING {
            let mut types = docket_domain::Event::TYPES.iter();
            assert!(types.any(|(known, _)| known == kind), "{kind}");
        }
    }
}
