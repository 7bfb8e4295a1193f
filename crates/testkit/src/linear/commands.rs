//! Every accepted command stands where it was told, once, and is what the rules decide there.

use super::{Accepted, Answer, Asked, Call, Entry, Fault, History, Witness};
use docket_domain::declaration::DeclarationCommand;
use docket_domain::{
    Actor, Author, Category, Command, Decision, Event, Expectation, Refusal, Stream, command,
};
use docket_engine::EventPlace;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

pub(super) fn faults(history: &History, witness: &Witness) -> Vec<Fault> {
    let mut asked: BTreeMap<Uuid, &Arc<Asked>> = BTreeMap::new();
    for (_, one, _) in history.commands() {
        asked.insert(one.id, one);
    }
    let stored = witness.runs().iter().flat_map(|(command, runs)| {
        let recorded = asked.get(command).copied();
        stored(*command, runs, recorded, history.base, witness)
    });
    let told = history.commands().filter_map(|(call, asked, answer)| {
        let Answer::Accepted(accepted) = answer else {
            return None;
        };
        told(call, asked, accepted, witness)
    });
    stored.chain(told).collect()
}

/// What stands of one command: once, asked for, and as decided.
fn stored(
    command: Uuid,
    runs: &[(u64, u64)],
    asked: Option<&Arc<Asked>>,
    base: u64,
    witness: &Witness,
) -> Option<Fault> {
    let (first, last) = *runs.first()?;
    if let Some((again, _)) = runs.get(1) {
        return Some(Fault::Twice {
            command,
            first,
            again: *again,
        });
    }
    if first <= base {
        return None;
    }
    let entries = witness.between(first, last);
    let recorded = asked.map(|asked| Asked::clone(asked));
    let Some(asked) = recorded.or_else(|| of_reactor(&entries[0], witness)) else {
        return Some(Fault::Unasked {
            position: first,
            name: entries[0].name.clone(),
        });
    };
    let what = differs(&asked, entries, witness)?;
    let twice = entries.len().is_multiple_of(2) && repeats(entries);
    Some(if twice {
        Fault::Twice {
            command,
            first,
            again: first + entries.len() as u64 / 2,
        }
    } else {
        Fault::NotDecided {
            position: first,
            what,
        }
    })
}

/// Whether the second half of a run says what the first half said.
fn repeats(entries: &[Entry]) -> bool {
    let (one, two) = entries.split_at(entries.len() / 2);
    one.iter()
        .zip(two)
        .all(|(one, two)| one.stream == two.stream && one.envelope.event == two.envelope.event)
}

/// The command of the reactor that answers a unit's 签收 switched off.
fn of_reactor(entry: &Entry, witness: &Witness) -> Option<Asked> {
    let cause = entry
        .causation
        .filter(|cause| *cause < entry.envelope.position)?;
    let switched = &witness.between(cause, cause)[0];
    let off = matches!(&switched.envelope.event, Event::SignOffToggled(toggled) if !toggled.on);
    let is_unit = switched.stream.category == Category::Unit;
    if !off || !is_unit || entry.stream.category != Category::Declaration {
        return None;
    }
    Some(Asked {
        id: entry.command,
        actor: Actor::SYSTEM,
        command: Command::Declaration {
            id: entry.stream.id.parse().ok()?,
            command: DeclarationCommand::SignAutomatically(switched.stream.id.parse().ok()?),
        },
        expected_version: None,
    })
}

/// How the events differ from what the rules decide on the log right below them.
fn differs(asked: &Asked, entries: &[Entry], witness: &Witness) -> Option<String> {
    let below = entries[0].envelope.position - 1;
    let mut facts = witness.facts(asked.actor.clone(), below);
    facts.at = entries[0].envelope.at;
    facts.expected_version = asked.expected_version;
    let decide = |facts: &_| command::decide(&asked.command, facts);
    let decided: Result<Decision, Refusal> = witness.ask(&mut facts, below, decide);
    let decision = match decided {
        Ok(decision) => decision,
        Err(refusal) => return Some(format!("refused as {}", refusal.code.code())),
    };
    let absent = decision.changes.iter().find(|change| {
        change.expected == Expectation::Absent && witness.seen(&change.stream, below).version > 0
    });
    if let Some(change) = absent {
        return Some(format!("{} is taken", change.stream));
    }
    let author = witness.ask(&mut facts, below, docket_domain::Facts::author);
    let due: Vec<(&Stream, &Event)> = decision
        .changes
        .iter()
        .flat_map(|change| change.events.iter().map(|event| (&change.stream, event)))
        .collect();
    let same = due.len() == entries.len()
        && due.iter().zip(entries).all(|((stream, event), entry)| {
            witness.stored(stream) == entry.stream
                && **event == entry.envelope.event
                && entry.envelope.author == author_of(event, author)
        });
    let names = || {
        due.iter()
            .map(|(stream, event)| format!("{} on {stream}", event.kind()))
    };
    (!same).then(|| format!("due are {}", names().collect::<Vec<_>>().join(", ")))
}

/// What the system does on its own is the system's, whoever caused it.
fn author_of(event: &Event, author: Author) -> Author {
    match event {
        Event::SignedFor(signed) if signed.auto => Author::SYSTEM,
        _ => author,
    }
}

/// What an acceptance said.
fn told(call: &Call, asked: &Asked, accepted: &Accepted, witness: &Witness) -> Option<Fault> {
    let call = || call.name();
    let nothing = accepted.events.as_ref().is_some_and(Vec::is_empty);
    let Some((first, last)) = witness.run(asked.id) else {
        return (!nothing).then(|| Fault::Lost {
            call: call(),
            command: asked.id,
        });
    };
    if nothing {
        // An answer that is not remembered, like a refusal, and checked with them: an attempt that
        // was not answered may be decided again later.
        return None;
    }
    if let Some(told) = accepted.position.filter(|told| *told != last) {
        return Some(Fault::Elsewhere {
            call: call(),
            told,
            stands: last,
        });
    }
    let own = asked.command.subject();
    let entries = witness.between(first, last).iter();
    let own: Vec<EventPlace> = entries
        .filter(|entry| entry.stream == own)
        .map(|entry| EventPlace {
            kind: entry.envelope.event.kind().to_owned(),
            version: entry.envelope.version,
            position: entry.envelope.position,
        })
        .collect();
    let version = own.last().map_or(0, |event| event.version);
    let events = accepted.events.as_ref();
    let what = if version != accepted.version {
        format!("version {} was told, {version} stands", accepted.version)
    } else if events.is_some_and(|told| *told != own) {
        format!("{events:?} was told, {own:?} stands")
    } else {
        return None;
    };
    Some(Fault::WrongAnswer { call: call(), what })
}
