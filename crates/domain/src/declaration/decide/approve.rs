//! 审核通过: the accepting unit's decision on 初定 and 确认 (A31).

use super::chain::all_moved;
use super::{Permit, actor_names, opinion, submit};
use crate::decision::Decision;
use crate::declaration::events::{AcceptedFinal, Remark};
use crate::facts::Facts;
use crate::refusal::Refusal;
use crate::vocabulary::StepState;

pub fn decide(permit: &Permit<'_>, text: &str, facts: &Facts) -> Result<Decision, Refusal> {
    let declaration = permit.declaration;
    let step = permit.unit_step()?;
    let text = opinion(text, permit.limit("opinion"), false)?;
    let event = AcceptedFinal {
        steps: all_moved(declaration, step, StepState::Concluded),
        personal: Some(Remark {
            names: actor_names(facts),
            text,
        }),
    };
    Ok(Decision::on(declaration.stream(), vec![event.into()])
        .claiming(vec![submit::free_live(declaration)]))
}
