use crate::access::{Capacity, viewed};
use crate::answer::Answer;
use crate::app::App;
use crate::caller::Caller;
use crate::layers::RequestId;
use crate::params::Params;
use crate::path::Declared;
use crate::problem::{Problem, Trouble};
use crate::queries::declaration::shown;
use crate::queries::events::AuthorView;
use crate::schema::{At, Id};
use crate::state_view::DeclarationView;
use axum::extract::State;
use docket_domain::declaration::Declaration;
use docket_domain::time::Instant;
use docket_domain::vocabulary::SystemRole;
use docket_domain::{Category, Code, Envelope, State as Folded, Stream, evolve};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A declaration after one of its events.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replay {
    /// The event's place, from 1.
    version: u64,
    /// How many events there are.
    last_version: u64,
    /// Event type.
    event: String,
    #[schema(value_type = At)]
    at: Instant,
    author: AuthorView,
    /// The state right after it. Names, labels and deadlines are as they are now.
    state: DeclarationView,
    /// What the event changed.
    changed: Vec<Changed>,
}

/// One value that an event changed.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Changed {
    /// Where in the state, such as `steps[0].state`.
    path: String,
    /// Before; null where there was nothing.
    #[schema(value_type = Option<Object>)]
    before: Value,
    /// After; null where there is nothing any more.
    #[schema(value_type = Option<Object>)]
    after: Value,
}

/// Steps through a declaration's history
///
/// For auditors: the state after event n, and what event n changed.
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
    let mut recorded = app.engine().recorded(&stream).await?;
    let last_version = recorded.last().ok_or(Code::NotFound)?.version;
    let to = to.unwrap_or(last_version);
    if to == 0 || to > last_version {
        return Err(Problem::field(
            "to_version",
            format!("应为 1 至 {last_version}"),
        ));
    }
    viewed(&app, &caller, request, "replay_declaration", &stream).await?;
    let version = usize::try_from(to).map_err(|_| Trouble::Internal)?;
    // What came later is not asked for, and may not be readable.
    recorded.retain(|event| event.version <= to);
    if recorded.len() != version {
        // An event was taken away.
        return Err(Trouble::Corrupt.into());
    }
    let history = app.engine().reader().open(&recorded).await?;
    let history: Vec<Envelope> = history.into_iter().map(|opened| opened.envelope).collect();
    let (before, after) = (folded(&history[..version - 1]), folded(&history[..version]));
    let after = after.ok_or(Trouble::Corrupt)?;
    let state = shown(&app, &caller, Capacity::Auditor, &after, BTreeMap::new()).await?;
    let before = match before {
        Some(before) => {
            json(&shown(&app, &caller, Capacity::Auditor, &before, BTreeMap::new()).await?)
        }
        None => Value::Null,
    };
    let mut changed = Vec::new();
    differences("", &before, &json(&state), &mut changed);
    let event = &history[version - 1];
    let body = Replay {
        version: to,
        last_version,
        event: event.event.kind().to_owned(),
        at: event.at,
        author: event.author.into(),
        state,
        changed,
    };
    Ok(Answer::new(seen, body).at_version(last_version))
}

fn json(view: &DeclarationView) -> Value {
    serde_json::to_value(view).expect("a view has a JSON form")
}

fn folded(history: &[Envelope]) -> Option<Declaration> {
    let mut state = Folded::initial(Category::Declaration);
    history
        .iter()
        .for_each(|envelope| evolve(&mut state, envelope));
    match state {
        Folded::Declaration(declaration) => declaration.map(|declaration| *declaration),
        _ => None,
    }
}

/// Every value that differs, by its path; a structure that appears or goes is one difference.
fn differences(path: &str, before: &Value, after: &Value, found: &mut Vec<Changed>) {
    match (before, after) {
        _ if before == after || path == "version" => {}
        (Value::Object(old), Value::Object(new)) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                let value = |fields: &serde_json::Map<String, Value>| {
                    fields.get(name).cloned().unwrap_or_default()
                };
                differences(&path, &value(old), &value(new), found);
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            for index in 0..old.len().max(new.len()) {
                let value = |items: &[Value]| items.get(index).cloned().unwrap_or_default();
                differences(&format!("{path}[{index}]"), &value(old), &value(new), found);
            }
        }
        (Value::Null, Value::Object(new)) if path.is_empty() => {
            for (name, value) in new {
                differences(name, &Value::Null, value, found);
            }
        }
        _ => found.push(Changed {
            path: path.to_owned(),
            before: before.clone(),
            after: after.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_difference_is_named_by_its_path() {
        let before = json!({"status": "draft", "steps": [{"state": "to_sign"}], "version": 1});
        let after = json!({"status": "draft", "steps": [{"state": "to_review"}, {"state": "to_sign"}], "version": 2});
        let mut found = Vec::new();
        differences("", &before, &after, &mut found);
        let expected = [
            Changed {
                path: "steps[0].state".into(),
                before: json!("to_sign"),
                after: json!("to_review"),
            },
            Changed {
                path: "steps[1]".into(),
                before: Value::Null,
                after: json!({"state": "to_sign"}),
            },
        ];
        assert_eq!(found, expected);
    }
}
