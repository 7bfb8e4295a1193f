//! What the log says about itself: its first event, and its level.

use crate::event::{Envelope, Event, event_data};
use crate::time::Instant;
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

/// A log begins in its first incarnation; each loss of events that an operator accepts begins the
/// next. Positions of one incarnation mean nothing in another.
pub type Incarnation = u32;

/// The incarnation of a log that never lost an event.
pub const FIRST_INCARNATION: Incarnation = 1;

/// The log has lost events that nodes had seen, because an older copy was put back or a standby took
/// over that lacked them, and an operator accepted it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRestored {
    /// The first position whose event may be another one than nodes had seen.
    pub lost_from: u64,
    /// The newest head that was known of the log as it was.
    pub known_head: KnownHead,
}
event_data!(LogRestored, 1);

/// What was known of a log that has lost its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownHead {
    /// The incarnation it was seen in.
    pub incarnation: Incarnation,
    /// How many events there were.
    pub size: u64,
    /// The root over their leaves in hex, where a node remembered it; a view remembers its last event
    /// only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub root: Option<String>,
    /// The leaf of the last of them, hex.
    pub leaf: String,
}

/// The state of the log's own stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// Its first event; `None` while the log is empty.
    pub created: Option<LogCreated>,
    raised: Option<Level>,
    incarnation: Option<Incarnation>,
    /// The last loss that an operator accepted, if there was one.
    pub restored: Option<Restored>,
}

/// A loss that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The position of the event that says so.
    pub position: u64,
    /// When.
    pub at: Instant,
    /// What it says.
    pub event: LogRestored,
}

impl Log {
    /// The level that events may be written at. It never falls.
    pub fn level(&self) -> Level {
        self.raised.unwrap_or(FIRST_LEVEL)
    }

    /// Which incarnation it is. A log that went back behind an accepted loss begins a later one than
    /// any node has seen, so that no two are taken for the same.
    pub fn incarnation(&self) -> Incarnation {
        self.incarnation.unwrap_or(FIRST_INCARNATION)
    }

    fn restore(&mut self, envelope: &Envelope, event: &LogRestored) {
        let latest = self.incarnation().max(event.known_head.incarnation);
        self.incarnation = Some(latest.saturating_add(1));
        self.restored = Some(Restored {
            position: envelope.position,
            at: envelope.at,
            event: event.clone(),
        });
    }

    pub(crate) fn apply(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::LogCreated(event) => self.created = Some(event.clone()),
            Event::LevelRaised(event) => self.raised = Some(self.level().max(event.level)),
            Event::LogRestored(event) => self.restore(envelope, event),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Actor, Author, Facts, Seen, State, Stream, evolve};
    use std::sync::Arc;

    fn folded(events: impl IntoIterator<Item = Event>) -> Log {
        let mut state = State::Log(Log::default());
        for (version, event) in (1..).zip(events) {
            let envelope = Envelope {
                version,
                position: version,
                at: Instant::from_micros(0),
                author: Author::SYSTEM,
                event,
            };
            evolve(&mut state, &envelope);
        }
        match state {
            State::Log(log) => log,
            _ => Log::default(),
        }
    }

    fn raised(levels: &[Level]) -> Log {
        folded(
            levels
                .iter()
                .map(|level| LevelRaised { level: *level }.into()),
        )
    }

    fn restored(lost_from: u64, known: Incarnation) -> Event {
        let known_head = KnownHead {
            incarnation: known,
            size: 1_000,
            root: None,
            leaf: "00".repeat(32),
        };
        let event = LogRestored {
            lost_from,
            known_head,
        };
        event.into()
    }

    #[test]
    fn each_accepted_loss_begins_another_incarnation_than_any_node_has_seen() {
        for (known, incarnation) in [
            (&[][..], 1),
            (&[1], 2),
            (&[1, 2], 3),
            (&[4], 5),
            (&[3, 1], 5),
        ] {
            let log = folded(known.iter().map(|known| restored(901, *known)));
            assert_eq!(log.incarnation(), incarnation, "{known:?}");
        }
        let log = folded([restored(901, 1), restored(850, 2)]);
        let last = log
            .restored
            .map(|last| (last.position, last.event.lost_from));
        assert_eq!(last, Some((2, 850)));
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
            assert_eq!(raised(levels).level(), level, "{levels:?}");
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
        let state = Arc::new(State::Log(raised(&[2])));
        facts.load(Stream::log(id), Seen { version: 1, state });
        facts.start();
        assert_eq!(facts.used(), [(Stream::log(id), 1)]);
        assert_eq!(facts.level(), 2);
    }
}
