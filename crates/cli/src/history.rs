//! A declaration's history, event by event: who, when, what, and what it changed.

mod labels;
mod portrait;

use anyhow::Context as _;
use docket_codec::{Metadata, Opened};
use docket_domain::claim;
use docket_domain::time::Instant;
use docket_domain::{Author, DeclarationId, Role, State, Stream, UnitId, evolve, mask};
use docket_engine::Engine;
use labels::{event_label, role_label};
use portrait::Portrait;
use serde::Serialize;
use std::collections::BTreeMap;

/// One thing an event changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which part of the declaration.
    pub what: String,
    /// What it was; empty where it was not there.
    pub before: String,
    /// What it is now.
    pub after: String,
}

/// One event of the history.
#[derive(Debug, Clone, Serialize)]
pub struct Turn {
    /// Version in the declaration's stream.
    pub version: u64,
    /// Position in the log.
    pub position: u64,
    /// When it was decided.
    pub at: Instant,
    /// Event type.
    pub event: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// Who acted, masked, and for which unit.
    pub who: String,
    /// The command behind it.
    pub command: String,
    /// Version of the rules that decided.
    pub rules: u32,
    /// Where the declaration stood before.
    pub before: String,
    /// Where it stands after.
    pub after: String,
    /// What changed.
    pub changes: Vec<Difference>,
}

/// A declaration's history.
#[derive(Debug, Clone, Serialize)]
pub struct History {
    /// The declaration.
    pub declaration_id: DeclarationId,
    /// 申报编号
    pub number: String,
    /// Its events.
    pub turns: Vec<Turn>,
}

/// Finds a declaration by its id or its 申报编号.
///
/// # Errors
/// When there is none.
pub async fn find(engine: &Engine, text: &str) -> anyhow::Result<DeclarationId> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let seen = engine.state(&claim::number(&text.to_uppercase())).await?;
    let holder = match seen.state.as_ref() {
        State::Claim(claim) => claim.holder,
        _ => None,
    };
    holder
        .map(DeclarationId)
        .with_context(|| format!("there is no declaration `{text}`; give its id or its 申报编号"))
}

impl History {
    /// Reads and folds a declaration's events, up to a version if one is given.
    ///
    /// # Errors
    /// When there is none, or the log cannot be read.
    pub async fn read(
        engine: &Engine,
        id: DeclarationId,
        up_to: Option<u64>,
    ) -> anyhow::Result<Self> {
        let stream = Stream::declaration(id);
        let events = engine.reader().stream(&stream, 0).await?;
        anyhow::ensure!(!events.is_empty(), "there is no declaration {id}");
        let mut units = Units::new(engine);
        let mut state = State::initial(stream.category);
        let mut history = History {
            declaration_id: id,
            number: String::new(),
            turns: Vec::new(),
        };
        for opened in events
            .iter()
            .take_while(|opened| up_to.is_none_or(|to| opened.envelope.version <= to))
        {
            let before = state.clone();
            evolve(&mut state, &opened.envelope);
            units.learn(&state).await?;
            units.learn_author(&opened.envelope.author).await?;
            if let State::Declaration(Some(declaration)) = &state {
                history.number.clone_from(&declaration.number);
            }
            history.turns.push(turn(&before, &state, opened, &units));
        }
        Ok(history)
    }
}

fn turn(before: &State, after: &State, opened: &Opened, units: &Units<'_>) -> Turn {
    let (old, new) = (Portrait::of(before, units), Portrait::of(after, units));
    let Metadata { command, rules, .. } = &opened.metadata;
    Turn {
        version: opened.envelope.version,
        position: opened.envelope.position,
        at: opened.envelope.at,
        event: opened.envelope.event.kind(),
        label: event_label(&opened.envelope.event),
        who: who(&opened.envelope.author, after, units),
        command: command.name.clone(),
        rules: *rules,
        changes: old.differences(&new),
        before: old.standing,
        after: new.standing,
    }
}

fn who(author: &Author, state: &State, units: &Units<'_>) -> String {
    let State::Declaration(Some(declaration)) = state else {
        return String::new();
    };
    let role = role_label(author.role);
    let name = author
        .person
        .map(|person| declaration.names.get(&person).cloned().unwrap_or_default());
    match (author.role, name, author.unit) {
        (Role::System, ..) => role.to_owned(),
        (Role::LegalUser, _, Some(unit)) => format!("{role}（{}）", units.name(unit)),
        (Role::Applicant, ..) => {
            let name = declaration
                .person
                .as_ref()
                .map_or_else(|| "已删除".to_owned(), |person| mask::name(&person.name));
            format!("{role} {name}")
        }
        (_, Some(name), Some(unit)) if !name.is_empty() => {
            format!("{role} {}（{}）", mask::name(&name), units.name(unit))
        }
        (_, _, Some(unit)) => format!("{role}（{}）", units.name(unit)),
        _ => role.to_owned(),
    }
}

/// Present names of units, as far as a history mentions them.
struct Units<'a> {
    engine: &'a Engine,
    names: BTreeMap<UnitId, String>,
}

impl<'a> Units<'a> {
    fn new(engine: &'a Engine) -> Self {
        Self {
            engine,
            names: BTreeMap::new(),
        }
    }

    async fn learn(&mut self, state: &State) -> anyhow::Result<()> {
        let State::Declaration(Some(declaration)) = state else {
            return Ok(());
        };
        let steps = declaration.steps.iter().map(|step| step.unit);
        for unit in steps.chain([declaration.work_unit, declaration.target.unit()]) {
            self.learn_one(unit).await?;
        }
        Ok(())
    }

    async fn learn_author(&mut self, author: &Author) -> anyhow::Result<()> {
        match author.unit {
            Some(unit) => self.learn_one(unit).await,
            None => Ok(()),
        }
    }

    async fn learn_one(&mut self, id: UnitId) -> anyhow::Result<()> {
        if !self.names.contains_key(&id) {
            let seen = self.engine.state(&Stream::unit(id)).await?;
            if let State::Unit(unit) = seen.state.as_ref() {
                self.names.insert(id, unit.name.clone());
            }
        }
        Ok(())
    }

    fn name(&self, unit: UnitId) -> String {
        self.names
            .get(&unit)
            .cloned()
            .unwrap_or_else(|| unit.to_string())
    }
}
