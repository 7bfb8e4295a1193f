use crate::claim::Claim;
use crate::committee::Committee;
use crate::declaration::{Declaration, Target};
use crate::event::{Author, Role};
use crate::log::{FIRST_LEVEL, Level};
use crate::person::Person;
use crate::reference::{Calendar, Definitions, TitleTable};
use crate::requirement::Requirement;
use crate::setting::Setting;
use crate::staff::Staff;
use crate::state::State;
use crate::stream::Stream;
use crate::time::Instant;
use crate::unit::Unit;
use crate::workflow::Definition;
use crate::{CommitteeId, DeclarationId, Kind, PersonId, SettingId, UnitId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// For whom the actor acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acting {
    /// For oneself.
    Applicant,
    /// For a unit.
    Unit(UnitId),
    /// For the platform, in a granted role.
    Platform(crate::vocabulary::SystemRole),
    /// Docket itself.
    System,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account; none for the system.
    pub person: Option<PersonId>,
    /// For whom.
    pub acting: Acting,
}

impl Actor {
    /// Docket itself.
    pub const SYSTEM: Actor = Actor {
        person: None,
        acting: Acting::System,
    };

    /// A natural person acting for oneself.
    pub fn applicant(person: PersonId) -> Self {
        Self {
            person: Some(person),
            acting: Acting::Applicant,
        }
    }

    /// A person acting for a unit.
    pub fn of_unit(person: PersonId, unit: UnitId) -> Self {
        Self {
            person: Some(person),
            acting: Acting::Unit(unit),
        }
    }

    /// The unit acted for.
    pub fn unit(&self) -> Option<UnitId> {
        match self.acting {
            Acting::Unit(unit) => Some(unit),
            _ => None,
        }
    }
}

/// A stream's state at the version it was read.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Events folded into it.
    pub version: u64,
    /// The state.
    pub state: Arc<State>,
}

/// What a decision may use from outside its command. States are read by stream; every read is
/// noted, so that the log can be asked whether any of them has moved since: a decision stands only
/// while all it used stands. A stream not loaded yet reads as empty and is noted as missing; the
/// caller loads it and asks again.
#[derive(Debug)]
pub struct Facts {
    /// Now.
    pub at: Instant,
    /// Who asks.
    pub actor: Actor,
    /// The version the client saw, if it said so.
    pub expected_version: Option<u64>,
    definitions: Arc<BTreeMap<(Kind, u32), Arc<Definition>>>,
    states: BTreeMap<Stream, Seen>,
    /// The log's own stream, if they come from a log.
    log: Option<Stream>,
    used: Mutex<BTreeSet<Stream>>,
}

