//! A declaration's history, event by event: who, for whom, from where, when, what, why, under which
//! rules, and what it changed. Names of units and deadlines are those of that moment.

mod labels;
mod moment;
mod portrait;
mod turn;

use anyhow::Context as _;
use docket_domain::claim;
use docket_domain::declaration::Declaration;
use docket_domain::{DeclarationId, State, Stream, evolve};
use docket_engine::Engine;
use moment::Moment;
use serde::Serialize;
use turn::text_of;
pub use turn::{Author, TextState, Turn};

/// Whether a history shows people and their words as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Masks {
    /// Names are masked; reasons, opinions, contacts and addresses are withheld.
    On,
    /// Everything as it is, which is written to the security audit first.
    Off,
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
        masks: Masks,
    ) -> anyhow::Result<Self> {
        let stream = Stream::declaration(id);
        let last = engine.version_of(&stream).await?;
        anyhow::ensure!(last > 0, "there is no declaration {id}");
        let up_to = up_to.map_or(last, |to| to.min(last));
        let events = engine.history(&stream, up_to).await.with_context(|| {
            format!("not all {up_to} events can be read; --to shows those before the broken one")
        })?;
        let mut past = engine.past();
        let mut state = State::initial(stream.category);
        let mut history = History {
            declaration_id: id,
            number: String::new(),
            turns: Vec::new(),
        };
        for opened in &events {
            let before = state.clone();
            evolve(&mut state, &opened.envelope);
            let after = known(&state)
                .with_context(|| format!("event 1 of declaration {id} did not begin it"))?;
            history.number.clone_from(&after.number);
            let moment = Moment::of(&mut past, after, opened, masks).await?;
            let text = text_of(engine, &stream, opened).await?;
            let turn = Turn::of(&events, opened, known(&before), after, &moment, text);
            history.turns.push(turn);
        }
        Ok(history)
    }

    /// The versions of the events whose text is gone though nothing erased or replaced it.
    pub fn missing(&self) -> Vec<u64> {
        let turns = self.turns.iter();
        turns
            .filter(|turn| turn.said.text == Some(TextState::Missing))
            .map(|turn| turn.version)
            .collect()
    }
}

fn known(state: &State) -> Option<&Declaration> {
    match state {
        State::Declaration(declaration) => declaration.as_deref(),
        _ => None,
    }
}
