//! The recorded decision table: what everybody's every action leads to in every state. It is kept
//! per version of the rules; a line that changes is a meaning that changes, so `RULES` is raised
//! and a new file recorded (`DOCKET_RECORD=1 cargo test -p docket-domain recorded`).

use super::*;
use crate::transitions::{in_state, unit_of};
use docket_domain::RULES;
use docket_domain::vocabulary::{Action, StepState, StepType};
use docket_testkit::Seed;
use docket_testkit::histories::well_formed;
use std::fmt::Write;

fn states(step: StepType) -> Vec<StepState> {
    let exists = |state: &&StepState| match state {
        StepState::Publicizing => step == StepType::WorkUnit,
        StepState::Accepted => step == StepType::Committee,
        StepState::Reported => matches!(step, StepType::WorkUnit | StepType::Superior),
        _ => true,
    };
    StepState::ALL.iter().filter(exists).copied().collect()
}

/// The state of the step afterwards, or the refusal's code.
fn outcome(walk: &Walk, unit: &UnitCast, actor: Actor, action: Action) -> String {
    let n = walk.state().step_shown_to(unit.id).unwrap().n;
    let command = well_formed(
        &walk.world,
        walk.id,
        action,
        &actor,
        walk.at,
        &mut Seed::new(1),
    );
    let mut after = walk.clone();
    match after.attempt(actor, command) {
        Ok(_) => after.state().step(n).unwrap().state.code().to_owned(),
        Err(refusal) => refusal.code.code().to_owned(),
    }
}

fn table() -> String {
    let mut table = String::new();
    for (kind, step) in [
        (Kind::Review, StepType::WorkUnit),
        (Kind::Review, StepType::Superior),
        (Kind::Review, StepType::Committee),
        (Kind::Initial, StepType::WorkUnit),
        (Kind::Initial, StepType::Superior),
        (Kind::Initial, StepType::AcceptingUnit),
    ] {
        let unit = unit_of(kind, step);
        for state in states(step) {
            let mut walk = in_state(kind, step, state);
            walk.at = walk.at.plus_days(15);
            for action in Action::ALL.iter().filter(|action| !action.is_applicants()) {
                let of = |actor| outcome(&walk, &unit, actor, *action);
                let (handler, colleague, legal) =
                    (of(unit.first()), of(unit.second()), of(unit.legal()));
                let line = format!("handler {handler}, colleague {colleague}, legal user {legal}");
                writeln!(table, "{kind} {step} {state} {action}: {line}").unwrap();
            }
        }
    }
    table
}

#[test]
fn the_decisions_are_those_recorded_for_this_version_of_the_rules() {
    let path = format!(
        "{}/tests/declaration/decisions.v{RULES}.txt",
        env!("CARGO_MANIFEST_DIR")
    );
    let table = table();
    if std::env::var_os("DOCKET_RECORD").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let recorded = std::fs::read_to_string(&path).unwrap();
    for (recorded, now) in recorded.lines().zip(table.lines()) {
        assert_eq!(
            recorded, now,
            "a meaning changed: raise RULES and record anew"
        );
    }
    assert_eq!(recorded.lines().count(), table.lines().count());
}
