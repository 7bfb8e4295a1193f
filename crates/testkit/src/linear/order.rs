//! What was answered before something else was asked stands lower.

use super::{Answer, Fault, History, Witness};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What is known of the head of the log over time.
pub(super) struct Order {
    /// The head as answers told it: from an instant on, at least so far.
    known: Vec<(u64, u64)>,
    /// The lowest position of what was first asked at an instant or later.
    later: Vec<(u64, u64)>,
    base: u64,
}

impl Order {
    pub(super) fn of(history: &History, witness: &Witness) -> Self {
        let accepted = history
            .commands()
            .filter_map(|(call, _, answer)| match answer {
                Answer::Accepted(accepted) => Some((call.answered_us, accepted.position?)),
                _ => None,
            });
        let read = history
            .pages()
            .map(|(call, _, page)| (call.answered_us, page.position));
        let mut known: Vec<_> = accepted.chain(read).collect();
        known.sort_unstable();
        let mut highest = 0;
        for (_, position) in &mut known {
            highest = highest.max(*position);
            *position = highest;
        }
        let mut later: Vec<_> = first_calls(history)
            .iter()
            .filter_map(|(command, (called, _))| Some((*called, witness.run(*command)?.0)))
            .collect();
        later.sort_unstable();
        let mut lowest = u64::MAX;
        for (_, position) in later.iter_mut().rev() {
            lowest = lowest.min(*position);
            *position = lowest;
        }
        Self {
            known,
            later,
            base: history.base,
        }
    }

    /// The head of the log at an instant, at least.
    pub(super) fn head_from(&self, instant_us: u64) -> u64 {
        let before = self
            .known
            .partition_point(|(answered, _)| *answered < instant_us);
        let known = before.checked_sub(1).map_or(0, |index| self.known[index].1);
        known.max(self.base)
    }

    /// The head of the log at an instant, at most.
    pub(super) fn head_to(&self, instant_us: u64, witness: &Witness) -> u64 {
        let behind = self
            .later
            .partition_point(|(called, _)| *called <= instant_us);
        self.later
            .get(behind)
            .map_or(witness.head(), |(_, lowest)| lowest - 1)
    }

    pub(super) fn faults(&self, history: &History, witness: &Witness) -> Vec<Fault> {
        let calls = first_calls(history);
        let inverted = calls.into_iter().filter_map(|(command, (called, call))| {
            let (stands, _) = witness.run(command)?;
            let seen = self.head_from(called);
            (stands <= seen).then_some(Fault::Inverted {
                later: call,
                stands,
                seen,
            })
        });
        inverted.collect()
    }
}

/// When each command was sent for the first time, and by which call.
fn first_calls(history: &History) -> BTreeMap<Uuid, (u64, String)> {
    let mut first: BTreeMap<Uuid, (u64, String)> = BTreeMap::new();
    for (call, asked, _) in history.commands() {
        let sent = || (call.called_us, call.name());
        let known = first.entry(asked.id).or_insert_with(sent);
        if call.called_us < known.0 {
            *known = sent();
        }
    }
    first
}
