use crate::seal::{self, ALGORITHM};
use crate::{DataKey, Entropy, KeyError};
use docket_domain::identifiers::Document;
use docket_domain::vocabulary::DocumentType;
use docket_domain::{Category, Stream};
use docket_store::{KeyChange, StreamId};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

mod check;
mod file;

/// Algorithm and version of the wrapping key, in front of a wrapped key.
const HEAD_BYTES: usize = 1 + 4;

/// The secrets of the key file: keys that wrap the streams' data keys, and keys that turn an
/// identity into the id of its claim. Each has versions; the newest writes, all of them read.
pub struct KeyRing {
    /// Oldest first, at least one.
    wrapping: Vec<Secret>,
    /// Oldest first, at least one.
    identity: Vec<Secret>,
}

struct Secret {
    version: u32,
    bytes: Zeroizing<[u8; 32]>,
}

/// What kind of thing identifies a person. The same text of two kinds is two claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentityKind {
    /// 证件: the type and the number of a document (A65).
    Document,
    /// An account's name.
    Account,
    /// 手机号
    Mobile,
}

impl IdentityKind {
    const fn code(self) -> &'static str {
        match self {
            IdentityKind::Document => "document",
            IdentityKind::Account => "account",
            IdentityKind::Mobile => "mobile",
        }
    }
}

impl KeyRing {
    /// A ring of new keys that stands in no file; [`KeyRing::open_or_create`] makes one that does.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let secret = || {
            let mut bytes = Zeroizing::new([0; 32]);
            entropy.fill(&mut *bytes);
            vec![Secret { version: 1, bytes }]
        };
        Self {
            wrapping: secret(),
            identity: secret(),
        }
    }

    /// A new data key for a stream, and the change that stores it with the stream's first event.
    pub fn create_key(&self, stream: &StreamId, entropy: &dyn Entropy) -> (DataKey, KeyChange) {
        let key = DataKey::generate(entropy);
        let wrapped = self.wrap(stream, &key, entropy.nonce());
        (
            key,
            KeyChange::Create {
                stream: stream.clone(),
                wrapped,
            },
        )
    }

    /// Encrypts a data key under the newest wrapping key, bound to its stream's name:
    /// `algorithm || version || nonce || ciphertext || tag`.
    pub fn wrap(&self, stream: &StreamId, key: &DataKey, nonce: [u8; 24]) -> Vec<u8> {
        let newest = newest(&self.wrapping);
        let mut wrapped = Vec::with_capacity(HEAD_BYTES + seal::NONCE_BYTES + 32 + seal::TAG_BYTES);
        wrapped.push(ALGORITHM);
        wrapped.extend_from_slice(&newest.version.to_be_bytes());
        seal::append_encrypted(
            &mut wrapped,
            &newest.bytes,
            stream.as_str().as_bytes(),
            nonce,
            key.bytes(),
        );
        wrapped
    }

    /// Decrypts a wrapped key.
    ///
    /// # Errors
    /// [`KeyError::VersionAbsent`] when the ring lacks the wrapping key, [`KeyError::Wrapped`] when
    /// the bytes are not what [`KeyRing::wrap`] made for this stream.
    pub fn unwrap(&self, stream: &StreamId, wrapped: &[u8]) -> Result<DataKey, KeyError> {
        let refuse = |what| KeyError::Wrapped {
            stream: stream.clone(),
            what,
        };
        let (head, encrypted) = wrapped
            .split_first_chunk::<HEAD_BYTES>()
            .ok_or_else(|| refuse("it is too short"))?;
        let [ALGORITHM, version @ ..] = *head else {
            return Err(refuse("it names an unknown algorithm"));
        };
        let version = u32::from_be_bytes(version);
        let secret = self
            .wrapping
            .iter()
            .find(|secret| secret.version == version)
            .ok_or_else(|| KeyError::VersionAbsent {
                stream: stream.clone(),
                version,
            })?;
        let mut plain = Zeroizing::new(Vec::with_capacity(32));
        seal::decrypt(
            &secret.bytes,
            stream.as_str().as_bytes(),
            encrypted,
            &mut plain,
        )
        .ok_or_else(|| {
            refuse("it was changed, or wrapped for another stream or under another key file")
        })?;
        let bytes: [u8; 32] = plain
            .as_slice()
            .try_into()
            .map_err(|_| refuse("it is no key of 32 bytes"))?;
        Ok(DataKey::from_bytes(Zeroizing::new(bytes)))
    }

    /// The claim stream of an identity under the newest key. Its id, `v1.<hex>`, names the key's
    /// version and says nothing about the identity to whoever lacks the key.
    pub fn identity_claim(&self, kind: IdentityKind, value: &str) -> Stream {
        claim(newest(&self.identity), kind, value)
    }

    /// The claim streams of an identity under every key the ring has, newest first: where a claim
    /// may stand that was taken before a key was replaced.
    pub fn identity_claims(&self, kind: IdentityKind, value: &str) -> Vec<Stream> {
        self.identity
            .iter()
            .rev()
            .map(|secret| claim(secret, kind, value))
            .collect()
    }

    /// The claim stream of a document under the newest key. A number that its type does not have
    /// gets one too, which nobody can take: the rules refuse the number.
    pub fn document_claim(&self, id_type: DocumentType, number: &str) -> Stream {
        self.identity_claim(IdentityKind::Document, &document(id_type, number))
    }

    /// The claim streams of a document under every key the ring has, newest first.
    pub fn document_claims(&self, id_type: DocumentType, number: &str) -> Vec<Stream> {
        self.identity_claims(IdentityKind::Document, &document(id_type, number))
    }

    /// A key for another purpose, such as signing tokens: HMAC of its label under the newest
    /// identity key. It says nothing about the ring, nor about the key of another label.
    pub fn derive(&self, label: &str) -> [u8; 32] {
        let parts = [b"docket derived key 1", label.as_bytes()];
        mac(&newest(&self.identity).bytes, &parts)
    }
}

