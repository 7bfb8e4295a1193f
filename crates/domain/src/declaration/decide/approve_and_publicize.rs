//! 审核通过并公示 (§5.4): the work unit's step goes public; the handler stays.

use super::chain::{by_actor, moved};
use super::{Permit, guards};
use crate::decision::Decision;
use crate::declaration::events::ApprovedAndPublicized;
use crate::facts::Facts;
use crate::refusal::{Refusal, Warning};
use crate::vocabulary::StepState;

pub fn decide(permit: &Permit<'_>, facts: &Facts) -> Result<Decision, Refusal> {
    let step = permit.unit_step()?;
    let event = ApprovedAndPublicized {
        steps: vec![moved(step, StepState::Publicizing)],
        publicity_from: permit.declaration.publicity_from.unwrap_or(facts.at.day()),
        personal: by_actor(facts),
    };
    Ok(
        Decision::on(permit.declaration.stream(), vec![event.into()])
            .warning(warnings(permit, facts)),
    )
}

/// PUBLICITY_CANNOT_FINISH (A15): a publicity starting today ends on day e; the report is possible
/// from the start of the day after, which is not before the deadline.
pub fn warnings(permit: &Permit<'_>, facts: &Facts) -> Vec<Warning> {
    let Some(deadline) = permit
        .step
        .and_then(|step| guards::deadline(permit.declaration, step, facts))
    else {
        return Vec::new();
    };
    let Some(calendar) = facts.calendar() else {
        return Vec::new();
    };
    let end = calendar
        .holidays
        .earliest_end(facts.at.day(), permit.definition.publicity_days);
    match end {
        Ok(end) if end.next().start() >= deadline => vec![Warning::PublicityCannotFinish],
        _ => Vec::new(),
    }
}
