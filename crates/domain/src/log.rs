//! What the log says about itself: its first event, and its level.

use crate::event::{Envelope, Event, event_data};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A step in the history of the event format. Events are written in forms that came at the log's
/// level or before it, so that every node that knows the level can read them.
pub type Level = u16;

/// The level of a log that was never raised.
pub const FIRST_LEVEL: Level = 1;

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

/// From here on events may be of this level, and nodes that do not know it answer nothing more.
/// Every node must be able to read it, so it keeps schema 1 for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelRaised {
    /// The level from now on.
    pub level: Level,
}
event_data!(LevelRaised, 1);

/// The state of the log's own stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// Its first event; `None` while the log is empty.
    pub created: Option<LogCreated>,
    raised: Option<Level>,
}

impl Log {
    /// The level that events may be written at. It never falls.
    pub fn level(&self) -> Level {
        self.raised.unwrap_or(FIRST_LEVEL)
    }

    pub(crate) fn apply(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::LogCreated(event) => self.created = Some(event.clone()),
            Event::LevelRaised(event) => self.raised = Some(self.level().max(event.level)),
            _ => {}
        }
    }
}
