use crate::{DataKey, seal, stream_id};
use docket_domain::Stream;
use docket_store::sha256;
use uuid::Uuid;

/// What stands under a document's hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// No such document.
    Absent,
    /// The key of its stream was destroyed.
    Erased,
    /// The plain text.
    Plain(Vec<u8>),
}

/// Seals a document under its stream's key. Answers the SHA-256 of the ciphertext, by which it is
/// stored and named, and the ciphertext.
pub fn seal_document(
    log_id: Uuid,
    stream: &Stream,
    key: &DataKey,
    nonce: [u8; 24],
    plain: &[u8],
) -> ([u8; 32], Vec<u8>) {
    let bytes = seal::seal(key, &bound_to(log_id, stream), nonce, plain);
    (sha256(&bytes), bytes)
}

pub(crate) fn open_document(
    log_id: Uuid,
    stream: &Stream,
    key: &DataKey,
    bytes: &[u8],
) -> Result<Vec<u8>, seal::OpenError> {
    let mut plain = Vec::new();
    seal::open(key, &bound_to(log_id, stream), bytes, &mut plain)?;
    Ok(plain)
}

fn bound_to(log_id: Uuid, stream: &Stream) -> Vec<u8> {
    let mut aad = Vec::new();
    seal::bind(&mut aad, log_id, stream_id(stream).as_str(), "", 0);
    aad
}

/// Reads a hash as events hold it; `None` unless it is 64 hex digits.
pub fn hash_from_hex(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).ok().map(|()| hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ENVELOPE_BYTES, OsEntropy};
    use docket_domain::Category;

    const LOG: Uuid = Uuid::from_u128(1);

    fn stream(n: u32) -> Stream {
        Stream::new(Category::Declaration, n)
    }

    #[test]
    fn a_document_opens_under_its_log_stream_and_key_only() {
        let (key, other) = (DataKey::generate(&OsEntropy), DataKey::generate(&OsEntropy));
        let plain = "个人简历".as_bytes();
        let (hash, bytes) = seal_document(LOG, &stream(1), &key, [9; 24], plain);
        assert_eq!(hash, sha256(&bytes));
        assert_eq!(bytes.len(), plain.len() + ENVELOPE_BYTES);
        assert_eq!(
            open_document(LOG, &stream(1), &key, &bytes).as_deref(),
            Ok(plain)
        );
        assert!(open_document(LOG, &stream(2), &key, &bytes).is_err());
        assert!(open_document(LOG, &stream(1), &other, &bytes).is_err());
        assert!(open_document(Uuid::from_u128(2), &stream(1), &key, &bytes).is_err());
    }

    #[test]
    fn no_byte_of_a_document_can_be_changed_or_left_out() {
        let key = DataKey::generate(&OsEntropy);
        let (_, bytes) = seal_document(LOG, &stream(1), &key, [9; 24], b"text");
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(
                open_document(LOG, &stream(1), &key, &changed).is_err(),
                "byte {at}"
            );
            assert!(
                open_document(LOG, &stream(1), &key, &bytes[..at]).is_err(),
                "{at} bytes"
            );
        }
    }

    #[test]
    fn a_hash_is_64_hex_digits() {
        assert_eq!(hash_from_hex(&"0a".repeat(32)), Some([10; 32]));
        assert_eq!(hash_from_hex("0a"), None);
        assert_eq!(hash_from_hex(&"zz".repeat(32)), None);
    }
}
