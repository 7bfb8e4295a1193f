use crate::DataKey;
use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{KeyInit, Tag, XChaCha20Poly1305, XNonce};
use uuid::Uuid;

/// XChaCha20-Poly1305, the first byte of every ciphertext.
pub(crate) const ALGORITHM: u8 = 1;
pub(crate) const NONCE_BYTES: usize = 24;
pub(crate) const TAG_BYTES: usize = 16;
const KEY_ID_BYTES: usize = 32;
const HEAD_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_BYTES;

/// How much longer a ciphertext is than its plain text: algorithm, key id, nonce and tag.
pub const ENVELOPE_BYTES: usize = HEAD_BYTES + TAG_BYTES;

/// Why a ciphertext does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is too short to be one.
    #[error("the sealed part is shorter than its envelope")]
    Short,
    /// It names another algorithm.
    #[error("the sealed part names an unknown algorithm")]
    Algorithm,
    /// Another key sealed it.
    #[error("the sealed part is under another key than its stream's")]
    OtherKey,
    /// It, or what it is bound to, is not what was sealed.
    #[error("the sealed part does not open: it, or what it belongs to, was changed")]
    Forged,
}

/// The event that a sealed part belongs to. The metadata holds the command and its instant, and so
/// the event's place: no two events of a log share it.
#[derive(Clone, Copy)]
pub(crate) struct Bound<'a> {
    pub log: Uuid,
    pub stream: &'a str,
    pub kind: &'a str,
    pub schema: u16,
    /// SHA-256 of the payload's bytes.
    pub payload: [u8; 32],
    /// SHA-256 of the metadata's bytes.
    pub metadata: [u8; 32],
}

impl Bound<'_> {
    /// Writes the associated data: log id, stream and type, each with its length in four bytes in
    /// front, schema, and the two hashes.
    pub(crate) fn write(&self, aad: &mut Vec<u8>) {
        write_names(aad, self.log, self.stream, self.kind, self.schema);
        aad.extend_from_slice(&self.payload);
        aad.extend_from_slice(&self.metadata);
    }
}

/// What a document is bound to: its log and stream. Its type is empty and its schema 0, which no
/// event's is.
pub(crate) fn bind_document(log: Uuid, stream: &str) -> Vec<u8> {
    let mut aad = Vec::new();
    write_names(&mut aad, log, stream, "", 0);
    aad
}

fn write_names(aad: &mut Vec<u8>, log: Uuid, stream: &str, kind: &str, schema: u16) {
    aad.clear();
    aad.extend_from_slice(log.as_bytes());
    for text in [stream, kind] {
        let length = u32::try_from(text.len()).expect("names are far below 4 GiB");
        aad.extend_from_slice(&length.to_be_bytes());
        aad.extend_from_slice(text.as_bytes());
    }
    aad.extend_from_slice(&schema.to_be_bytes());
}

/// `algorithm || key id || nonce || ciphertext || tag`.
pub(crate) fn seal(key: &DataKey, aad: &[u8], nonce: [u8; NONCE_BYTES], plain: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(ENVELOPE_BYTES + plain.len());
    sealed.push(ALGORITHM);
    sealed.extend_from_slice(key.id());
    append_encrypted(&mut sealed, key.bytes(), aad, nonce, plain);
    sealed
}

/// Writes the plain text into `plain`, which is cleared first.
pub(crate) fn open(
    key: &DataKey,
    aad: &[u8],
    sealed: &[u8],
    plain: &mut Vec<u8>,
) -> Result<(), OpenError> {
    if sealed.len() < ENVELOPE_BYTES {
        return Err(OpenError::Short);
    }
    let (algorithm, rest) = sealed.split_at(1);
    let (key_id, encrypted) = rest.split_at(KEY_ID_BYTES);
    if algorithm != [ALGORITHM] {
        return Err(OpenError::Algorithm);
    }
    if key_id != key.id() {
        return Err(OpenError::OtherKey);
    }
    decrypt(key.bytes(), aad, encrypted, plain).ok_or(OpenError::Forged)
}

/// Appends `nonce || ciphertext || tag`.
pub(crate) fn append_encrypted(
    out: &mut Vec<u8>,
    key: &[u8; 32],
    aad: &[u8],
    nonce: [u8; NONCE_BYTES],
    plain: &[u8],
) {
    out.extend_from_slice(&nonce);
    let start = out.len();
    out.extend_from_slice(plain);
    let tag = XChaCha20Poly1305::new(key.into())
        .encrypt_inout_detached(&XNonce::from(nonce), aad, InOutBuf::from(&mut out[start..]))
        .expect("a plain text is far below 256 GiB");
    out.extend_from_slice(&tag);
}

/// Reads `nonce || ciphertext || tag`; nothing when any byte of it, the key or the AAD is another.
pub(crate) fn decrypt(
    key: &[u8; 32],
    aad: &[u8],
    encrypted: &[u8],
    plain: &mut Vec<u8>,
) -> Option<()> {
    let (nonce, rest) = encrypted.split_first_chunk::<NONCE_BYTES>()?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG_BYTES>()?;
    plain.clear();
    plain.extend_from_slice(ciphertext);
    XChaCha20Poly1305::new(key.into())
        .decrypt_inout_detached(
            &XNonce::from(*nonce),
            aad,
            InOutBuf::from(&mut plain[..]),
            &Tag::from(*tag),
        )
        .ok()
}
