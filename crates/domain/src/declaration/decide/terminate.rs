//! 终止申报 (§5.8): terminal, and the person is locked out of the target for the year.

use super::chain::all_moved;
use super::{Permit, actor_names, reason, submit};
use crate::claim::ClaimChange;
use crate::decision::Decision;
use crate::declaration::events::{Remark, Terminated};
use crate::facts::Facts;
use crate::refusal::Refusal;
use crate::vocabulary::StepState;

pub fn decide(permit: &Permit<'_>, text: &str, facts: &Facts) -> Result<Decision, Refusal> {
    let declaration = permit.declaration;
    let step = permit.unit_step()?;
    let text = reason(text, permit.limit("reason"))?;
    let year = facts.at.year();
    let event = Terminated {
        steps: all_moved(declaration, step, StepState::Terminated),
        year,
        personal: Some(Remark {
            names: actor_names(facts),
            text,
        }),
    };
    let lock = ClaimChange::Count {
        stream: declaration.year_lock(year),
        declaration: declaration.id,
    };
    Ok(Decision::on(declaration.stream(), vec![event.into()])
        .claiming(vec![submit::free_live(declaration), lock]))
}
