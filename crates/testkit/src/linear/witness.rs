use super::Fault;
use docket_codec::{ReadError, Reader, stream_id, stream_of};
use docket_domain::declaration::Declaration;
use docket_domain::workflow::Definition;
use docket_domain::{Actor, Envelope, Event, Facts, Kind, Seen, State, Stream, UnitId, evolve};
use docket_engine::definitions;
use docket_store::Log;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

const PAGE: usize = 4_096;

/// An event of the log, opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its stream.
    pub stream: Stream,
    /// Version, position, instant, author and event.
    pub envelope: Envelope,
    /// The command that stored it.
    pub command: Uuid,
    /// The command's name.
    pub name: String,
    /// Position of the event that a reactor answered.
    pub causation: Option<u64>,
}

/// The states of a stream: `states[i]` stands from `positions[i]` on.
#[derive(Default)]
struct Timeline {
    positions: Vec<u64>,
    states: Vec<Arc<State>>,
}

/// The log as it is, with every state that any of its streams ever had.
pub struct Witness {
    /// Whose claims stand under dark ids; none for events that were made without a log.
    log: Option<Uuid>,
    entries: Vec<Entry>,
    timelines: BTreeMap<Stream, Timeline>,
    /// Runs of events, from first to last position, by command.
    runs: BTreeMap<Uuid, Vec<(u64, u64)>>,
    /// Declarations that ever had a step at a unit.
    visitors: BTreeMap<UnitId, BTreeSet<Stream>>,
    definitions: Arc<BTreeMap<(Kind, u32), Arc<Definition>>>,
    faults: Vec<Fault>,
}

impl Entry {
    /// Reads a whole log.
    ///
    /// # Errors
    /// When an event cannot be read.
    pub async fn all(log: &dyn Log, reader: &Reader) -> Result<Vec<Entry>, ReadError> {
        let mut entries = Vec::new();
        loop {
            let after = entries
                .last()
                .map_or(0, |entry: &Entry| entry.envelope.position);
            let page = log.read_all(after, PAGE).await?;
            if page.is_empty() {
                return Ok(entries);
            }
            let opened = reader.open_uncached(&page).await?;
            entries.extend(opened.into_iter().map(|opened| Entry {
                stream: opened.stream,
                envelope: opened.envelope,
                command: opened.metadata.command.id,
                name: opened.metadata.command.name,
                causation: opened.metadata.causation,
            }));
        }
    }
}

/// The log that entries were read from, as its first one says.
fn log_of(entries: &[Entry]) -> Option<Uuid> {
    match &entries.first()?.envelope.event {
        Event::LogCreated(created) => Some(created.log_id),
        _ => None,
    }
}

impl Witness {
    /// Folds a log. What is wrong with the log itself is kept as faults.
    pub fn new(entries: Vec<Entry>) -> Self {
        let mut witness = Self {
            log: log_of(&entries),
            entries: Vec::with_capacity(entries.len()),
            timelines: BTreeMap::new(),
            runs: BTreeMap::new(),
            visitors: BTreeMap::new(),
            definitions: Arc::new(definitions()),
            faults: Vec::new(),
        };
        entries.into_iter().for_each(|entry| witness.take(entry));
        witness
    }

    /// A stream as the entries name it.
    pub fn stored(&self, stream: &Stream) -> Stream {
        let stored = self.log.and_then(|log| stream_of(&stream_id(log, stream)));
        stored.unwrap_or_else(|| stream.clone())
    }

    fn take(&mut self, entry: Entry) {
        let envelope = &entry.envelope;
        let position = self.head() + 1;
        if envelope.position != position {
            let found = envelope.position;
            self.faults.push(Fault::Gap {
                due: position,
                found,
            });
        }
        let timeline = self.timelines.entry(entry.stream.clone()).or_default();
        let due = timeline.states.len() as u64 + 1;
        if envelope.version != due {
            self.faults.push(Fault::VersionGap {
                position,
                due,
                found: envelope.version,
            });
        }
        let initial = || Arc::new(State::initial(entry.stream.category));
        let mut state = timeline.states.last().cloned().unwrap_or_else(initial);
        evolve(Arc::make_mut(&mut state), envelope);
        if let State::Declaration(Some(declaration)) = state.as_ref() {
            for unit in declaration.units() {
                let visitors = self.visitors.entry(unit).or_default();
                visitors.insert(entry.stream.clone());
            }
        }
        timeline.positions.push(position);
        timeline.states.push(state);
        let runs = self.runs.entry(entry.command).or_default();
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == position => *last = position,
            _ => runs.push((position, position)),
        }
        self.entries.push(entry);
    }

    /// What is wrong with the log itself.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The newest position.
    pub fn head(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The events from one position to another.
    pub fn between(&self, first: u64, last: u64) -> &[Entry] {
        let index = |position: u64| usize::try_from(position).expect("a log fits into memory");
        &self.entries[index(first) - 1..index(last)]
    }

    /// Every command with its runs of events: one, if all is well.
    pub fn runs(&self) -> &BTreeMap<Uuid, Vec<(u64, u64)>> {
        &self.runs
    }

    /// The first run of a command.
    pub fn run(&self, command: Uuid) -> Option<(u64, u64)> {
        self.runs.get(&command)?.first().copied()
    }

    /// A stream as of a position.
    pub fn seen(&self, stream: &Stream, at: u64) -> Seen {
        let timeline = self.timelines.get(&self.stored(stream));
        let count = timeline.map_or(0, |line| line.positions.partition_point(|each| *each <= at));
        let state = timeline.and_then(|line| line.states.get(count.checked_sub(1)?));
        Seen {
            version: count as u64,
            state: state
                .cloned()
                .unwrap_or_else(|| Arc::new(State::initial(stream.category))),
        }
    }

    /// Where a stream moves next behind a position.
    pub fn moves(&self, stream: &Stream, after: u64) -> Option<u64> {
        let positions = &self.timelines.get(&self.stored(stream))?.positions;
        positions
            .get(positions.partition_point(|each| *each <= after))
            .copied()
    }

    /// The declarations with a row for a unit as of a position.
    pub fn declarations_at(&self, unit: UnitId, at: u64) -> Vec<Declaration> {
        let streams = self.visitors.get(&unit).into_iter().flatten();
        let states = streams.map(|stream| self.seen(stream, at).state);
        states
            .filter_map(|state| match state.as_ref() {
                State::Declaration(Some(declaration)) => Some(declaration.as_ref().clone()),
                _ => None,
            })
            .filter(|declaration| declaration.step_shown_to(unit).is_some())
            .collect()
    }

    /// Facts for a question as of a position, with the time of its last event.
    pub fn facts(&self, actor: Actor, at: u64) -> Facts {
        let instant = self.between(at, at)[0].envelope.at;
        Facts::new(instant, actor, Arc::clone(&self.definitions))
    }

    /// Asks until nothing is missing, with every stream as of a position.
    pub fn ask<T>(&self, facts: &mut Facts, at: u64, question: impl Fn(&Facts) -> T) -> T {
        crate::world::ask(facts, question, |stream| self.seen(stream, at))
    }
}
