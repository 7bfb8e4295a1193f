//! 评审结论: 评审通过 or 评审未通过.

use super::chain::all_moved;
use super::{Permit, actor_names, opinion, submit};
use crate::decision::Decision;
use crate::declaration::events::{Remark, ReviewConcluded};
use crate::facts::Facts;
use crate::refusal::{Code, Refusal};
use crate::vocabulary::StepState;

pub fn decide(
    permit: &Permit<'_>,
    passed: Option<bool>,
    text: &str,
    facts: &Facts,
) -> Result<Decision, Refusal> {
    let declaration = permit.declaration;
    let step = permit.unit_step()?;
    let passed = passed.ok_or_else(|| Refusal::of_field(Code::FieldRequired, "passed"))?;
    let text = opinion(text, permit.limit("opinion"), false)?;
    let event = ReviewConcluded {
        steps: all_moved(declaration, step, StepState::Concluded),
        passed,
        personal: Some(Remark {
            names: actor_names(facts),
            text,
        }),
    };
    Ok(Decision::on(declaration.stream(), vec![event.into()])
        .claiming(vec![submit::free_live(declaration)]))
}
