//! The log's own first event.

use crate::event::event_data;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What position 1 says about the whole log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogCreated {
    /// The log's identity; it stands in every header.
    pub log_id: Uuid,
    /// Header format.
    pub format: u16,
    /// Hash and cipher, by name.
    pub algorithms: Vec<String>,
    /// The jurisdiction whose declarations it holds, for example `重庆市`.
    pub jurisdiction: String,
    /// Whether its content was invented by `docket demo`; `docket serve` refuses such a log.
    pub demo: bool,
}
event_data!(LogCreated, 1);
