use anyhow::{Context, Result, ensure};
use docket_codec::{Metadata, Opened, Reader, Request};
use docket_domain::{Category, Stream};
use docket_store::Recorded;
use docket_testkit::town::Town;
use std::sync::Arc;

/// The commands of one life as the engine wrote them, to be written again about others.
pub(super) struct Template {
    pub(super) commands: Vec<CommandTemplate>,
    pub(super) names: Names,
}

/// What one command stored.
pub(super) struct CommandTemplate {
    pub(super) events: Vec<EventTemplate>,
}

/// One event, its ids still those of the template.
pub(super) struct EventTemplate {
    pub(super) stream: Stream,
    pub(super) version: u64,
    pub(super) kind: String,
    pub(super) schema: u16,
    pub(super) payload: String,
    pub(super) personal: Option<String>,
    pub(super) metadata: Metadata,
    pub(super) request: Option<Request>,
}

/// What differs from life to life.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) person: String,
    pub(super) declaration: String,
    pub(super) number: String,
    /// The id of the claim of the person's ID number, an HMAC.
    pub(super) identity: String,
}

impl Names {
    /// A text of the template with these names in their place.
    pub(super) fn put_into(&self, text: &str, template: &Names) -> String {
        text.replace(&template.person, &self.person)
            .replace(&template.declaration, &self.declaration)
            .replace(&template.number, &self.number)
            .replace(&template.identity, &self.identity)
    }
}

impl Names {
    /// The id of a stream of the template with these names in their place. A claim that names a person
    /// stands there under a dark id, in which no name can be found; each life gets one of its own.
    pub(super) fn id_of(&self, stream: &Stream, template: &Names) -> String {
        let id = self.put_into(&stream.id, template);
        match stream.category {
            Category::Live | Category::YearLock => format!("{id}.{}", self.person),
            _ => id,
        }
    }
}

impl Template {
    /// Reads the only life that stands in a town's log behind a position.
    pub(super) async fn read(town: &Town, behind: u64) -> Result<Self> {
        let log = town.engine.log();
        let reader = Reader::new(Arc::clone(log), Arc::clone(town.engine.ring()));
        let rows = log.read_all(behind, 1_000).await?;
        let opened = reader.open(&rows).await?;
        let names = Names::found_in(&opened)?;
        let mut commands: Vec<CommandTemplate> = Vec::new();
        let mut last = None;
        for (row, opened) in rows.iter().zip(opened) {
            let command = opened.metadata.command.id;
            if last.replace(command) != Some(command) {
                commands.push(CommandTemplate { events: Vec::new() });
            }
            if let Some(command) = commands.last_mut() {
                command.events.push(EventTemplate::of(row, opened)?);
            }
        }
        Ok(Self { commands, names })
    }

    /// How many events a life has.
    pub(super) fn events(&self) -> usize {
        self.commands
            .iter()
            .map(|command| command.events.len())
            .sum()
    }
}

impl EventTemplate {
    fn of(row: &Recorded, opened: Opened) -> Result<Self> {
        Ok(Self {
            version: row.version,
            kind: row.kind.clone(),
            schema: row.schema,
            payload: opened.envelope.event.payload()?,
            personal: opened.envelope.event.personal()?,
            stream: opened.stream,
            metadata: opened.metadata,
            request: opened.request,
        })
    }
}

impl Names {
    fn found_in(life: &[Opened]) -> Result<Self> {
        let only = |category: Category| {
            let mut streams: Vec<&Stream> = life
                .iter()
                .map(|opened| &opened.stream)
                .filter(|stream| stream.category == category)
                .collect();
            streams.dedup();
            ensure!(streams.len() == 1, "one life has one {category:?}");
            let stream = streams.first().context("there is one")?;
            Ok(stream.id.clone())
        };
        Ok(Self {
            person: only(Category::Person)?,
            declaration: only(Category::Declaration)?,
            number: only(Category::Number)?,
            identity: only(Category::Identity)?,
        })
    }
}
