//! What a definition must keep as a whole.

use std::collections::BTreeSet;

use super::problems::{DefinitionErrors, Problems};
use super::{Definition, Guard};
use crate::vocabulary::{Action, Outcome, Status, StepState, StepType, Tab};

mod form;

/// Holds a definition to every law, and reports every breach.
pub(super) fn check(definition: &Definition) -> Result<(), DefinitionErrors> {
    let mut problems = Problems::default();
    check_step_types(definition, &mut problems);
    check_codes(definition, &mut problems);
    check_tabs(definition, &mut problems);
    check_transitions(definition, &mut problems);
    check_applicant(definition, &mut problems);
    for step in &definition.step_types {
        check_reachable(definition, step.code, &mut problems);
    }
    check_actions(definition, &mut problems);
    check_deadlines(definition, &mut problems);
    check_words(definition, &mut problems);
    form::check_sections(definition, &mut problems);
    problems.into_result(())
}

/// Every kind goes from the work unit by way of superiors to one terminal step.
fn check_step_types(definition: &Definition, problems: &mut Problems) {
    let has: Vec<StepType> = definition.step_types.iter().map(|step| step.code).collect();
    let wants = [
        StepType::WorkUnit,
        StepType::Superior,
        definition.terminal_step,
    ];
    problems.expect(has == wants, "step_types", || {
        let codes: Vec<&str> = wants.iter().map(|step| step.code()).collect();
        format!("must be {} in this order", codes.join(", "))
    });
    let terminal = definition.terminal_step;
    let decides = matches!(terminal, StepType::AcceptingUnit | StepType::Committee);
    problems.expect(decides, "terminal_step", || {
        format!("{terminal} cannot be the last step")
    });
}

fn check_codes(definition: &Definition, problems: &mut Problems) {
    once(
        problems,
        "step_types",
        definition.step_types.iter().map(|step| step.code.code()),
    );
    once(
        problems,
        "states",
        definition.states.iter().map(|state| state.code.code()),
    );
    once(
        problems,
        "tabs",
        definition.tabs.iter().map(|tab| tab.code.code()),
    );
    once(
        problems,
        "actions",
        definition.actions.iter().map(|action| action.code.code()),
    );
    once(
        problems,
        "deadlines",
        definition
            .deadlines
            .iter()
            .map(|deadline| deadline.code.code()),
    );
    once(
        problems,
        "sections",
        definition
            .sections
            .iter()
            .map(|section| section.code.as_str()),
    );
}

fn once<'a>(problems: &mut Problems, path: &str, codes: impl Iterator<Item = &'a str>) {
    let mut seen = BTreeSet::new();
    for code in codes {
        problems.expect(seen.insert(code), path, || format!("`{code}` stands twice"));
    }
}

/// Every tab has a state and every state its tab; 全部 has none of its own.
fn check_tabs(definition: &Definition, problems: &mut Problems) {
    let used: BTreeSet<Tab> = definition.states.iter().map(|state| state.tab).collect();
    let listed: BTreeSet<Tab> = definition.tabs.iter().map(|tab| tab.code).collect();
    for tab in listed.iter().filter(|tab| **tab != Tab::All) {
        problems.expect(used.contains(tab), "tabs", || {
            format!("no state stands in tab `{tab}`")
        });
    }
    for state in &definition.states {
        let path = format!("states.{}", state.code);
        problems.expect(listed.contains(&state.tab), &path, || {
            format!("its tab `{}` is not listed", state.tab)
        });
        let fixed = state.code.tab();
        problems.expect(state.tab == fixed, &path, || {
            format!("must stand in tab `{fixed}`")
        });
        problems.expect(!state.step_types.is_empty(), &path, || {
            "belongs to no step type".into()
        });
    }
    problems.expect(listed.contains(&Tab::All), "tabs", || {
        "`all` is missing".into()
    });
}

fn allows(definition: &Definition, step: StepType, code: StepState) -> bool {
    let state = definition.states.iter().find(|state| state.code == code);
    state.is_some_and(|state| state.step_types.contains(&step))
}

/// A unit's action starts and ends in states of its step, and checks who acts.
fn check_transitions(definition: &Definition, problems: &mut Problems) {
    for (step, state, action, transition) in definition.transitions() {
        let path = format!("transitions.{step}.{state}.{action}");
        for end in [state, transition.to] {
            problems.expect(allows(definition, step, end), &path, || {
                format!("a {step} step has no state `{end}`")
            });
        }
        problems.expect(!action.is_applicants(), &path, || {
            "is the applicant's action".into()
        });
        let is_final = matches!(state, StepState::Terminated | StepState::Concluded);
        problems.expect(!is_final, &path, || "nothing leaves a final state".into());
        let guards = &transition.guards;
        problems.expect(guards.contains(&Guard::Menu), &path, || {
            "no guard for the actor: `menu` is missing".into()
        });
        problems.expect(!guards.contains(&Guard::Owner), &path, || {
            "`owner` guards the applicant's actions only".into()
        });
        problems.expect(!transition.record.trim().is_empty(), &path, || {
            "has no record label".into()
        });
    }
}

