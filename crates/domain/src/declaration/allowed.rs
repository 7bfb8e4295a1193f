//! Allowed actions: the decision asked about every action, up to the checks of its fields.

use super::decide;
use crate::DeclarationId;
use crate::facts::{Acting, Facts};
use crate::refusal::{Refusal, Warning};
use crate::vocabulary::{Action, StepType};

/// One action as it is offered or withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Which action.
    pub action: Action,
    /// Why it is withheld; the command would get the same.
    pub refusal: Option<Refusal>,
    /// What its dialog warns of.
    pub warnings: Vec<Warning>,
    /// The type of the step it is judged on, for the fields of its dialog.
    pub step_type: Option<StepType>,
}

/// Every action of the actor's side: the applicant's four, or a unit's.
pub fn allowed(id: DeclarationId, facts: &Facts) -> Vec<Allowed> {
    let applicants = facts.actor.acting == Acting::Applicant;
    let side = Action::ALL
        .iter()
        .copied()
        .filter(|action| action.is_applicants() == applicants);
    side.map(|action| judge(id, action, facts)).collect()
}

fn judge(id: DeclarationId, action: Action, facts: &Facts) -> Allowed {
    match decide::permit(id, action, facts) {
        Ok(permit) => Allowed {
            action,
            refusal: None,
            warnings: decide::warnings(&permit, facts),
            step_type: permit.step.map(|step| step.step_type),
        },
        Err(refusal) => Allowed {
            action,
            refusal: Some(refusal),
            warnings: Vec::new(),
            step_type: None,
        },
    }
}
