use crate::check::{PAGE, Phase, Session};
use crate::commands::{self, Append};
use crate::event::{self, Told};
use crate::held::Held;
use crate::report::Part;
use docket_codec::{LEVEL, Sealer, erases};
use docket_domain::Category;
use docket_domain::log::{FIRST_LEVEL, Level};
use docket_store::{Header, LogError, Recorded, RootBuilder, StoredCommand, StreamId, leaf};
use std::collections::HashMap;

/// How many events of a stream are read to find the one that erased it.
const STREAM_PAGE: usize = 1_000;

/// What the events so far ask of the next one.
struct Walk {
    /// The position that is due.
    next: u64,
    /// Over the recomputed leaves, while none is missing.
    root: Option<RootBuilder>,
    /// The time of the last event whose hash is right.
    recorded_at: i64,
    /// Whether that was the event before.
    follows: bool,
    /// The level of the log: above this build's, types may be unknown to it.
    level: Level,
    /// The append that the next event may belong to; unknown behind a gap.
    append: Option<Append>,
}

/// The keys of the streams of a page.
struct Keys {
    held: HashMap<StreamId, Held>,
    /// Of those that were destroyed, whether an event of the stream says so.
    erased: HashMap<StreamId, bool>,
}

impl Keys {
    fn of(&self, stream: &StreamId) -> &Held {
        self.held.get(stream).unwrap_or(&Held::Missing)
    }

    fn is_erased(&self, stream: &StreamId) -> bool {
        self.erased.get(stream).copied().unwrap_or(false)
    }
}

