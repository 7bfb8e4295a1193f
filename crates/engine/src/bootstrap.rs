//! What every log starts with: `LogCreated` at position 1, its level, the workflow definitions, and
//! the reference tables.

use crate::engine::{Engine, EngineParts};
use crate::level::ByHand;
use crate::order::{Failure, Order, derived_command_id};
use docket_codec::LEVEL;
use docket_domain::administration::AdminCommand;
use docket_domain::calendar::{CalendarYear, parse_csv};
use docket_domain::catalogue::{Catalogue, Series};
use docket_domain::log::{FIRST_LEVEL, LevelRaised, LogCreated};
use docket_domain::reference::{DefinitionPublished, SeriesDefined, SeriesTitle};
use docket_domain::workflow::Definition;
use docket_domain::{Actor, Category, Command, Kind, State, Stream};
use docket_store::Expected;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Largest part of a definition's text in one event, in bytes.
const PART_BYTES_MAX: usize = 8 * 1024;

/// The holiday calendar that ships with Docket.
const HOLIDAYS: &str = include_str!("../../../fixtures/holidays.csv");

/// What a new log is told about itself.
#[derive(Debug, Clone)]
pub struct Founding {
    /// For example `重庆市`.
    pub jurisdiction: String,
    /// Whether `docket demo` invents its content.
    pub demo: bool,
}

/// Why a log cannot be started on.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// A demo's database was given to something else, or the other way round.
    #[error("this database {} made by `docket demo`; {}", if *.demo { "was" } else { "was not" }, if *.demo { "start it with `docket demo --data`" } else { "start it with `docket serve`" })]
    OtherPurpose {
        /// What the log says of itself.
        demo: bool,
    },
    /// The definition built in differs from the published text of its version.
    #[error(
        "workflow {kind} version {version} differs from the text published in this log; a changed workflow needs a new version"
    )]
    DefinitionDiffers {
        /// Which kind.
        kind: Kind,
        /// Which version.
        version: u32,
    },
    /// A fixture that ships with Docket cannot be read.
    #[error("a table that ships with Docket is wrong: {0}")]
    Fixture(String),
    /// The log.
    #[error(transparent)]
    Failure(#[from] Failure),
}

/// The definitions that ship with Docket, by kind and version.
pub fn definitions() -> BTreeMap<(Kind, u32), Arc<Definition>> {
    let builtin = Definition::builtin().into_iter();
    builtin
        .map(|definition| ((definition.kind, definition.version), Arc::new(definition)))
        .collect()
}

/// Starts an engine on a log: founds an empty one, checks any other, publishes definitions and
/// seeds the tables that are still empty.
///
/// # Errors
/// When the log is meant for something else, a definition was changed without a new version, or
/// the log cannot be used.
pub async fn bootstrap(parts: EngineParts, founding: &Founding) -> Result<Engine, BootstrapError> {
    let engine = Engine::new(parts);
    found(&engine, founding).await?;
    publish(&engine).await?;
    seed(&engine).await?;
    Ok(engine)
}

/// Attaches an engine to a log that has begun, whatever its purpose, and appends nothing: to look.
///
/// # Errors
/// When the log has not begun, is of a higher level than this version knows, or cannot be read.
pub async fn attach(parts: EngineParts) -> Result<Engine, BootstrapError> {
    let engine = Engine::new(parts);
    let begun = created(&engine).await?;
    begun.ok_or_else(|| Failure::corrupt("the log has no beginning"))?;
    engine.level().await?;
    Ok(engine)
}

async fn found(engine: &Engine, founding: &Founding) -> Result<(), BootstrapError> {
    let created = match created(engine).await? {
        Some(created) => created,
        None => {
            append_founding(engine, founding).await?;
            let begun = created(engine).await?;
            begun.ok_or_else(|| Failure::corrupt("the log has no beginning"))?
        }
    };
    if created.demo != founding.demo {
        return Err(BootstrapError::OtherPurpose { demo: created.demo });
    }
    engine.level().await?;
    Ok(())
}

async fn created(engine: &Engine) -> Result<Option<LogCreated>, Failure> {
    let stream = Stream::log(engine.log.id());
    match engine.state(&stream).await?.state.as_ref() {
        State::Log(log) => Ok(log.created.clone()),
        _ => Ok(None),
    }
}

