//! 撤回报送 (§5.9): while nobody above has signed, the report is taken back and the step it made
//! vanishes from its unit's tabs.

use super::chain::{as_it_is, by_actor, moved};
use super::{Permit, guards};
use crate::decision::Decision;
use crate::declaration::events::{ReportWithdrawn, StepOutcome};
use crate::facts::Facts;
use crate::refusal::{Code, Refusal, Warning};
use crate::vocabulary::{StepState, StepType};

pub fn decide(permit: &Permit<'_>, facts: &Facts) -> Result<Decision, Refusal> {
    let step = permit.unit_step()?;
    let above = permit.declaration.open_step().ok_or(Code::SuperiorSigned)?;
    let before = match step.step_type {
        StepType::WorkUnit => StepState::Publicizing,
        _ => StepState::ToReview,
    };
    let event = ReportWithdrawn {
        steps: vec![
            moved(step, before),
            StepOutcome {
                removed: true,
                ..as_it_is(above)
            },
        ],
        from: above.unit,
        personal: by_actor(facts),
    };
    Ok(
        Decision::on(permit.declaration.stream(), vec![event.into()])
            .warning(warnings(permit, facts)),
    )
}

/// CANNOT_BE_REPORTED_AGAIN (A11): the reporter's deadline has passed.
pub fn warnings(permit: &Permit<'_>, facts: &Facts) -> Vec<Warning> {
    let deadline = permit
        .step
        .and_then(|step| guards::deadline(permit.declaration, step, facts));
    match deadline {
        Some(deadline) if facts.at >= deadline => vec![Warning::CannotBeReportedAgain],
        _ => Vec::new(),
    }
}
