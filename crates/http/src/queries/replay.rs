mod difference;
mod told;

use crate::access::{Capacity, viewed};
use crate::answer::Answer;
use crate::app::App;
use crate::caller::Caller;
use crate::layers::RequestId;
use crate::params::Params;
use crate::path::Declared;
use crate::problem::{Problem, Trouble};
use crate::queries::declaration::shown;
use crate::schema::Id;
use crate::state_view::DeclarationView;
use crate::surroundings::Surroundings;
use crate::texts::without_bodies;
use axum::extract::State;
use difference::{Changed, differences};
use docket_codec::Opened;
use docket_domain::declaration::Declaration;
use docket_domain::vocabulary::SystemRole;
use docket_domain::{Category, Code, State as Folded, Stream, evolve};
use serde::Serialize;
use serde_json::Value;
use told::{EventView, Telling};
use utoipa::ToSchema;

/// A declaration after one of its events.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replay {
    /// How many events there are.
    last_version: u64,
    #[serde(flatten)]
    told: EventView,
    /// The state right after it. Deadlines and names of units are those of that moment; of the
    /// sections it says what has become of their texts.
    state: DeclarationView,
    /// What the event changed.
    changed: Vec<Changed>,
}

/// Steps through a declaration's history
///
/// For auditors: the state after event n, what event n changed, and what a court asks of it: who,
/// for whom, from where, when, why, and under which rules.
#[utoipa::path(
    get,
    path = "/declarations/{id}/replay",
    tag = "audit",
    params(
        ("id" = Id, Path, description = "The declaration"),
        ("to_version" = Option<u64>, Query, description = "The event, from 1; the last one if not given"),
    ),
    responses((status = 200, body = Replay)),
)]
pub async fn replay(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    request: RequestId,
    mut params: Params,
) -> Result<Answer<Replay>, Problem> {
    let to = params.parse::<u64>("to_version")?;
    let seen = params.settled(&app).await?;
    let caller = caller.in_role(SystemRole::Auditor)?;
    let stream = Stream::declaration(id);
    let last_version = app.engine().version_of(&stream).await?;
    let version = version_in(last_version, "to_version", to)?;
    viewed(&app, &caller, request, "replay_declaration", &stream).await?;
    let history = app.engine().history(&stream, version).await?;
    let (event, earlier) = history.split_last().ok_or(Code::NotFound)?;
    let after = folded(&history).ok_or(Trouble::Corrupt)?;
    let moment = event.envelope.position;
    let mut past = app.engine().past();
    let surroundings = Surroundings::at(&mut past, &after, moment).await?;
    let state = at_moment(&app, &caller, &after, &surroundings).await?;
    let before = match folded(earlier) {
        Some(before) => json(&at_moment(&app, &caller, &before, &surroundings).await?),
        None => Value::Null,
    };
    let mut changed = Vec::new();
    differences("", &before, &json(&state), &mut changed);
    let telling = Telling {
        history: &history,
        event,
        after: &after,
        surroundings: &surroundings,
    };
    let body = Replay {
        last_version,
        told: telling.view(),
        state,
        changed,
    };
    Ok(Answer::new(seen, body).at_version(last_version))
}

/// The version of a history that a parameter asks for; the last one if it is not given.
///
/// # Errors
/// NOT_FOUND for a declaration without events, FIELD_INVALID for a version that it has not.
pub fn version_in(last: u64, name: &str, asked: Option<u64>) -> Result<u64, Problem> {
    if last == 0 {
        return Err(Code::NotFound.into());
    }
    let version = asked.unwrap_or(last);
    if (1..=last).contains(&version) {
        Ok(version)
    } else {
        Err(Problem::field(name, format!("应为 1 至 {last}")))
    }
}

/// The declaration after its events; none before the first.
pub fn folded(history: &[Opened]) -> Option<Declaration> {
    let mut state = Folded::initial(Category::Declaration);
    for opened in history {
        evolve(&mut state, &opened.envelope);
    }
    match state {
        Folded::Declaration(declaration) => declaration.map(|declaration| *declaration),
        _ => None,
    }
}

/// The state as an auditor sees it, its deadlines and names those of a moment. What an event
/// changed is told by two states of the same moment, so that nothing else differs.
async fn at_moment(
    app: &App,
    caller: &Caller,
    declaration: &Declaration,
    surroundings: &Surroundings,
) -> Result<DeclarationView, Problem> {
    let texts = without_bodies(app, declaration).await?;
    shown(
        app,
        caller,
        Capacity::Auditor,
        declaration,
        surroundings,
        texts,
    )
}

fn json(view: &DeclarationView) -> Value {
    serde_json::to_value(view).expect("a view has a JSON form")
}
