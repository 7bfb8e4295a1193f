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
