use crate::cast::Cast;
use crate::histories::Step;
use docket_domain::calendar::CalendarMissing;
use docket_domain::claim::Claim;
use docket_domain::committee::Committee;
use docket_domain::declaration::{self, Allowed, Declaration};
use docket_domain::refusal::{Refusal, Warning};
use docket_domain::setting::Setting;
use docket_domain::staff::Staff;
use docket_domain::time::{Day, Instant};
use docket_domain::unit::Unit;
use docket_domain::workflow::Definition;
use docket_domain::{
    Actor, Author, Change, Command, CommitteeId, Decision, DeclarationId, Envelope, Expectation,
    Facts, Kind, Seen, SettingId, State, Stream, UnitId, command,
};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// One event with the stream it is on.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The stream.
    pub stream: Stream,
    /// The event, its version, position, instant and author.
    pub envelope: Envelope,
}

/// What an accepted command did.
#[derive(Debug, Clone, PartialEq)]
pub struct Executed {
    /// Every event, on claims too, in the order of the log.
    pub events: Vec<Recorded>,
    /// The warnings of the answer.
    pub warnings: Vec<Warning>,
}

impl Executed {
    /// Types of the events on one stream.
    pub fn kinds_on(&self, stream: &Stream) -> Vec<&'static str> {
        let own = self
            .events
            .iter()
            .filter(|recorded| recorded.stream == *stream);
        own.map(|recorded| recorded.envelope.event.kind()).collect()
    }
}

type Definitions = Arc<BTreeMap<(Kind, u32), Arc<Definition>>>;

/// The definitions that come with the product, read once.
fn definitions() -> Definitions {
    static BUILTIN: OnceLock<Definitions> = OnceLock::new();
    let read = || {
        let each = Definition::builtin()
            .into_iter()
            .map(|one| ((one.kind, one.version), Arc::new(one)));
        Arc::new(each.collect())
    };
    Arc::clone(BUILTIN.get_or_init(read))
}

fn founded() -> &'static (World, Vec<Step>) {
    static MADE: OnceLock<(World, Vec<Step>)> = OnceLock::new();
    MADE.get_or_init(crate::cast::make)
}

/// Every stream's state and the log that made it, in memory. Cheap to clone, so that a spec can try
/// many things from one point.
#[derive(Debug, Clone)]
pub struct World {
    /// The people, units, committees and settings in it.
    pub cast: Arc<Cast>,
    definitions: Definitions,
    states: BTreeMap<Stream, Seen>,
    log: Vec<Recorded>,
}

impl World {
    /// A world with nobody in it.
    pub fn empty() -> Self {
        Self {
            cast: Arc::default(),
            definitions: definitions(),
            states: BTreeMap::new(),
            log: Vec::new(),
        }
    }

    /// The invented world of [`Cast`], made by real commands on 2025-01-02.
    pub fn demo_like() -> Self {
        founded().0.clone()
    }