/// Versions only.
impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions = |secrets: &[Secret]| {
            secrets
                .iter()
                .map(|secret| secret.version)
                .collect::<Vec<_>>()
        };
        f.debug_struct("KeyRing")
            .field("wrapping", &versions(&self.wrapping))
            .field("identity", &versions(&self.identity))
            .finish()
    }
}

fn newest(secrets: &[Secret]) -> &Secret {
    secrets
        .last()
        .expect("a ring has at least one key of each purpose")
}

/// What a document's claim is keyed by: its type and its number as it is kept.
fn document(id_type: DocumentType, number: &str) -> String {
    match Document::parse_accepted(id_type, number) {
        Ok(document) => document.to_claim(),
        Err(_) => format!("{id_type} {number}"),
    }
}

fn claim(secret: &Secret, kind: IdentityKind, value: &str) -> Stream {
    let digest = mac(
        &secret.bytes,
        &[
            b"docket identity 1",
            kind.code().as_bytes(),
            value.as_bytes(),
        ],
    );
    Stream::new(
        Category::Identity,
        format_args!("v{}.{}", secret.version, hex::encode(digest)),
    )
}

/// HMAC-SHA256 over the parts, each with its length in front.
fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::OsEntropy;

    #[test]
    fn a_wrapped_key_opens_for_its_own_stream_and_ring_only() {
        let (ring, other) = (KeyRing::generate(&OsEntropy), KeyRing::generate(&OsEntropy));
        let (mine, another) = (
            StreamId::new("declaration", 1),
            StreamId::new("declaration", 2),
        );
        let key = DataKey::generate(&OsEntropy);
        let wrapped = ring.wrap(&mine, &key, OsEntropy.nonce());
        assert_eq!(ring.unwrap(&mine, &wrapped).unwrap(), key);
        assert!(matches!(
            ring.unwrap(&another, &wrapped),
            Err(KeyError::Wrapped { .. })
        ));
        assert!(matches!(
            other.unwrap(&mine, &wrapped),
            Err(KeyError::Wrapped { .. })
        ));
    }

    #[test]
    fn no_byte_of_a_wrapped_key_can_be_changed_or_left_out() {
        let ring = KeyRing::generate(&OsEntropy);
        let stream = StreamId::new("person", 1);
        let wrapped = ring.wrap(&stream, &DataKey::generate(&OsEntropy), OsEntropy.nonce());
        for at in 0..wrapped.len() {
            let mut changed = wrapped.clone();
            changed[at] ^= 1;
            assert!(ring.unwrap(&stream, &changed).is_err(), "byte {at}");
            assert!(ring.unwrap(&stream, &wrapped[..at]).is_err(), "{at} bytes");
        }
    }

    #[test]
    fn an_identity_has_one_claim_per_kind_and_key() {
        let ring = KeyRing::generate(&OsEntropy);
        let claim = ring.identity_claim(IdentityKind::Mobile, "13900000001");
        assert_eq!(
            claim,
            ring.identity_claim(IdentityKind::Mobile, "13900000001")
        );
        assert_ne!(
            claim,
            ring.identity_claim(IdentityKind::Account, "13900000001")
        );
        assert_ne!(
            claim,
            KeyRing::generate(&OsEntropy).identity_claim(IdentityKind::Mobile, "13900000001")
        );
        assert!(
            claim.id.starts_with("v1.") && claim.id.len() == 3 + 64,
            "{}",
            claim.id
        );
        assert_eq!(
            ring.identity_claims(IdentityKind::Mobile, "13900000001"),
            [claim]
        );
    }

    /// 身份证 and 护照 with the same characters are two people; one document written in two ways is
    /// one.
    #[test]
    fn a_document_has_one_claim_by_type_and_number() {
        let ring = KeyRing::generate(&OsEntropy);
        let claim = |id_type, number| ring.document_claim(id_type, number);
        let (permit, passport) = (DocumentType::HkMacaoPermit, DocumentType::Passport);
        assert_eq!(claim(permit, "h12345678 "), claim(permit, "H12345678"));
        assert_ne!(claim(permit, "H12345678"), claim(passport, "H12345678"));
        assert_ne!(claim(permit, "H12345678"), claim(permit, "M12345678"));
        let known = ring.identity_claim(IdentityKind::Document, "passport H12345678");
        assert_eq!(claim(passport, "H12345678"), known);
        assert_eq!(ring.document_claims(passport, "h12345678"), [known]);
    }

    #[test]
    fn a_derived_key_depends_on_its_label_and_its_ring() {
        let ring = KeyRing::generate(&OsEntropy);
        assert_eq!(ring.derive("a"), ring.derive("a"));
        assert_ne!(ring.derive("a"), ring.derive("b"));
        assert_ne!(ring.derive("a"), KeyRing::generate(&OsEntropy).derive("a"));
    }

    #[test]
    fn a_debug_text_holds_no_secret() {
        let ring = KeyRing::generate(&OsEntropy);
        let key = DataKey::generate(&OsEntropy);
        let text = format!("{ring:?} {key:?}");
        for secret in [
            &ring.wrapping[0].bytes[..],
            &ring.identity[0].bytes[..],
            &key.bytes()[..],
        ] {
            assert!(!text.contains(&hex::encode(secret)));
            assert!(!text.contains(&format!("{secret:?}")));
        }
    }
}