impl Session<'_> {
    /// Every event in the order of the log, and the document it names.
    pub(crate) async fn events(&mut self) -> Result<(), LogError> {
        let mut walk = Walk {
            next: 1,
            root: Some(RootBuilder::default()),
            recorded_at: 0,
            follows: true,
            level: FIRST_LEVEL,
            append: Some(Append::none()),
        };
        let mut after = 0;
        while after < self.up_to {
            let (events, last) = self.read(after).await?;
            let commands = self.log.commands(after, last).await?;
            let commands: HashMap<u64, StoredCommand> = commands
                .into_iter()
                .map(|command| (command.position, command))
                .collect();
            let keys = self.keys_of(&events).await?;
            for event in &events {
                self.event(event, &mut walk, &commands, &keys).await?;
            }
            after = last;
            self.turn(Phase::Events, after, self.up_to).await;
        }
        self.missing(&mut walk, self.up_to + 1);
        if walk.append.as_ref().is_some_and(Append::is_cut) {
            let what = "the append that it belongs to stored more events: the end is cut off, or command_size is wrong";
            self.found_at(Part::Command, self.up_to, what);
        }
        if let Some(head) = self.head.filter(|head| head.size > self.up_to) {
            let what = format!("the log ends, but {} events were published", head.size);
            self.found_at(Part::Head, self.up_to + 1, what);
        }
        self.report.root = walk.root.map(|root| root.root());
        Ok(())
    }

    /// The next events, and the position up to which they are all that can be read.
    async fn read(&self, after: u64) -> Result<(Vec<Recorded>, u64), LogError> {
        let read = match self.log.read_all(after, PAGE).await {
            Err(LogError::Corrupt { .. }) => self.read_one_by_one(after).await?,
            read => read?,
        };
        let full = read.len() == PAGE;
        let events: Vec<Recorded> = read
            .into_iter()
            .filter(|event| event.position <= self.up_to)
            .collect();
        let last = match events.last() {
            Some(last) if full => last.position,
            _ => self.up_to.min(after + PAGE as u64),
        };
        // A gap longer than a page is behind a short one.
        let last = events.last().map_or(last, |event| last.max(event.position));
        Ok((events, last))
    }

    /// What can be read of a page that holds a row nobody can read. What is left out is missed.
    async fn read_one_by_one(&self, after: u64) -> Result<Vec<Recorded>, LogError> {
        let mut events = Vec::new();
        for before in after..self.up_to.min(after + PAGE as u64) {
            match self.log.read_all(before, 1).await {
                Err(LogError::Corrupt { .. }) => {}
                read => events.extend(
                    read?
                        .into_iter()
                        .filter(|event| event.position == before + 1),
                ),
            }
        }
        Ok(events)
    }

    /// The keys of the streams that need one.
    async fn keys_of(&self, events: &[Recorded]) -> Result<Keys, LogError> {
        let personal = |stream: &StreamId| {
            Category::parse(stream.category()).is_some_and(Category::holds_personal_data)
        };
        let mut streams: Vec<StreamId> = events
            .iter()
            .map(|event| &event.stream)
            .filter(|stream| personal(stream))
            .cloned()
            .collect();
        streams.sort();
        streams.dedup();
        let wrapped = self.log.keys(&streams).await?;
        let mut keys = Keys {
            held: HashMap::with_capacity(streams.len()),
            erased: HashMap::new(),
        };
        for (stream, wrapped) in streams.into_iter().zip(wrapped) {
            let held = Held::of(self.ring, &stream, wrapped);
            if matches!(held, Held::Destroyed) {
                let erased = self.erasing_event(&stream).await?;
                keys.erased.insert(stream.clone(), erased);
            }
            keys.held.insert(stream, held);
        }
        Ok(keys)
    }

    /// Whether an event of the stream destroyed its key.
    async fn erasing_event(&self, stream: &StreamId) -> Result<bool, LogError> {
        let events = self.log.read_stream(stream, 0, STREAM_PAGE).await?;
        Ok(events.iter().any(|event| erases(&event.kind)))
    }

    async fn event(
        &mut self,
        event: &Recorded,
        walk: &mut Walk,
        commands: &HashMap<u64, StoredCommand>,
        keys: &Keys,
    ) -> Result<(), LogError> {
        self.missing(walk, event.position);
        self.report.counts.events += 1;
        let header = Header::of(self.log.id(), event);
        let recomputed = leaf(&header);
        let is_right = recomputed == event.leaf;
        if let Some(root) = &mut walk.root {
            root.push(recomputed);
        }
        if !is_right {
            let what = "its stored leaf is not the hash of what is stored";
            self.found_at(Part::Event, event.position, what);
        }
        let told = if is_right {
            self.open(event, keys)
        } else {
            Told::default()
        };
        self.unknown(event, &told, walk);
        let command = commands.get(&event.position);
        if let Err(what) = commands::follow(&mut walk.append, &told, command) {
            self.found_at(Part::Command, event.position, what);
        }
        let append = walk.append.as_mut().filter(|_| told.read);
        if append.is_some_and(|append| !append.is_new(header.sealed_hash)) {
            let what = "its sealed part is that of another event of the same command";
            self.found_at(Part::Seal, event.position, what);
        }
        self.time(event, &told, is_right, walk);
        if let Some(hash) = told.document {
            let (held, erased) = (keys.of(&event.stream), keys.is_erased(&event.stream));
            self.document(event, &hash, held, erased).await?;
        }
        walk.next = event.position + 1;
        self.against_head(walk, event.position);
        Ok(())
    }

    /// Notes the positions between the one that is due and one that is there.
    fn missing(&mut self, walk: &mut Walk, position: u64) {
        if walk.next >= position {
            return;
        }
        let what = match position - walk.next {
            1 => "the event is missing or cannot be read".to_owned(),
            _ => format!(
                "the events {} to {} are missing or cannot be read",
                walk.next,
                position - 1
            ),
        };
        self.found_at(Part::Event, walk.next, what);
        walk.root = None;
        walk.follows = false;
        walk.append = None;
        walk.next = position;
    }

    /// Opens an event whose hash is right and says what it tells of itself.
    fn open(&mut self, event: &Recorded, keys: &Keys) -> Told {
        let Some(category) = Category::parse(event.stream.category()) else {
            return Told {
                unknown: true,
                ..Told::of_metadata(event)
            };
        };
        let held = match Sealer::of(category, &event.kind) {
            Sealer::Stream => keys.of(&event.stream).clone(),
            Sealer::Log => self.own_key.clone(),
        };
        if let Some(what) = wrong_key(event, category, keys) {
            self.found_at(Part::Key, event.position, what);
        }
        match event::open(self.log.id(), event, &held) {
            Ok(told) => {
                self.report.counts.opened += u64::from(told.opened);
                self.report.counts.erased += u64::from(told.erased);
                told
            }
            Err((part, what)) => {
                self.found_at(part, event.position, what);
                Told::of_metadata(event)
            }
        }
    }

    /// No node writes what nodes of the log's level do not know.
    fn unknown(&mut self, event: &Recorded, told: &Told, walk: &mut Walk) {
        walk.level = told.level.unwrap_or(walk.level);
        if !told.unknown {
            return;
        }
        if walk.level > LEVEL {
            self.report.counts.unknown += 1;
            return;
        }
        let what = format!(
            "its stream, type or schema is none that a log of level {} holds",
            walk.level
        );
        self.found_at(Part::Event, event.position, what);
    }

    /// `recorded_at = max(at, that of the event before)`.
    fn time(&mut self, event: &Recorded, told: &Told, is_right: bool, walk: &mut Walk) {
        let backwards = event.recorded_at < walk.recorded_at;
        let due = told.at.map(|at| at.max(walk.recorded_at));
        let other = walk.follows && due.is_some_and(|due| due != event.recorded_at);
        if is_right && (backwards || other) {
            let what = match backwards {
                true => "its recorded_at lies before that of the event before",
                false => "its recorded_at is not the later of its own at and the event before",
            };
            self.found_at(Part::Event, event.position, what);
        }
        // A time that was changed says nothing about the next one.
        walk.follows = is_right;
        if is_right {
            walk.recorded_at = walk.recorded_at.max(event.recorded_at);
        }
    }

    fn against_head(&mut self, walk: &Walk, position: u64) {
        let Some(head) = self.head.filter(|head| head.size == position) else {
            return;
        };
        let root = walk.root.as_ref().map(RootBuilder::root);
        if root != Some(head.root) {
            let what = "the root of the log up to here is not the published one";
            self.found_at(Part::Head, position, what);
        }
    }
}

/// What is wrong with the key of an event's stream, seen from the event.
fn wrong_key(event: &Recorded, category: Category, keys: &Keys) -> Option<&'static str> {
    if !category.holds_personal_data() {
        return None;
    }
    let held = keys.of(&event.stream);
    match held {
        Held::Destroyed if !keys.is_erased(&event.stream) => {
            Some("the key of its stream was destroyed, and no event of the stream says so")
        }
        Held::Destroyed => None,
        Held::Missing => Some("the key of its stream is gone"),
        _ if erases(&event.kind) => Some("it erased its stream, and the key is still there"),
        _ => None,
    }
}
