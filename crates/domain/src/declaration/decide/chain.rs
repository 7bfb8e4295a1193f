//! The chain of steps: what opens, reopens, moves and closes.

use super::actor_names;
use crate::declaration::events::{People, SignedFor, StepOutcome};
use crate::declaration::state::{Declaration, Step};
use crate::event::Event;
use crate::facts::Facts;
use crate::vocabulary::{Signed, StepState, StepType};
use crate::{PersonId, UnitId};

/// A step as it stands, to be changed.
pub fn as_it_is(step: &Step) -> StepOutcome {
    StepOutcome {
        n: step.n,
        unit: step.unit,
        step_type: step.step_type,
        state: step.state,
        handler: step.handler,
        signed: step.signed,
        reported_by: step.reported_by,
        reopened: step.reopened,
        decided: step.decided,
        removed: step.removed,
        extended: step.extended.clone(),
    }
}

/// A step in another state, otherwise as it is.
pub fn moved(step: &Step, state: StepState) -> StepOutcome {
    StepOutcome {
        state,
        ..as_it_is(step)
    }
}

/// A step its handler decided on.
pub fn decided(step: &Step, state: StepState) -> StepOutcome {
    StepOutcome {
        decided: true,
        ..moved(step, state)
    }
}

/// A new step, not signed for yet.
pub fn new_step(
    declaration: &Declaration,
    unit: UnitId,
    step_type: StepType,
    reported_by: Option<u32>,
) -> StepOutcome {
    StepOutcome {
        n: declaration
            .steps
            .iter()
            .map(|step| step.n)
            .max()
            .unwrap_or(0)
            + 1,
        unit,
        step_type,
        state: StepState::ToSign,
        handler: None,
        signed: None,
        reported_by,
        reopened: false,
        decided: false,
        removed: false,
        extended: Vec::new(),
    }
}

/// A step opened again (A4): 待审核 with its last handler if he is the unit's legal user or still
/// an operator with the kind's menu; else not signed for, and the toggle decides.
pub fn reopened(declaration: &Declaration, step: &Step, facts: &Facts) -> StepOutcome {
    let kept = step
        .handler
        .filter(|handler| may_keep(declaration, step.unit, *handler, facts));
    let mut outcome = StepOutcome {
        reopened: true,
        ..as_it_is(step)
    };
    match kept {
        Some(_) => outcome.state = StepState::ToReview,
        None => {
            outcome.state = StepState::ToSign;
            outcome.handler = None;
            outcome.signed = None;
        }
    }
    outcome
}

fn may_keep(declaration: &Declaration, unit: UnitId, handler: PersonId, facts: &Facts) -> bool {
    facts
        .staff(unit)
        .is_some_and(|staff| staff.has_menu(handler, declaration.kind.menu()))
}

/// The automatic 签收 of a step that has just arrived unsigned at a unit with 签收 off: a row of
/// its own in the record, by the system, for the legal user.
pub fn signed_automatically(arrived: &StepOutcome, facts: &Facts) -> Option<Event> {
    if arrived.state != StepState::ToSign || facts.unit(arrived.unit)?.sign_off {
        return None;
    }
    let legal_user = facts.staff(arrived.unit)?.legal_user?;
    let step = StepOutcome {
        state: StepState::ToReview,
        handler: Some(legal_user),
        signed: Some(Signed::Auto),
        ..arrived.clone()
    };
    let names = [(legal_user, facts.name_of(legal_user))]
        .into_iter()
        .collect();
    Some(
        SignedFor {
            steps: vec![step],
            auto: true,
            personal: Some(People { names }),
        }
        .into(),
    )
}

/// Every step that is not removed, moved to one state: a final decision or a termination.
pub fn all_moved(declaration: &Declaration, decider: &Step, state: StepState) -> Vec<StepOutcome> {
    let standing = declaration.steps.iter().filter(|step| !step.removed);
    standing
        .map(|step| {
            if step.n == decider.n {
                decided(step, state)
            } else {
                moved(step, state)
            }
        })
        .collect()
}

/// The acting person's name as an event's sealed half.
pub fn by_actor(facts: &Facts) -> Option<People> {
    Some(People {
        names: actor_names(facts),
    })
}

/// Adds step types to those whose deadline a step may use, once each, in order.
pub fn extend(outcome: &mut StepOutcome, by: &[StepType]) {
    let own = outcome.step_type;
    outcome
        .extended
        .extend(by.iter().filter(|step_type| **step_type != own));
    outcome.extended.sort_unstable();
    outcome.extended.dedup();
}
