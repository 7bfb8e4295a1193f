//! The checks that need no field of the request, in the order of §13A.8.

use super::{Permit, submit};
use crate::declaration::state::{Declaration, Step, Target};
use crate::facts::{Acting, Facts};
use crate::refusal::{Code, Refusal};
use crate::time::Instant;
use crate::vocabulary::{Action, Signed, Status, StepState};
use crate::workflow::{Definition, Guard, Transition};
use crate::{DeclarationId, PersonId, UnitId};

/// The applicant's actions: NOT_FOUND, STALE_VERSION, WRONG_STATE, then those of the submission.
pub fn applicant(id: DeclarationId, action: Action, facts: &Facts) -> Result<Permit<'_>, Refusal> {
    let declaration = facts
        .declaration(id)
        .filter(|declaration| declaration.status != Status::Deleted)
        .filter(|declaration| {
            facts.actor.acting == Acting::Applicant
                && facts.actor.person == Some(declaration.applicant)
        })
        .ok_or(Code::NotFound)?;
    not_stale(declaration, facts)?;
    let definition = definition_of(declaration, facts)?;
    let transition = definition
        .applicant_transition(declaration.status, action)
        .ok_or(Code::WrongState)?;
    let permit = Permit {
        declaration,
        step: None,
        definition,
        action,
    };
    submit::guards(&permit, &transition.guards, facts)?;
    Ok(permit)
}

/// A unit's actions.
pub fn unit(id: DeclarationId, action: Action, facts: &Facts) -> Result<Permit<'_>, Refusal> {
    let (person, unit) = member(facts)?;
    let declaration = facts
        .declaration(id)
        .filter(|declaration| declaration.ever_at(unit))
        .ok_or(Code::NotFound)?;
    let staff = facts.staff(unit).ok_or(Code::NoPermission)?;
    if !staff.has_menu(person, declaration.kind.menu()) {
        return Err(Code::NoPermission.into());
    }
    if action == Action::Approve && !may_issue(declaration, unit, facts) {
        return Err(Code::NoPermission.into());
    }
    let shown = declaration.step_shown_to(unit).ok_or(Code::UnitMismatch)?;
    not_stale(declaration, facts)?;
    let definition = definition_of(declaration, facts)?;
    let step = if action == Action::Withdraw {
        reported_step(declaration, unit).unwrap_or(shown)
    } else {
        shown
    };
    let transition = definition
        .transition(step.step_type, step.state, action)
        .ok_or(Code::WrongState)?;
    let asked = Asked {
        declaration,
        step,
        person,
        facts,
    };
    asked.check(transition)?;
    Ok(Permit {
        declaration,
        step: Some(step),
        definition,
        action,
    })
}

fn member(facts: &Facts) -> Result<(PersonId, UnitId), Refusal> {
    let (Some(person), Acting::Unit(unit)) = (facts.actor.person, facts.actor.acting) else {
        return Err(Code::NoPermission.into());
    };
    let belongs = facts
        .staff(unit)
        .is_some_and(|staff| staff.role_of(person).is_some());
    if belongs {
        Ok((person, unit))
    } else {
        Err(Code::NoPermission.into())
    }
}

/// 审核通过 needs 职称发证权限: without it a running declaration stays and blocks (A50).
fn may_issue(declaration: &Declaration, unit: UnitId, facts: &Facts) -> bool {
    match declaration.target {
        Target::Setting {
            unit: accepting, ..
        } if accepting == unit => facts.unit(unit).is_some_and(|unit| unit.issuing_authority),
        _ => true,
    }
}

fn not_stale(declaration: &Declaration, facts: &Facts) -> Result<(), Refusal> {
    match facts.expected_version {
        Some(version) if version != declaration.version => Err(Code::StaleVersion.into()),
        _ => Ok(()),
    }
}

fn definition_of<'a>(
    declaration: &Declaration,
    facts: &'a Facts,
) -> Result<&'a Definition, Refusal> {
    facts
        .definition(declaration.kind, declaration.definition.version)
        .ok_or_else(|| Code::WrongState.into())
}

/// The step a withdrawal is judged on: the unit's 已上报 step (§2, authority rule 1c).
fn reported_step(declaration: &Declaration, unit: UnitId) -> Option<&Step> {
    declaration
        .steps
        .iter()
        .find(|step| step.unit == unit && !step.removed && step.state == StepState::Reported)
}

struct Asked<'a> {
    declaration: &'a Declaration,
    step: &'a Step,
    person: PersonId,
    facts: &'a Facts,
}

impl Asked<'_> {
    /// The transition's guards in the order of §13A.8, whatever their order in the file.
    fn check(&self, transition: &Transition) -> Result<(), Refusal> {
        let asks = |guard: Guard| transition.guards.contains(&guard);
        if asks(Guard::NotApplicant) && self.person == self.declaration.applicant {
            return Err(Code::ConflictOfInterest.into());
        }
        if asks(Guard::Handler) && self.step.handler != Some(self.person) {
            return Err(Code::NotHandler.into());
        }
        if asks(Guard::HandlerOrLegalUser)
            && self.step.handler != Some(self.person)
            && !self.is_legal_user()
        {
            return Err(Code::NotHandler.into());
        }
        if asks(Guard::NotHandler) && self.step.handler == Some(self.person) {
            return Err(Code::AlreadyHandler.into());
        }
        if asks(Guard::UnsignedAbove) && !unsigned_above(self.declaration, self.step) {
            return Err(Code::SuperiorSigned.into());
        }
        if asks(Guard::Deadline)
            && deadline(self.declaration, self.step, self.facts)
                .is_some_and(|at| self.facts.at >= at)
        {
            return Err(Code::DeadlinePassed.into());
        }
        Ok(())
    }

    fn is_legal_user(&self) -> bool {
        self.facts
            .staff(self.step.unit)
            .is_some_and(|staff| staff.legal_user == Some(self.person))
    }
}

/// Gn: the step this one's last report made is still open, was made and not reopened by it, and
/// nobody has signed for it or decided on it by hand.
fn unsigned_above(declaration: &Declaration, step: &Step) -> bool {
    let Some(above) = declaration.open_step() else {
        return false;
    };
    let untouched = match above.signed {
        None => above.state == StepState::ToSign,
        Some(Signed::Auto) => !above.decided,
        Some(Signed::Manual) => false,
    };
    above.reported_by == Some(step.n) && !above.reopened && untouched
}

/// The deadline in force for a step, from the plan as it stands now (A12). 认定 has none.
pub fn deadline(declaration: &Declaration, step: &Step, facts: &Facts) -> Option<Instant> {
    deadline_with(declaration, step, &[], facts)
}

/// The deadline of a step that may use those of further step types as well.
pub fn deadline_with(
    declaration: &Declaration,
    step: &Step,
    further: &[crate::vocabulary::StepType],
    facts: &Facts,
) -> Option<Instant> {
    let Target::Committee { committee, .. } = declaration.target else {
        return None;
    };
    let extended: Vec<_> = step.extended.iter().chain(further).copied().collect();
    facts
        .committee(committee)?
        .deadlines
        .in_force(step.step_type, &extended)
}
