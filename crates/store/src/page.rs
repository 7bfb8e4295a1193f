//! For adapters: long answers are read page by page, each its own short transaction.

use crate::{Recorded, StreamId, StreamRange};

/// Most events fetched at once; as one value, even the largest ones stay far below any limit.
pub const PAGE: usize = 1_024;

/// How many events the next page may hold; `None` when enough are read.
pub fn next_page(have: usize, limit: usize) -> Option<i64> {
    let size = (limit - have).min(PAGE);
    (size > 0).then_some(size as i64)
}

/// Below and above all names of a category: `/` is followed by `0`.
pub fn bounds(category: &str) -> (String, String) {
    (format!("{category}/"), format!("{category}0"))
}

/// The databases' integers are signed; what lies above them lies above every row.
pub fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// How far a range of streams is read, and where it ends.
pub struct RangePlace {
    /// The stream of the last event read, or a name before all that are asked for.
    pub stream: String,
    /// Its version in that stream.
    pub version: i64,
    /// The last stream, inclusive.
    pub to: String,
    /// The name that no stream of the category reaches.
    pub high: String,
}

impl RangePlace {
    /// Before the first event of a range.
    pub fn begin(range: &StreamRange) -> Self {
        let (low, high) = bounds(&range.category);
        let to = range.to.as_ref().map_or(high.as_str(), StreamId::as_str);
        let (stream, version) = match &range.from {
            Some(from) => (from.as_str().max(&low).to_owned(), i64::MAX),
            None => (low, 0),
        };
        Self {
            stream,
            version,
            to: to.to_owned(),
            high,
        }
    }

    /// Behind an event of the range.
    pub fn move_behind(&mut self, event: &Recorded) {
        event.stream.as_str().clone_into(&mut self.stream);
        self.version = integer(event.version);
    }
}
