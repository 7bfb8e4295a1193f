use docket_domain::{Category, Stream};
use docket_store::StreamId;

/// The name under which the log holds a stream.
pub fn stream_id(stream: &Stream) -> StreamId {
    StreamId::new(stream.category.code(), &stream.id)
}

/// The stream behind a stored name; `None` for a category of a newer Docket.
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

    #[test]
    fn every_category_survives_its_name() {
        for category in Category::ALL {
            let stream = Stream::new(*category, "工程.a/b");
            assert_eq!(stream_of(&stream_id(&stream)), Some(stream));
        }
    }

    #[test]
    fn a_category_of_a_newer_build_is_no_stream() {
        assert_eq!(stream_of(&StreamId::parse("certificate/1").unwrap()), None);
    }
}
