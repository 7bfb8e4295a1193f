//! 签收 (§5.2): the signer becomes the handler.

use super::Permit;
use super::chain::{as_it_is, by_actor, signed_automatically};
use crate::decision::Decision;
use crate::declaration::events::{SignedFor, StepOutcome};
use crate::facts::{Acting, Facts};
use crate::refusal::{Code, Refusal};
use crate::vocabulary::{Signed, StepState};
use crate::{DeclarationId, UnitId};

pub fn decide(permit: &Permit<'_>, facts: &Facts) -> Result<Decision, Refusal> {
    let step = StepOutcome {
        state: StepState::ToReview,
        handler: facts.actor.person,
        signed: Some(Signed::Manual),
        ..as_it_is(permit.unit_step()?)
    };
    let event = SignedFor {
        steps: vec![step],
        auto: false,
        personal: by_actor(facts),
    };
    Ok(Decision::on(
        permit.declaration.stream(),
        vec![event.into()],
    ))
}

/// What the reactor does after a unit switched 签收 off (A5): signs a row that still waits, unless
/// the unit switched it on again. Nothing to do is no refusal; only Docket itself may ask.
pub fn automatically(id: DeclarationId, unit: UnitId, facts: &Facts) -> Result<Decision, Refusal> {
    if facts.actor.acting != Acting::System {
        return Err(Code::NoPermission.into());
    }
    let Some(declaration) = facts.declaration(id) else {
        return Ok(Decision::default());
    };
    let waiting = declaration.open_step().filter(|step| step.unit == unit);
    let event = waiting.and_then(|step| signed_automatically(&as_it_is(step), facts));
    Ok(match event {
        Some(event) => Decision::on(declaration.stream(), vec![event]),
        None => Decision::default(),
    })
}