    /// The commands that found [`Self::demo_like`], in order, for an engine that shall hold the same.
    pub fn founding() -> &'static [Step] {
        &founded().1
    }

    /// Answers a command and keeps what happened.
    ///
    /// # Errors
    /// The refusal.
    pub fn execute(
        &mut self,
        actor: Actor,
        command: &Command,
        at: Instant,
    ) -> Result<Executed, Refusal> {
        self.execute_at(actor, command, at, None)
    }

    /// The same for a client that saw a version.
    ///
    /// # Errors
    /// The refusal.
    pub fn execute_at(
        &mut self,
        actor: Actor,
        command: &Command,
        at: Instant,
        version: Option<u64>,
    ) -> Result<Executed, Refusal> {
        let mut facts = self.facts(actor, at);
        facts.expected_version = version;
        let decision = self.ask(&mut facts, |facts| command::decide(command, facts))?;
        self.hold_expectations(&decision, &facts);
        let author = self.ask(&mut facts, Facts::author);
        let events = self.append(&decision.changes, at, author);
        Ok(Executed {
            events,
            warnings: decision.warnings,
        })
    }

    /// The decision alone; nothing is kept.
    ///
    /// # Errors
    /// The refusal.
    pub fn decide(
        &self,
        actor: Actor,
        command: &Command,
        at: Instant,
    ) -> Result<Decision, Refusal> {
        self.ask(&mut self.facts(actor, at), |facts| {
            command::decide(command, facts)
        })
    }

    /// Allowed actions of an actor.
    pub fn allowed(&self, id: DeclarationId, actor: Actor, at: Instant) -> Vec<Allowed> {
        self.ask(&mut self.facts(actor, at), |facts| {
            declaration::allowed(id, facts)
        })
    }

    /// Facts with nothing loaded.
    pub fn facts(&self, actor: Actor, at: Instant) -> Facts {
        Facts::new(at, actor, Arc::clone(&self.definitions))
    }

    /// Asks until nothing is missing, loading what was, as the engine does.
    pub fn ask<T>(&self, facts: &mut Facts, question: impl Fn(&Facts) -> T) -> T {
        ask(facts, question, |stream| self.seen(stream))
    }

    /// A stream's state and version.
    pub fn seen(&self, stream: &Stream) -> Seen {
        let fresh = || Seen {
            version: 0,
            state: Arc::new(State::initial(stream.category)),
        };
        self.states.get(stream).cloned().unwrap_or_else(fresh)
    }

    /// Every event so far.
    pub fn log(&self) -> &[Recorded] {
        &self.log
    }

    /// A declaration.
    pub fn declaration(&self, id: DeclarationId) -> Option<&Declaration> {
        match self.state(&Stream::declaration(id))? {
            State::Declaration(declaration) => declaration.as_deref(),
            _ => None,
        }
    }

    /// A claim; never taken reads as empty.
    pub fn claim(&self, stream: &Stream) -> Claim {
        match self.state(stream) {
            Some(State::Claim(claim)) => claim.clone(),
            _ => Claim::default(),
        }
    }

    /// A unit.
    pub fn unit(&self, unit: UnitId) -> Option<&Unit> {
        match self.state(&Stream::unit(unit))? {
            State::Unit(unit) => Some(unit),
            _ => None,
        }
    }

    /// A unit's people.
    pub fn staff(&self, unit: UnitId) -> Option<&Staff> {
        match self.state(&Stream::staff(unit))? {
            State::Staff(staff) => Some(staff),
            _ => None,
        }
    }

    /// A committee.
    pub fn committee(&self, committee: CommitteeId) -> Option<&Committee> {
        match self.state(&Stream::committee(committee))? {
            State::Committee(committee) => Some(committee),
            _ => None,
        }
    }

    /// A recognition setting.
    pub fn setting(&self, setting: SettingId) -> Option<&Setting> {
        match self.state(&Stream::setting(setting))? {
            State::Setting(setting) => Some(setting),
            _ => None,
        }
    }

    /// The first day on which a publicity of five working days can end.
    ///
    /// # Errors
    /// When the calendar lacks the year.
    pub fn publicity_end(&self, start: Day) -> Result<Day, CalendarMissing> {
        match self.state(&Stream::calendar()) {
            Some(State::Calendar(calendar)) => calendar.holidays.earliest_end(start, 5),
            _ => Err(CalendarMissing { year: start.year() }),
        }
    }

    /// The definition of a kind.
    pub fn definition(&self, kind: Kind) -> Arc<Definition> {
        let newest = self
            .definitions
            .range((kind, 0)..=(kind, u32::MAX))
            .next_back();
        Arc::clone(newest.expect("every kind has a definition").1)
    }

    fn state(&self, stream: &Stream) -> Option<&State> {
        self.states.get(stream).map(|seen| seen.state.as_ref())
    }

    /// What the log would hold the decision to. One caller at a time never conflicts, so a broken
    /// expectation is a decision that changed a stream it had not read, or took a claim twice.
    fn hold_expectations(&self, decision: &Decision, facts: &Facts) {
        let used = facts.used();
        for change in &decision.changes {
            let standing = self.seen(&change.stream).version;
            match change.expected {
                Expectation::AsSeen => {
                    assert!(
                        used.contains(&(change.stream.clone(), standing)),
                        "{} was changed unread",
                        change.stream
                    );
                }
                Expectation::Absent => assert_eq!(standing, 0, "{} stands already", change.stream),
                Expectation::Any => {}
            }
        }
    }

    fn append(&mut self, changes: &[Change], at: Instant, author: Author) -> Vec<Recorded> {
        let first = self.log.len();
        for change in changes {
            for event in &change.events {
                let mut seen = self.seen(&change.stream);
                self.states.remove(&change.stream);
                let position = u64::try_from(self.log.len() + 1).expect("a log is not that long");
                let envelope = Envelope {
                    version: seen.version + 1,
                    position,
                    at,
                    author,
                    event: event.clone(),
                };
                seen.version = envelope.version;
                docket_domain::evolve(Arc::make_mut(&mut seen.state), &envelope);
                self.states.insert(change.stream.clone(), seen);
                self.log.push(Recorded {
                    stream: change.stream.clone(),
                    envelope,
                });
            }
        }
        self.log[first..].to_vec()
    }

    pub(crate) fn set_cast(&mut self, cast: Cast) {
        self.cast = Arc::new(cast);
    }
}

/// Asks until nothing is missing; `seen` says what a stream that was missing holds.
pub(crate) fn ask<T>(
    facts: &mut Facts,
    question: impl Fn(&Facts) -> T,
    seen: impl Fn(&Stream) -> Seen,
) -> T {
    loop {
        facts.start();
        let answer = question(facts);
        let missing = facts.missing();
        if missing.is_empty() {
            return answer;
        }
        for stream in missing {
            let seen = seen(&stream);
            facts.load(stream, seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_founding_commands_make_the_same_world_again() {
        let mut world = World::empty();
        for step in World::founding() {
            world
                .execute(step.actor.clone(), &step.command, step.at)
                .expect("it was accepted once");
        }
        assert_eq!(world.log(), World::demo_like().log());
    }

    #[test]
    #[should_panic(expected = "changed unread")]
    fn a_decision_that_changes_what_it_has_not_read_is_noticed() {
        let world = World::demo_like();
        let facts = world.facts(Actor::SYSTEM, crate::instant("2025-09-01 09:00"));
        let event = docket_domain::unit::SignOffToggled { on: true }.into();
        let decision = Decision::on(Stream::unit(world.cast.school.id), vec![event]);
        world.hold_expectations(&decision, &facts);
    }
}
