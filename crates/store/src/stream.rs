use std::fmt;
use std::sync::Arc;

/// The name of a stream: `category/id`, for example `declaration/0198…` or
/// `number/20260302A1B2`. Sorts by bytes. A clone shares the text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(Arc<str>);

impl StreamId {
    /// Joins a category (ASCII, without `/`) and an id.
    pub fn new(category: &str, id: impl fmt::Display) -> Self {
        Self(format!("{category}/{id}").into())
    }

    /// Reads a stored name; `None` when there is no `/`.
    pub fn parse(text: &str) -> Option<Self> {
        text.contains('/').then(|| Self(text.into()))
    }

    /// As [`StreamId::parse`]; a name without a `/`, which is never written, is put behind an empty
    /// category, which no stream has.
    pub fn parse_lossy(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|| Self::new("", text))
    }

    /// The part before the first `/`.
    pub fn category(&self) -> &str {
        self.0.split_once('/').map_or("", |(category, _)| category)
    }

    /// The part behind the first `/`.
    pub fn id(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, id)| id)
    }

    /// The whole name as stored and hashed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
