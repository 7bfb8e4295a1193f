//! Uniqueness rules as streams.

use crate::event::{Envelope, Event, event_data};
use crate::stream::{Category, Stream};
use crate::{DeclarationId, Kind, PersonId, UnitId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The claim now belongs to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimTaken {
    /// The declaration, person or setting that holds it.
    pub by: Uuid,
}
event_data!(ClaimTaken, 1);

/// The claim is free again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimFreed {
    /// Who held it.
    pub by: Uuid,
}
event_data!(ClaimFreed, 1);

/// A termination locks its person out of the target for the year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearLockCreated {
    /// The terminated declaration.
    pub declaration: DeclarationId,
}
event_data!(YearLockCreated, 1);

/// The state of any claim stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    /// Who holds it now.
    pub holder: Option<Uuid>,
    /// How many times it was counted.
    pub count: u64,
}

impl Claim {
    /// Whether a lock counted here at least once.
    pub fn is_locked(&self) -> bool {
        self.count > 0
    }

    pub(crate) fn apply(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::ClaimTaken(taken) => self.holder = Some(taken.by),
            Event::ClaimFreed(_) => self.holder = None,
            Event::YearLockCreated(_) => self.count += 1,
            _ => {}
        }
    }
}

/// What an event does to a claim, in the transaction of the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimChange {
    /// Taken for good: the stream must be absent.
    TakeForGood {
        /// The claim's stream; its id is the key.
        stream: Stream,
        /// Who takes it.
        by: Uuid,
    },
    /// Taken until freed: the stream must stand at the version at which it was seen free.
    Take {
        /// The claim's stream.
        stream: Stream,
        /// Who takes it.
        by: Uuid,
    },
    /// Given back by its holder.
    Free {
        /// The claim's stream.
        stream: Stream,
        /// Who held it.
        by: Uuid,
    },
    /// Counted once more, whatever stands there.
    Count {
        /// The claim's stream.
        stream: Stream,
        /// The declaration that counts.
        declaration: DeclarationId,
    },
}

/// The claim of a declaration number.
pub fn number(number: &str) -> Stream {
    Stream::new(Category::Number, number)
}

/// The claim of one setting per unit and kind (A49).
pub fn setting_of(unit: UnitId, kind: Kind) -> Stream {
    Stream::new(Category::SettingOf, format_args!("{unit}.{kind}"))
}

/// The lock of §13A.7: person, kind, committee or accepting unit, calendar year.
pub fn year_lock(person: PersonId, kind: Kind, target: Uuid, year: i32) -> Stream {
    Stream::new(
        Category::YearLock,
        format_args!("{person}.{kind}.{target}.{year}"),
    )
}

/// The claim of A46: a person's one live declaration of a kind to a target for a title.
pub fn live(person: PersonId, kind: Kind, target: Uuid, series: &str, title: &str) -> Stream {
    Stream::new(
        Category::Live,
        format_args!("{person}.{kind}.{target}.{series}.{title}"),
    )
}
