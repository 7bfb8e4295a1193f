use docket_domain::{Category, Stream};
use docket_store::StreamId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

const CLAIM_LABEL: &[u8] = b"docket claim 1";

/// The name under which a log holds a stream.
///
/// The id of a claim that names a person beside other things is
/// `SHA-256("docket claim 1" || log id || readable id)` in hex: dark to a reader of headers, and
/// recomputable by an auditor who holds the payloads. All other ids are stored as they are.
pub fn stream_id(log: Uuid, stream: &Stream) -> StreamId {
    match stream.category {
        Category::Live | Category::YearLock => {
            let digest = Sha256::new()
                .chain_update(CLAIM_LABEL)
                .chain_update(log.as_bytes())
                .chain_update(stream.id.as_bytes())
                .finalize();
            StreamId::new(stream.category.code(), hex::encode(digest))
        }
        _ => StreamId::new(stream.category.code(), &stream.id),
    }
}

/// The stream behind a stored name; `None` for a category of a newer Docket. A claim that names a
/// person comes back under its stored id, which is not its readable one.
pub fn stream_of(stream: &StreamId) -> Option<Stream> {
    let category = Category::parse(stream.category())?;
    Some(Stream {
        category,
        id: stream.id().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LOG: Uuid = Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0001);

    #[test]
    fn every_category_survives_its_name() {
        for category in Category::ALL {
            let stream = Stream::new(*category, "工程.a/b");
            let found = stream_of(&stream_id(LOG, &stream)).unwrap();
            let dark = matches!(category, Category::Live | Category::YearLock);
            assert_eq!(found.category, *category);
            assert_eq!(found.id == stream.id, !dark, "{category:?}");
        }
    }

    /// As docs/log-format.md gives it.
    #[test]
    fn a_claim_that_names_a_person_has_a_dark_id_of_its_log() {
        let readable =
            "01980000-0000-7000-8000-000000000002.review.01980000-0000-7000-8000-000000000003.2026";
        let lock = Stream::new(Category::YearLock, readable);
        let page = include_str!("../../../docs/log-format.md");
        let vector = format!(
            "readable id  {readable}\nlog          {LOG}\nstored       {}\n",
            stream_id(LOG, &lock)
        );
        assert!(
            page.contains(&vector),
            "docs/log-format.md must hold:\n{vector}"
        );
        assert_ne!(stream_id(LOG, &lock), stream_id(Uuid::nil(), &lock));
    }

    #[test]
    fn a_category_of_a_newer_build_is_no_stream() {
        assert_eq!(stream_of(&StreamId::parse("certificate/1").unwrap()), None);
    }
}
