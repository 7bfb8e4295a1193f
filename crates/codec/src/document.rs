use crate::{DataKey, OpenError, seal, stream_id};
use docket_domain::{Event, Stream};
use docket_store::sha256;
use uuid::Uuid;

/// What stands under a document's hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The key of its stream was destroyed, with an event that erased the stream.
    Erased,
    /// It was collected: a later save of its section follows, and no submission stands between.
    Superseded,
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

/// Opens a document's ciphertext with the key of its stream.
///
/// # Errors
/// When it is not what was sealed for this stream and log under this key.
pub fn open_document(
    log_id: Uuid,
    stream: &Stream,
    key: &DataKey,
    bytes: &[u8],
) -> Result<Vec<u8>, OpenError> {
    let mut plain = Vec::new();
    seal::open(key, &bound_to(log_id, stream), bytes, &mut plain)?;
    Ok(plain)
}

fn bound_to(log_id: Uuid, stream: &Stream) -> Vec<u8> {
    seal::bind_document(log_id, stream_id(log_id, stream).as_str())
}

/// Whether a document may be collected: every save that names it is followed by another of the same
/// section, and no 提交 or 再次提交 stands between. What was submitted stays. `false` too where no
/// save names it.
pub fn superseded<'a>(history: impl Iterator<Item = &'a Event>, hash: &[u8; 32]) -> bool {
    /// What became of the document since a save named it.
    struct Named<'a> {
        section: &'a str,
        standing: Standing,
    }
    #[derive(PartialEq)]
    enum Standing {
        Present,
        Submitted,
        Replaced,
    }
    let mut saves: Vec<Named<'a>> = Vec::new();
    for event in history {
        match event {
            Event::SectionSaved(saved) => {
                let earlier = saves.iter_mut();
                earlier
                    .filter(|save| save.section == saved.section)
                    .filter(|save| save.standing == Standing::Present)
                    .for_each(|save| save.standing = Standing::Replaced);
                if hash_from_hex(&saved.document).as_ref() == Some(hash) {
                    saves.push(Named {
                        section: &saved.section,
                        standing: Standing::Present,
                    });
                }
            }
            Event::Submitted(_) | Event::Resubmitted(_) => saves
                .iter_mut()
                .filter(|save| save.standing == Standing::Present)
                .for_each(|save| save.standing = Standing::Submitted),
            _ => {}
        }
    }
    !saves.is_empty() && saves.iter().all(|save| save.standing == Standing::Replaced)
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

    fn save(section: &str, byte: u8) -> Event {
        docket_domain::declaration::SectionSaved {
            section: section.to_owned(),
            form: 1,
            document: hex::encode([byte; 32]),
            bytes: 1,
            missing: Vec::new(),
            attached: Vec::new(),
            personal: None,
        }
        .into()
    }

    fn submission() -> Event {
        docket_domain::declaration::Resubmitted {
            steps: Vec::new(),
            content_changed: true,
            personal: None,
        }
        .into()
    }

    #[test]
    fn a_document_is_superseded_by_a_later_save_unless_it_was_submitted() {
        let first = [1; 32];
        let cases: [(&str, Vec<Event>, bool); 8] = [
            ("never named", vec![save("basic", 2)], false),
            ("named", vec![save("basic", 1)], false),
            ("replaced", vec![save("basic", 1), save("basic", 2)], true),
            (
                "another section",
                vec![save("basic", 1), save("education", 2)],
                false,
            ),
            (
                "submitted",
                vec![save("basic", 1), submission(), save("basic", 2)],
                false,
            ),
            (
                "replaced, then submitted",
                vec![save("basic", 1), save("basic", 2), submission()],
                true,
            ),
            (
                "named again",
                vec![save("basic", 1), save("basic", 2), save("basic", 1)],
                false,
            ),
            (
                "named by two sections",
                vec![save("basic", 1), save("education", 1), save("basic", 2)],
                false,
            ),
        ];
        for (name, history, expected) in cases {
            assert_eq!(superseded(history.iter(), &first), expected, "{name}");
        }
    }

    #[test]
    fn a_hash_is_64_hex_digits() {
        assert_eq!(hash_from_hex(&"0a".repeat(32)), Some([10; 32]));
        assert_eq!(hash_from_hex("0a"), None);
        assert_eq!(hash_from_hex(&"zz".repeat(32)), None);
    }
}
