//! Each refusal is right for some moment between its call and its answer, and so is each answer
//! that there was nothing to do.

use super::order::Order;
use super::{Answer, Asked, Call, Fault, History, Witness};
use docket_domain::{Facts, command};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The code under which an answer that nothing was to be done is looked for.
const NOTHING: &str = "NOTHING_TO_DO";

pub(super) fn faults(history: &History, witness: &Witness, order: &Order) -> Vec<Fault> {
    let open: BTreeSet<Uuid> = history
        .commands()
        .filter(|(_, _, answer)| may_stand(answer))
        .map(|(_, asked, _)| asked.id)
        .collect();
    let faults = history.commands().filter_map(|(call, asked, answer)| {
        let code = match answer {
            Answer::Refused(code) => code.as_str(),
            Answer::Accepted(accepted) if accepted.events.as_ref().is_some_and(Vec::is_empty) => {
                NOTHING
            }
            _ => return None,
        };
        let stands = witness.run(asked.id).map(|(first, _)| first);
        match stands.filter(|_| !open.contains(&asked.id)) {
            Some(position) => Some(Fault::RefusedAndStands {
                call: call.name(),
                command: asked.id,
                position,
            }),
            None => wrong(call, asked, code, stands, witness, order),
        }
    });
    faults.collect()
}

/// Whether a command that was answered so may stand in the log.
fn may_stand(answer: &Answer) -> bool {
    match answer {
        Answer::Refused(_) => false,
        Answer::Accepted(accepted) => !accepted.events.as_ref().is_some_and(Vec::is_empty),
        _ => true,
    }
}

/// Looks for a moment at which the rules say what was answered. Where none of the streams that the
/// decision read moves, it stays the same, so only their moves are looked at.
fn wrong(
    call: &Call,
    asked: &Asked,
    code: &str,
    stands: Option<u64>,
    witness: &Witness,
    order: &Order,
) -> Option<Fault> {
    let from = order.head_from(call.called_us);
    let to = order.head_to(call.answered_us, witness);
    let to = stands.map_or(to, |position| to.min(position - 1));
    let mut at = from;
    while at <= to {
        let mut facts = witness.facts(asked.actor.clone(), at);
        facts.expected_version = asked.expected_version;
        if said(&mut facts, asked, witness, at) == Some(code) {
            return None;
        }
        let moves = facts.used().into_iter();
        match moves
            .filter_map(|(stream, _)| witness.moves(&stream, at))
            .min()
        {
            Some(next) => at = next,
            None => break,
        }
    }
    Some(Fault::WrongRefusal {
        call: call.name(),
        code: code.to_owned(),
        from,
        to,
    })
}

fn said(facts: &mut Facts, asked: &Asked, witness: &Witness, at: u64) -> Option<&'static str> {
    let decide = |facts: &Facts| command::decide(&asked.command, facts);
    match witness.ask(facts, at, decide) {
        Err(refusal) => Some(refusal.code.code()),
        Ok(decision) => {
            let nothing = decision
                .changes
                .iter()
                .all(|change| change.events.is_empty());
            nothing.then_some(NOTHING)
        }
    }
}
