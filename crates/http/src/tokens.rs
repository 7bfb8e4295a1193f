use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use docket_codec::KeyRing;
use docket_domain::PersonId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use uuid::Uuid;

const VERSION: u8 = 1;
const ID_BYTES: usize = 16;
const MAC_BYTES: usize = 32;
const LABEL: &str = "docket access token 1";

/// Stateless bearer tokens: a person's id under a key that comes from the key ring. They carry no
/// right of their own: what the person may do is looked up with every request. They do not end
/// before the key file is replaced, so they are for the demo and for tests; sessions come beside
/// them.
pub struct AccessTokens {
    key: [u8; 32],
}

impl AccessTokens {
    /// The tokens of a key ring.
    pub fn new(ring: &KeyRing) -> Self {
        Self {
            key: ring.derive(LABEL),
        }
    }

    /// The token of a person; the same every time.
    pub fn mint(&self, person: PersonId) -> String {
        let mut bytes = Vec::with_capacity(1 + ID_BYTES + MAC_BYTES);
        bytes.push(VERSION);
        bytes.extend_from_slice(person.0.as_bytes());
        let mac = self.mac(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Whose token it is; `None` unless this key ring's [`AccessTokens::mint`] made it.
    pub fn check(&self, token: &str) -> Option<PersonId> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (named, mac) = bytes.split_at_checked(1 + ID_BYTES)?;
        let [VERSION, id @ ..] = named else {
            return None;
        };
        self.mac(named).verify_slice(mac).ok()?;
        Uuid::from_slice(id).ok().map(PersonId)
    }

    fn mac(&self, bytes: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(bytes);
        mac
    }
}

/// The key stays out.
impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessTokens")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use docket_codec::OsEntropy;

    fn person() -> PersonId {
        PersonId(Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0001))
    }

    #[test]
    fn a_token_names_its_person() {
        let tokens = AccessTokens::new(&KeyRing::generate(&OsEntropy));
        assert_eq!(tokens.check(&tokens.mint(person())), Some(person()));
    }

    #[test]
    fn a_token_of_another_key_file_names_nobody() {
        let tokens = AccessTokens::new(&KeyRing::generate(&OsEntropy));
        let other = AccessTokens::new(&KeyRing::generate(&OsEntropy));
        assert_eq!(other.check(&tokens.mint(person())), None);
    }

    #[test]
    fn no_byte_of_a_token_can_be_changed_or_left_out() {
        let tokens = AccessTokens::new(&KeyRing::generate(&OsEntropy));
        let bytes = URL_SAFE_NO_PAD.decode(tokens.mint(person())).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(
                tokens.check(&URL_SAFE_NO_PAD.encode(&changed)),
                None,
                "byte {at}"
            );
            assert_eq!(
                tokens.check(&URL_SAFE_NO_PAD.encode(&bytes[..at])),
                None,
                "{at} bytes"
            );
        }
        assert_eq!(tokens.check("not base64 at all!"), None);
    }
}