/// `LogCreated`, by hand: no rule decides it. A new log has no older nodes, so it begins at the
/// newest level. Two processes may try at once; one does.
async fn append_founding(engine: &Engine, founding: &Founding) -> Result<(), Failure> {
    let id = engine.log.id();
    let created = LogCreated {
        log_id: id,
        format: docket_store::FORMAT,
        algorithms: vec!["SHA-256".into(), "XChaCha20-Poly1305".into()],
        jurisdiction: founding.jurisdiction.clone(),
        demo: founding.demo,
    };
    let mut events = vec![created.into()];
    if LEVEL > FIRST_LEVEL {
        events.push(LevelRaised { level: LEVEL }.into());
    }
    let by_hand = ByHand {
        name: "found",
        command: &["found", &id.to_string()],
        expected: Expected::Absent,
        level: FIRST_LEVEL,
    };
    engine.append_by_hand(by_hand, &events).await?;
    Ok(())
}

async fn publish(engine: &Engine) -> Result<(), BootstrapError> {
    for definition in definitions().values() {
        let (kind, version) = (definition.kind, definition.version);
        let stream = Stream::new(Category::Workflow, kind);
        let seen = engine.state(&stream).await?;
        let State::Workflow(published) = seen.state.as_ref() else {
            continue;
        };
        match published.versions.get(&version) {
            Some(known) if known.hash == definition.hash() => continue,
            Some(_) => return Err(BootstrapError::DefinitionDiffers { kind, version }),
            None => {}
        }
        let command = AdminCommand::PublishDefinition {
            kind,
            parts: parts(definition),
        };
        let id = derived_command_id(&[
            "publish",
            kind.code(),
            &version.to_string(),
            definition.hash(),
        ]);
        engine
            .execute(Order::new(
                Actor::SYSTEM,
                Command::Administration(command),
                id,
            ))
            .await?;
    }
    Ok(())
}

fn parts(definition: &Definition) -> Vec<DefinitionPublished> {
    let texts = cut(definition.expanded_text(), PART_BYTES_MAX);
    let count = u32::try_from(texts.len()).unwrap_or(u32::MAX);
    let numbered = (1..=count).zip(texts);
    numbered
        .map(|(part, text)| DefinitionPublished {
            kind: definition.kind,
            version: definition.version,
            hash: definition.hash().to_owned(),
            part,
            parts: count,
            text: text.to_owned(),
        })
        .collect()
}

/// Cuts a text into pieces of at most `max` bytes, between characters.
fn cut(text: &str, max: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut end = rest.len().min(max);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, remaining) = rest.split_at(end);
        pieces.push(piece);
        rest = remaining;
    }
    pieces
}

/// Loads the years and series that are not there yet, each by itself, so that a start that was
/// killed half-way is made up for; an operator's corrections stay.
async fn seed(engine: &Engine) -> Result<(), BootstrapError> {
    let years =
        parse_csv(HOLIDAYS).map_err(|problem| BootstrapError::Fixture(problem.to_string()))?;
    let calendar = engine.state(&Stream::calendar()).await?;
    if let State::Calendar(calendar) = calendar.state.as_ref() {
        let missing = |year: &CalendarYear| calendar.holidays.year(year.year()).is_none();
        for year in years.into_iter().filter(missing) {
            let id = derived_command_id(&["seed", "calendar", &year.year().to_string()]);
            let command = Command::Administration(AdminCommand::LoadCalendarYear {
                year,
                confirmed: false,
            });
            engine
                .execute(Order::new(Actor::SYSTEM, command, id))
                .await?;
        }
    }
    let catalogue = engine.state(&Stream::catalogue()).await?;
    if let State::Catalogue(table) = catalogue.state.as_ref() {
        let builtin = Catalogue::builtin();
        let missing = |series: &&Series| !table.series.contains_key(&series.name);
        for series in builtin.series().iter().filter(missing) {
            let id = derived_command_id(&["seed", "series", &series.name]);
            let command = Command::Administration(AdminCommand::DefineSeries(defined(series)));
            engine
                .execute(Order::new(Actor::SYSTEM, command, id))
                .await?;
        }
    }
    Ok(())
}

fn defined(series: &Series) -> SeriesDefined {
    SeriesDefined {
        number: u32::from(series.number),
        name: series.name.clone(),
        titles: series
            .titles()
            .map(|(level, title)| SeriesTitle {
                title: title.to_owned(),
                level,
            })
            .collect(),
        specialties: series.specialties.clone(),
    }
}
