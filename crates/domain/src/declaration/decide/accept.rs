//! 受理通过: the committee's office takes the declaration to the review.

use super::Permit;
use super::chain::{by_actor, decided};
use crate::decision::Decision;
use crate::declaration::events::CommitteeAccepted;
use crate::facts::Facts;
use crate::refusal::Refusal;
use crate::vocabulary::StepState;

pub fn decide(permit: &Permit<'_>, facts: &Facts) -> Result<Decision, Refusal> {
    let steps = vec![decided(permit.unit_step()?, StepState::Accepted)];
    let event = CommitteeAccepted {
        steps,
        personal: by_actor(facts),
    };
    Ok(Decision::on(
        permit.declaration.stream(),
        vec![event.into()],
    ))
}
