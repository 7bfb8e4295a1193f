//! 报送上级单位 (§5.6): makes or reopens the next step.

use super::chain::{as_it_is, decided, extend, new_step, reopened, signed_automatically};
use super::{Permit, actor_names, field, opinion};
use crate::Kind;
use crate::UnitId;
use crate::calendar::CalendarMissing;
use crate::decision::Decision;
use crate::declaration::command::ReportForm;
use crate::declaration::events::{Publicity, Recommendation, Reported, StepOutcome};
use crate::declaration::state::{Declaration, Step};
use crate::event::Event;
use crate::facts::Facts;
use crate::refusal::{Code, Refusal};
use crate::time::Day;
use crate::vocabulary::{StepState, StepType};

pub fn decide(permit: &Permit<'_>, form: &ReportForm, facts: &Facts) -> Result<Decision, Refusal> {
    let declaration = permit.declaration;
    let step = permit.unit_step()?;
    let recommendation = recommendation(permit, form, facts)?;
    let target = form
        .target
        .ok_or_else(|| Refusal::of_field(Code::FieldRequired, "target_unit_id"))?;
    let is_work_unit = step.step_type == StepType::WorkUnit;
    let publicity = if is_work_unit {
        Some(publicity(permit, form.publicity, facts)?)
    } else {
        None
    };
    let next = next_step(declaration, step, target, facts)?;
    let arrival = signed_automatically(&next, facts);
    let reported = Reported {
        steps: vec![decided(step, StepState::Reported), next],
        target,
        publicity,
        needs_interview: (declaration.kind == Kind::Initial)
            .then(|| form.needs_interview.unwrap_or(false)),
        personal: Some(recommendation),
    };
    let events: Vec<Event> = std::iter::once(reported.into()).chain(arrival).collect();
    Ok(Decision::on(declaration.stream(), events))
}

/// 负责人, 联系电话, 推荐意见, in the order of the form.
fn recommendation(
    permit: &Permit<'_>,
    form: &ReportForm,
    facts: &Facts,
) -> Result<Recommendation, Refusal> {
    let limit = |name| permit.limit(name);
    Ok(Recommendation {
        responsible_person: field(
            &form.responsible_person,
            "responsible_person",
            limit("responsible_person"),
            true,
        )?,
        phone: field(&form.phone, "phone", limit("phone"), true)?,
        opinion: opinion(&form.opinion, limit("opinion"), true)?,
        names: actor_names(facts),
    })
}

/// Gpub: given, in order, not before the content was approved (A8), long enough (A16), over (A17).
fn publicity(
    permit: &Permit<'_>,
    given: Option<Publicity>,
    facts: &Facts,
) -> Result<Publicity, Refusal> {
    let refuse = |code| Refusal::of_field(code, "publicity");
    let publicity = given.ok_or_else(|| refuse(Code::PublicityRequired))?;
    in_order(publicity, permit.declaration.publicity_from)?;
    let finished = publicity.end < facts.at.day();
    let long_enough = long_enough(&publicity, permit.definition.publicity_days, facts);
    match long_enough {
        Ok(false) => Err(refuse(Code::PublicityTooShort)),
        _ if !finished => Err(refuse(Code::PublicityNotFinished)),
        Err(missing) => Err(refuse(Code::CalendarMissing).with_detail(missing.to_string())),
        Ok(true) => Ok(publicity),
    }
}

/// The last day is not before the first, nor the first before the earliest allowed (A8).
pub fn in_order(publicity: Publicity, earliest: Option<Day>) -> Result<(), Refusal> {
    let refuse = |code| Err(Refusal::of_field(code, "publicity"));
    if publicity.end < publicity.start {
        return refuse(Code::PublicityRangeInvalid);
    }
    if earliest.is_some_and(|earliest| publicity.start < earliest) {
        return refuse(Code::PublicityTooEarly);
    }
    Ok(())
}

/// Whether a range holds so many working days (A16).
///
/// # Errors
/// [`CalendarMissing`] when a year it touches was not loaded.
pub fn long_enough(
    publicity: &Publicity,
    days: u32,
    facts: &Facts,
) -> Result<bool, CalendarMissing> {
    let Some(calendar) = facts.calendar() else {
        return Err(CalendarMissing {
            year: publicity.start.year(),
        });
    };
    let workdays = calendar
        .holidays
        .workdays_between(publicity.start, publicity.end)?;
    Ok(workdays >= days)
}

/// Where a report would lead, for the picker: the type of the step, or why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportTarget {
    /// What the unit's step would be.
    pub step_type: StepType,
    /// Whether it is the declaration's own accepting unit or committee.
    pub terminal: bool,
    /// Why it cannot be chosen.
    pub refusal: Option<Code>,
}

/// Judges one unit of the picker (A52).
pub fn report_target(declaration: &Declaration, unit: UnitId, facts: &Facts) -> ReportTarget {
    let refusal = may_be_reported_to(declaration, unit, facts)
        .err()
        .map(|refusal| refusal.code);
    ReportTarget {
        step_type: step_type_of(declaration, unit),
        terminal: unit == declaration.target.unit(),
        refusal,
    }
}

/// What a unit's step would be.
pub fn step_type_of(declaration: &Declaration, unit: UnitId) -> StepType {
    match unit == declaration.target.unit() {
        true => declaration.target.step_type(),
        false => StepType::Superior,
    }
}

/// The unit the picker shows first: the declaration's own terminal unit.
pub fn report_targets_first(declaration: &Declaration) -> UnitId {
    declaration.target.unit()
}

/// Gt: the unit is ready and not on the live path. The declaration's own terminal unit may always
/// be reported to while its terminal step is not open, also where it is the reporter's.
fn may_be_reported_to(
    declaration: &Declaration,
    target: UnitId,
    facts: &Facts,
) -> Result<(), Refusal> {
    let refuse = |code| Err(Refusal::of_field(code, "target_unit_id"));
    let path = declaration.live_path();
    if target == declaration.target.unit() {
        let decides = path
            .first()
            .is_some_and(|open| open.step_type == declaration.target.step_type());
        return if decides {
            refuse(Code::TargetInChain)
        } else {
            Ok(())
        };
    }
    if !facts.unit(target).is_some_and(crate::unit::Unit::is_ready) {
        return refuse(Code::TargetNotReady);
    }
    if path.iter().any(|step| step.unit == target) {
        refuse(Code::TargetInChain)
    } else {
        Ok(())
    }
}

fn next_step(
    declaration: &Declaration,
    from: &Step,
    target: UnitId,
    facts: &Facts,
) -> Result<StepOutcome, Refusal> {
    may_be_reported_to(declaration, target, facts)?;
    let terminal = target == declaration.target.unit();
    let step_type = if terminal {
        declaration.target.step_type()
    } else {
        StepType::Superior
    };
    let standing = declaration
        .steps
        .iter()
        .find(|step| step.unit == target && step.step_type == step_type && !step.removed);
    let mut next = match standing {
        Some(step) => StepOutcome {
            reported_by: Some(from.n),
            ..reopened(declaration, step, facts)
        },
        None => new_step(declaration, target, step_type, Some(from.n)),
    };
    if !terminal {
        extend(&mut next, &as_it_is(from).extended);
    }
    Ok(next)
}
