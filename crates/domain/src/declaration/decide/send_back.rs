//! 退回申报 (§5.7): to the applicant, or to an earlier unit of the live path.

use super::chain::{decided, extend, moved, reopened, signed_automatically};
use super::{Permit, actor_names, guards, reason};
use crate::decision::Decision;
use crate::declaration::events::{Remark, ReturnTo, Returned, StepOutcome};
use crate::declaration::state::{Declaration, Step};
use crate::event::Event;
use crate::facts::Facts;
use crate::refusal::{Code, Refusal, Warning};
use crate::vocabulary::{StepState, StepType};

pub fn decide(
    permit: &Permit<'_>,
    to: Option<ReturnTo>,
    text: &str,
    facts: &Facts,
) -> Result<Decision, Refusal> {
    let step = permit.unit_step()?;
    let to = to.ok_or_else(|| Refusal::of_field(Code::FieldRequired, "to"))?;
    let text = reason(text, permit.limit("reason"))?;
    if !return_targets(permit.declaration, step).contains(&to) {
        return Err(Refusal::of_field(Code::ReturnTargetInvalid, "to"));
    }
    let steps = outcome(permit.declaration, step, to, facts);
    let arrival = steps
        .last()
        .and_then(|arrived| signed_automatically(arrived, facts))
        .filter(|_| to != ReturnTo::Applicant);
    let returned = Returned {
        steps,
        to,
        personal: Some(Remark {
            names: actor_names(facts),
            text,
        }),
    };
    let events: Vec<Event> = std::iter::once(returned.into()).chain(arrival).collect();
    let mut decision = Decision::on(permit.declaration.stream(), events)
        .warning(warnings(permit, step, to, facts));
    if to == ReturnTo::Applicant {
        decision = decision.claiming(vec![super::submit::free_live(permit.declaration)]);
    }
    Ok(decision)
}

/// 退回到, nearest first: every earlier unit of the live path, then the applicant (A7). The work
/// unit's only target is the applicant.
pub fn return_targets(declaration: &Declaration, from: &Step) -> Vec<ReturnTo> {
    let below = declaration
        .live_path()
        .into_iter()
        .filter(|step| step.n != from.n);
    below
        .map(|step| ReturnTo::Unit(step.unit))
        .chain([ReturnTo::Applicant])
        .collect()
}

/// The steps touched: those above the target to 已退回, the target last. The deadline of the
/// returning step serves the target and every step between on the way up again (A12).
fn outcome(
    declaration: &Declaration,
    from: &Step,
    to: ReturnTo,
    facts: &Facts,
) -> Vec<StepOutcome> {
    let lent = lent_deadlines(from);
    let mut steps = Vec::new();
    for step in declaration.live_path() {
        let is_target = to == ReturnTo::Unit(step.unit) && step.n != from.n;
        let mut outcome = match is_target {
            true => reopened(declaration, step, facts),
            false if step.n == from.n => decided(step, StepState::Returned),
            false => moved(step, StepState::Returned),
        };
        if step.n != from.n {
            extend(&mut outcome, &lent);
        }
        steps.push(outcome);
        if is_target {
            break;
        }
    }
    steps
}

fn lent_deadlines(from: &Step) -> Vec<StepType> {
    from.extended
        .iter()
        .copied()
        .chain([from.step_type])
        .collect()
}

/// What the dialog warns of for its default target, the nearest.
pub fn warnings_of_default(permit: &Permit<'_>, facts: &Facts) -> Vec<Warning> {
    let Some(step) = permit.step else {
        return Vec::new();
    };
    match return_targets(permit.declaration, step).first() {
        Some(to) => warnings(permit, step, *to, facts),
        None => Vec::new(),
    }
}

/// CANNOT_BE_RESUBMITTED, CANNOT_BE_REPORTED_AGAIN (A11): no time is left where it goes.
fn warnings(permit: &Permit<'_>, from: &Step, to: ReturnTo, facts: &Facts) -> Vec<Warning> {
    let path = permit.declaration.live_path();
    let (target, warning) = match to {
        ReturnTo::Applicant => (path.last(), Warning::CannotBeResubmitted),
        ReturnTo::Unit(unit) => (
            path.iter()
                .find(|step| step.unit == unit && step.n != from.n),
            Warning::CannotBeReportedAgain,
        ),
    };
    let lent = if target.is_some_and(|target| target.n == from.n) {
        Vec::new()
    } else {
        lent_deadlines(from)
    };
    let deadline =
        target.and_then(|target| guards::deadline_with(permit.declaration, target, &lent, facts));
    match deadline {
        Some(deadline) if facts.at >= deadline => vec![warning],
        _ => Vec::new(),
    }
}
