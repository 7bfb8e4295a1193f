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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;
    use crate::{Actor, Author, Facts, Seen, State, Stream, evolve};
    use std::sync::Arc;

    fn raised(levels: &[Level]) -> State {
        let mut state = State::Log(Log::default());
        for (version, level) in (1..).zip(levels) {
            let envelope = Envelope {
                version,
                position: version,
                at: Instant::from_micros(0),
                author: Author::SYSTEM,
                event: LevelRaised { level: *level }.into(),
            };
            evolve(&mut state, &envelope);
        }
        state
    }

    #[test]
    fn a_level_begins_at_1_and_never_falls() {
        for (levels, level) in [
            (&[][..], 1),
            (&[2], 2),
            (&[2, 5], 5),
            (&[5, 2], 5),
            (&[0], 1),
        ] {
            let mut log = Log::default();
            if let State::Log(found) = raised(levels) {
                log = found;
            }
            assert_eq!(log.level(), level, "{levels:?}");
        }
    }

    #[test]
    fn every_question_rests_on_the_level_of_the_log_it_is_asked_of() {
        let id = Uuid::from_u128(1);
        let at = Instant::from_micros(0);
        let alone = Facts::new(at, Actor::SYSTEM, Arc::default());
        alone.start();
        assert_eq!((alone.level(), alone.used()), (FIRST_LEVEL, vec![]));
        let mut facts = Facts::new(at, Actor::SYSTEM, Arc::default()).on_log(id);
        facts.start();
        assert_eq!(facts.missing(), [Stream::log(id)]);
        let state = Arc::new(raised(&[2]));
        facts.load(Stream::log(id), Seen { version: 1, state });
        facts.start();
        assert_eq!(facts.used(), [(Stream::log(id), 1)]);
        assert_eq!(facts.level(), 2);
    }
}
