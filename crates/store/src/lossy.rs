//! For adapters: what stands in a column that nothing of Docket could have written. It is read as
//! something that no leaf of a real event covers, so that the event is found out by its hash, and
//! the events read beside it are not lost with it.

use crate::Leaf;

/// A text whose bytes are UTF-8 unless somebody changed them.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A schema version; 0, which no event has, for one out of range.
pub fn schema(stored: i64) -> u16 {
    u16::try_from(stored).unwrap_or_default()
}

/// A leaf; zeros for one of another length.
pub fn leaf(bytes: &[u8]) -> Leaf {
    bytes.try_into().unwrap_or_default()
}
