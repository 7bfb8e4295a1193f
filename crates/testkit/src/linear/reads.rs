//! A page shows one moment of the log, no older than asked for, and never goes back.

use super::{Answer, Call, Fault, History, List, Page, Row, Witness};
use docket_domain::declaration::Declaration;
use docket_domain::mask;
use docket_domain::person::LEGAL_USER;
use docket_domain::vocabulary::Tab;
use std::cmp::Reverse;
use std::collections::BTreeMap;

pub(super) fn faults(history: &History, witness: &Witness) -> Vec<Fault> {
    let visible = Visible::of(history);
    let mut last: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    let mut faults = Vec::new();
    for (call, asked, page) in history.pages() {
        let shown = page.position;
        let name = || call.name();
        let due = asked.min_position.max(visible.due(call));
        if shown < due {
            let call = name();
            faults.push(Fault::Stale { call, shown, due });
        }
        let before = last.insert((call.client, call.node), shown).unwrap_or(0);
        if shown < before {
            let call = name();
            faults.push(Fault::WentBack {
                call,
                shown,
                before,
            });
        }
        if let Some(what) = differs(asked, page, witness) {
            faults.push(Fault::WrongPage {
                call: name(),
                position: shown,
                what,
            });
        }
    }
    faults
}

/// What each node said that its views have seen, over time.
struct Visible(BTreeMap<u32, Vec<(u64, u64)>>);

impl Visible {
    fn of(history: &History) -> Self {
        let mut nodes: BTreeMap<u32, Vec<(u64, u64)>> = BTreeMap::new();
        for (call, _, answer) in history.commands() {
            let Answer::Accepted(accepted) = answer else {
                continue;
            };
            if let Some(position) = accepted.position.filter(|_| accepted.visible) {
                let said = nodes.entry(call.node).or_default();
                said.push((call.answered_us, position));
            }
        }
        for said in nodes.values_mut() {
            said.sort_unstable();
            let mut highest = 0;
            for (_, position) in said {
                highest = highest.max(*position);
                *position = highest;
            }
        }
        Self(nodes)
    }

    /// What a page of the node must show.
    fn due(&self, call: &Call) -> u64 {
        let said = self.0.get(&call.node).map_or(&[][..], Vec::as_slice);
        let before = said.partition_point(|(answered, _)| *answered < call.called_us);
        before.checked_sub(1).map_or(0, |index| said[index].1)
    }
}

/// The first difference between a page and the log up to its position.
fn differs(asked: &List, page: &Page, witness: &Witness) -> Option<String> {
    if page.position > witness.head() {
        return Some(format!("the log ends at {}", witness.head()));
    }
    let declarations = witness.declarations_at(asked.unit, page.position);
    let declarations = declarations
        .iter()
        .filter(|declaration| declaration.kind == asked.kind);
    let mut rows: Vec<Row> = declarations
        .filter_map(|declaration| row(asked, declaration))
        .collect();
    let mut counts: BTreeMap<Tab, u64> = BTreeMap::new();
    for row in &rows {
        *counts.entry(row.tab).or_default() += 1;
        *counts.entry(Tab::All).or_default() += 1;
    }
    for tab in Tab::ALL {
        let count = |counts: &BTreeMap<Tab, u64>| counts.get(tab).copied().unwrap_or_default();
        let (shown, due) = (count(&page.counts), count(&counts));
        if shown != due {
            return Some(format!("{shown} rows in {tab}, due are {due}"));
        }
    }
    rows.retain(|row| asked.tab == Tab::All || row.tab == asked.tab);
    rows.sort_by_key(|row| (Reverse(row.submitted_at), row.declaration));
    rows.truncate(asked.limit);
    let wrong = rows
        .iter()
        .zip(&page.rows)
        .find(|(due, shown)| due != shown);
    match wrong {
        Some((due, shown)) => Some(format!("{shown:?} where {due:?} is due")),
        None if rows.len() != page.rows.len() => {
            Some(format!("{} rows, due are {}", page.rows.len(), rows.len()))
        }
        None => None,
    }
}

fn row(asked: &List, declaration: &Declaration) -> Option<Row> {
    let step = declaration.step_shown_to(asked.unit)?;
    let handler = step.handler;
    let handler = handler.and_then(|handler| declaration.names.get(&handler));
    Some(Row {
        declaration: declaration.id,
        version: declaration.version,
        tab: step.state.tab(),
        number: declaration.number.clone(),
        submitted_at: declaration.submitted_at?,
        handler: handler.map(|name| shown(name)),
    })
}

/// 办理人 as lists show them: 法人用户, or a masked name.
fn shown(name: &str) -> String {
    if name == LEGAL_USER {
        name.to_owned()
    } else {
        mask::name(name)
    }
}