macro_rules! readers {
    ($($(#[$doc:meta])* $name:ident($argument:ident: $type:ty) -> $variant:ident($state:ty) = $stream:expr;)+) => {$(
        $(#[$doc])*
        pub fn $name(&self, $argument: $type) -> Option<&$state> {
            match self.read($stream)? {
                State::$variant(state) => Some(state),
                _ => None,
            }
        }
    )+};
}

impl Facts {
    /// Facts with no state loaded.
    pub fn new(
        at: Instant,
        actor: Actor,
        definitions: Arc<BTreeMap<(Kind, u32), Arc<Definition>>>,
    ) -> Self {
        Self {
            at,
            actor,
            expected_version: None,
            definitions,
            states: BTreeMap::new(),
            log: None,
            used: Mutex::new(BTreeSet::new()),
        }
    }

    /// Names the log they come from. Every answer then rests on its level, whatever else it reads.
    #[must_use]
    pub fn on_log(mut self, log: Uuid) -> Self {
        self.log = Some(Stream::log(log));
        self
    }

    /// The level that events may be written at; the first where no log was named.
    pub fn level(&self) -> Level {
        match self.log.clone().and_then(|log| self.read(log)) {
            Some(State::Log(log)) => log.level(),
            _ => FIRST_LEVEL,
        }
    }

    /// Gives the state of a stream.
    pub fn load(&mut self, stream: Stream, seen: Seen) {
        self.states.insert(stream, seen);
    }

    /// Forgets what was used so far; the next question notes its own. The level of the log is used
    /// by every question.
    pub fn start(&self) {
        let mut used = self.noted();
        used.clear();
        used.extend(self.log.clone());
    }

    /// Streams that were read but not loaded.
    pub fn missing(&self) -> Vec<Stream> {
        self.noted()
            .iter()
            .filter(|stream| !self.states.contains_key(*stream))
            .cloned()
            .collect()
    }

    /// Streams that were read, with the versions they had.
    pub fn used(&self) -> Vec<(Stream, u64)> {
        let used = self.noted();
        used.iter()
            .map(|stream| {
                (
                    stream.clone(),
                    self.states.get(stream).map_or(0, |seen| seen.version),
                )
            })
            .collect()
    }

    /// The version a stream had when it was read.
    pub fn version(&self, stream: &Stream) -> u64 {
        self.states.get(stream).map_or(0, |seen| seen.version)
    }

    fn noted(&self) -> MutexGuard<'_, BTreeSet<Stream>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, stream: Stream) -> Option<&State> {
        let state = self.states.get(&stream).map(|seen| seen.state.as_ref());
        self.noted().insert(stream);
        state
    }

    readers! {
        /// A unit, if it is registered.
        unit_state(unit: UnitId) -> Unit(Unit) = Stream::unit(unit);
        /// A unit's people.
        staff(unit: UnitId) -> Staff(Staff) = Stream::staff(unit);
        /// An account.
        person(person: PersonId) -> Person(Person) = Stream::person(person);
        /// A committee.
        committee_state(committee: CommitteeId) -> Committee(Committee) = Stream::committee(committee);
        /// A recognition setting.
        setting_state(setting: SettingId) -> Setting(Setting) = Stream::setting(setting);
        /// Any claim.
        claim(stream: &Stream) -> Claim(Claim) = stream.clone();
    }

    /// A declaration.
    pub fn declaration(&self, id: DeclarationId) -> Option<&Declaration> {
        match self.read(Stream::declaration(id))? {
            State::Declaration(declaration) => declaration.as_deref(),
            _ => None,
        }
    }

    /// A unit, if it is registered.
    pub fn unit(&self, unit: UnitId) -> Option<&Unit> {
        self.unit_state(unit).filter(|unit| unit.id.is_some())
    }

    /// A committee, if it exists.
    pub fn committee(&self, committee: CommitteeId) -> Option<&Committee> {
        self.committee_state(committee)
            .filter(|committee| committee.id.is_some())
    }

    /// A recognition setting, if it exists.
    pub fn setting(&self, setting: SettingId) -> Option<&Setting> {
        self.setting_state(setting)
            .filter(|setting| setting.id.is_some())
    }

    /// The holiday calendar; nothing of it while no year is loaded.
    pub fn calendar(&self) -> Option<&Calendar> {
        match self.read(Stream::calendar())? {
            State::Calendar(calendar) => Some(calendar),
            _ => None,
        }
    }

    /// The title table.
    pub fn titles(&self) -> Option<&TitleTable> {
        match self.read(Stream::catalogue())? {
            State::Catalogue(titles) => Some(titles),
            _ => None,
        }
    }

    /// The published definitions of a kind.
    pub fn published(&self, kind: Kind) -> Option<&Definitions> {
        match self.read(Stream::new(crate::stream::Category::Workflow, kind))? {
            State::Workflow(definitions) => Some(definitions),
            _ => None,
        }
    }

    /// The definition a declaration keeps. Definitions are loaded at start-up and checked against
    /// the log; one that is not there was published by a newer version of Docket.
    pub fn definition(&self, kind: Kind, version: u32) -> Option<&Definition> {
        self.definitions.get(&(kind, version)).map(Arc::as_ref)
    }

    /// A definition that a declaration read here keeps, and that is not there.
    pub fn unknown_definition(&self) -> Option<(Kind, u32)> {
        let used = self.noted();
        let mut kept =
            used.iter()
                .filter_map(|stream| match self.states.get(stream)?.state.as_ref() {
                    State::Declaration(Some(kept)) => Some((kept.kind, kept.definition.version)),
                    _ => None,
                });
        kept.find(|key| !self.definitions.contains_key(key))
    }

    /// The newest definition of a kind: what a new declaration begins with.
    pub fn newest_definition(&self, kind: Kind) -> Option<&Definition> {
        self.definitions
            .range((kind, 0)..=(kind, u32::MAX))
            .next_back()
            .map(|(_, definition)| definition.as_ref())
    }

    /// 附件要求 of a target, as they stand now.
    pub fn requirements(&self, target: &Target) -> Vec<Requirement> {
        match target {
            Target::Committee { committee, .. } => self
                .committee(*committee)
                .map(|found| found.attachments.clone()),
            Target::Setting { setting, .. } => self
                .setting(*setting)
                .map(|found| found.attachments.clone()),
        }
        .unwrap_or_default()
    }

    /// The name to freeze for an account.
    pub fn name_of(&self, person: PersonId) -> String {
        self.person(person)
            .map(|person| person.display_name().to_owned())
            .unwrap_or_default()
    }

    /// The author of what the actor does: ids and capacity.
    pub fn author(&self) -> Author {
        let role = match (self.actor.acting, self.actor.person) {
            (Acting::System, _) | (_, None) => Role::System,
            (Acting::Applicant, _) => Role::Applicant,
            (Acting::Platform(role), _) => role.into(),
            (Acting::Unit(unit), Some(person)) => self
                .staff(unit)
                .and_then(|staff| staff.role_of(person))
                .unwrap_or(Role::Operator),
        };
        Author {
            person: self.actor.person,
            role,
            unit: self.actor.unit(),
        }
    }
}
