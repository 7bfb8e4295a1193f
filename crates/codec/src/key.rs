use crate::Entropy;
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
