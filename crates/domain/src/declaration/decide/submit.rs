//! 提交 and 再次提交 (§11.6, §13A.1a).

use super::chain::{new_step, reopened, signed_automatically};
use super::{Permit, actor_names, guards};
use crate::claim::{Claim, ClaimChange};
use crate::decision::Decision;
use crate::declaration::events::{Resubmitted, StepOutcome, Submission, Submitted};
use crate::declaration::state::{Declaration, Target};
use crate::event::Event;
use crate::facts::Facts;
use crate::refusal::{Code, Problem, Refusal};
use crate::requirement::Requirement;
use crate::stream::Stream;
use crate::time::Instant;
use crate::vocabulary::StepType;
use crate::workflow::{Definition, Guard};
use sha2::{Digest, Sha256};

pub fn decide(permit: &Permit<'_>, facts: &Facts) -> Result<Decision, Refusal> {
    let declaration = permit.declaration;
    let personal = submission(declaration, facts);
    let (step, event): (StepOutcome, Event) = match declaration.steps.first() {
        Some(work_unit) => {
            let step = reopened(declaration, work_unit, facts);
            let content_changed = personal.as_ref().map(|submission| &submission.content)
                != declaration.submitted_content.as_ref();
            let event = Resubmitted {
                steps: vec![step.clone()],
                content_changed,
                personal,
            };
            (step, event.into())
        }
        None => {
            let step = new_step(declaration, declaration.work_unit, StepType::WorkUnit, None);
            let requirements = facts.requirements(&declaration.target);
            let event = Submitted {
                steps: vec![step.clone()],
                requirements,
                personal,
            };
            (step, event.into())
        }
    };
    let events = std::iter::once(event)
        .chain(signed_automatically(&step, facts))
        .collect();
    let live = ClaimChange::Take {
        stream: declaration.live_claim(),
        by: declaration.id.0,
    };
    Ok(Decision::on(declaration.stream(), events).claiming(vec![live]))
}

/// Gives the live claim back: the declaration is not in any unit's hands any more.
pub fn free_live(declaration: &Declaration) -> ClaimChange {
    ClaimChange::Free {
        stream: declaration.live_claim(),
        by: declaration.id.0,
    }
}

/// The checks of a submission, in the order of §13A.8, as far as the transition asks for them.
pub fn guards(permit: &Permit<'_>, asked: &[Guard], facts: &Facts) -> Result<(), Refusal> {
    let asks = |guard: Guard| asked.contains(&guard);
    let declaration = permit.declaration;
    let is_past = |deadline: Option<Instant>| deadline.is_some_and(|at| facts.at >= at);
    if asks(Guard::Deadline) && is_past(work_unit_deadline(permit, facts)) {
        return Err(Code::DeadlinePassed.into());
    }
    if asks(Guard::SubmitDeadline) && is_past(submit_deadline(&declaration.target, facts)) {
        return Err(Code::SubmitDeadlinePassed.into());
    }
    if asks(Guard::SettingEnabled) && !is_offered(&declaration.target, facts) {
        return Err(Code::SettingDisabled.into());
    }
    if asks(Guard::YearLock) && is_locked(&declaration.year_lock(facts.at.year()), facts) {
        return Err(Code::YearLocked.into());
    }
    if asks(Guard::NoDuplicate)
        && facts
            .claim(&declaration.live_claim())
            .is_some_and(|claim| claim.holder.is_some())
    {
        return Err(Code::DuplicateLive.into());
    }
    if asks(Guard::WorkUnitReady)
        && !facts
            .unit(declaration.work_unit)
            .is_some_and(crate::unit::Unit::is_ready)
    {
        return Err(Code::TargetNotReady.into());
    }
    if asks(Guard::Complete) {
        let errors = completeness(declaration, permit.definition, facts);
        if !errors.is_empty() {
            return Err(Refusal {
                errors,
                ..Code::Incomplete.into()
            });
        }
    }
    Ok(())
}

/// 再次提交 runs until the work unit's deadline in force (A14).
fn work_unit_deadline(permit: &Permit<'_>, facts: &Facts) -> Option<Instant> {
    let declaration = permit.declaration;
    guards::deadline(declaration, declaration.steps.first()?, facts)
}

/// 申请书提交截止时间 of a committee's plan; 认定 has none.
pub fn submit_deadline(target: &Target, facts: &Facts) -> Option<Instant> {
    match target {
        Target::Committee { committee, .. } => facts.committee(*committee)?.deadlines.submit,
        Target::Setting { .. } => None,
    }
}

/// Whether the committee has a plan, or the setting is switched on.
pub fn is_offered(target: &Target, facts: &Facts) -> bool {
    match target {
        Target::Committee { committee, .. } => facts
            .committee(*committee)
            .is_some_and(|found| found.has_plan),
        Target::Setting { setting, .. } => {
            facts.setting(*setting).is_some_and(|found| found.enabled)
        }
    }
}

/// Gl: whether a termination locks the choice (§13A.7). The lock names the year of the check.
pub fn is_locked(lock: &Stream, facts: &Facts) -> bool {
    facts.claim(lock).is_some_and(Claim::is_locked)
}

/// All that keeps a declaration from being submitted: required sections, fields and attachments,
/// these as they stood at the first submission.
pub fn completeness(
    declaration: &Declaration,
    definition: &Definition,
    facts: &Facts,
) -> Vec<Problem> {
    let requirements = match &declaration.requirements {
        Some(requirements) => requirements.clone(),
        None => facts.requirements(&declaration.target),
    };
    let mut problems = Vec::new();
    for section in &definition.sections {
        match declaration.sections.get(&section.code) {
            None if section.required => {
                problems.push(missing_section(&section.code, &section.label))
            }
            None => {}
            Some(saved) => problems.extend(saved.missing.iter().map(|field| Problem {
                section: section.code.clone(),
                field: field.clone(),
                title: format!("请填写{}", section.field_label(field)),
            })),
        }
    }
    problems.extend(missing_attachments(declaration, &requirements));
    problems
}

fn missing_section(code: &str, label: &str) -> Problem {
    Problem {
        section: code.to_owned(),
        field: "*".to_owned(),
        title: format!("请填写{label}"),
    }
}

fn missing_attachments(declaration: &Declaration, requirements: &[Requirement]) -> Vec<Problem> {
    let attached = |requirement: &Requirement| {
        declaration
            .sections
            .values()
            .any(|section| section.attached.contains(&requirement.id))
    };
    let missing = requirements
        .iter()
        .filter(|requirement| requirement.required && !attached(requirement));
    missing
        .map(|requirement| Problem {
            section: "attachments".to_owned(),
            field: requirement.id.to_string(),
            title: format!("请上传{}", requirement.name),
        })
        .collect()
}

/// The applicant and the content as submitted; nothing of it once the key was destroyed.
fn submission(declaration: &Declaration, facts: &Facts) -> Option<Submission> {
    Some(Submission {
        applicant: declaration.person_in_form.clone()?,
        content: content_digest(declaration)?,
        names: actor_names(facts),
    })
}

/// SHA-256 over every section's code and canonical content, in the order of the codes (A8).
fn content_digest(declaration: &Declaration) -> Option<String> {
    let mut digest = Sha256::new();
    for (code, section) in &declaration.sections {
        digest.update(code.as_bytes());
        digest.update([0]);
        digest.update(section.content.as_ref()?.as_bytes());
        digest.update([0]);
    }
    Some(hex::encode(digest.finalize()))
}