fn check_applicant(definition: &Definition, problems: &mut Problems) {
    for (status, action, transition) in definition.applicant_transitions() {
        let path = format!("applicant_transitions.{status}.{action}");
        problems.expect(action.is_applicants(), &path, || {
            "is not the applicant's action".into()
        });
        problems.expect(transition.guards.contains(&Guard::Owner), &path, || {
            "no guard for the actor: `owner` is missing".into()
        });
        let is_theirs = matches!(status, Status::Draft | Status::Returned);
        problems.expect(is_theirs, &path, || {
            format!("nothing is the applicant's to do in {status}")
        });
    }
}

/// Exactly the states that name a step type are reached in it.
fn check_reachable(definition: &Definition, step: StepType, problems: &mut Problems) {
    let reached = reachable(definition, step);
    for state in definition
        .states
        .iter()
        .filter(|state| state.step_types.contains(&step))
    {
        problems.expect(reached.contains(&state.code), "states", || {
            format!("a {step} step never reaches `{}`", state.code)
        });
    }
    for outside in definition
        .outside
        .iter()
        .filter(|outside| outside.step_types.contains(&step))
    {
        let path = format!("outside.{}", outside.label);
        for state in outside.from.iter().chain(&outside.to) {
            problems.expect(allows(definition, step, *state), &path, || {
                format!("a {step} step has no state `{state}`")
            });
        }
    }
}

fn reachable(definition: &Definition, step: StepType) -> BTreeSet<StepState> {
    let outside = || {
        definition
            .outside
            .iter()
            .filter(|o| o.step_types.contains(&step))
    };
    let mut reached: BTreeSet<StepState> = outside()
        .filter(|o| o.from.is_empty())
        .flat_map(|o| o.to.iter().copied())
        .collect();
    loop {
        let acted = definition
            .transitions()
            .filter(|(of, from, ..)| *of == step && reached.contains(from))
            .map(|(.., transition)| transition.to);
        let moved = outside()
            .filter(|o| o.from.iter().any(|from| reached.contains(from)))
            .flat_map(|o| o.to.iter().copied());
        let next: BTreeSet<StepState> = acted.chain(moved).chain(reached.iter().copied()).collect();
        if next == reached {
            return reached;
        }
        reached = next;
    }
}

/// Every action has a transition and every transition a listed action.
fn check_actions(definition: &Definition, problems: &mut Problems) {
    let by_units = definition.transitions().map(|(_, _, action, _)| action);
    let by_applicant = definition
        .applicant_transitions()
        .map(|(_, action, _)| action);
    let used: BTreeSet<Action> = by_units.chain(by_applicant).collect();
    for action in &definition.actions {
        let path = format!("actions.{}", action.code);
        problems.expect(used.contains(&action.code), &path, || {
            "has no transition".into()
        });
        form::check_fields(&path, &action.fields, problems);
    }
    for action in used {
        let listed = definition.action(action).is_some();
        problems.expect(listed, "actions", || {
            format!("`{action}` has a transition but no entry")
        });
    }
}

/// What a deadline bounds is guarded by it.
fn check_deadlines(definition: &Definition, problems: &mut Problems) {
    for deadline in &definition.deadlines {
        for action in &deadline.governs {
            let path = format!("deadlines.{}.{action}", deadline.code);
            let bounded = if action.is_applicants() {
                definition
                    .applicant_transitions()
                    .any(|(_, of, transition)| of == *action && has_deadline(&transition.guards))
            } else {
                definition.transitions().any(|(step, _, of, transition)| {
                    of == *action
                        && deadline.step_type == Some(step)
                        && has_deadline(&transition.guards)
                })
            };
            problems.expect(bounded, &path, || "no transition is guarded by it".into());
        }
    }
}

fn has_deadline(guards: &[Guard]) -> bool {
    guards.contains(&Guard::Deadline) || guards.contains(&Guard::SubmitDeadline)
}

/// The applicant can read every situation.
fn check_words(definition: &Definition, problems: &mut Problems) {
    let words = &definition.words;
    for status in [Status::Draft, Status::Returned, Status::Terminated] {
        let has = words.applicant_status.contains_key(&status);
        problems.expect(has, "applicant_status", || format!("`{status}` is missing"));
    }
    for state in definition
        .states
        .iter()
        .filter(|state| state.code.is_open())
    {
        for step in &state.step_types {
            let has = words.applicant_steps.contains_key(&(*step, state.code));
            problems.expect(has, "applicant_step_status", || {
                format!("`{step}` in `{}` is missing", state.code)
            });
        }
    }
    for outcome in Outcome::ALL {
        let has = words.outcomes.contains_key(outcome);
        problems.expect(has, "outcomes", || format!("`{outcome}` is missing"));
    }
}
