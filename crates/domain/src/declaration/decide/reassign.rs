//! 变更办理人 (§5.10): only ever to the person who clicks.

use super::Permit;
use super::chain::as_it_is;
use crate::decision::Decision;
use crate::declaration::events::{HandlerChanged, Names, People, StepOutcome};
use crate::facts::Facts;
use crate::refusal::Refusal;

pub fn decide(permit: &Permit<'_>, facts: &Facts) -> Result<Decision, Refusal> {
    let step = permit.unit_step()?;
    let people = [step.handler, facts.actor.person];
    let names: Names = people
        .into_iter()
        .flatten()
        .map(|person| (person, facts.name_of(person)))
        .collect();
    let event = HandlerChanged {
        steps: vec![StepOutcome {
            handler: facts.actor.person,
            decided: true,
            ..as_it_is(step)
        }],
        from: step.handler,
        personal: Some(People { names }),
    };
    Ok(Decision::on(
        permit.declaration.stream(),
        vec![event.into()],
    ))
}
