//! Commands to events, one file per action.
//!
//! Every check runs in the order of §13A.8 and the first that fails answers. What needs no field
//! of the request is in [`permit`]; it alone says which actions are offered, so that what is
//! offered succeeds and what is withheld is refused with the same code.
//!
//! # Adding an action
//! One file in `decide/`, one row in a workflow file, one arm in [`decide`] and in [`permit`].

mod accept;
mod approve;
mod approve_and_publicize;
mod chain;
mod conclude;
mod create;
mod delete;
mod guards;
mod reassign;
mod report;
mod save_section;
mod send_back;
mod sign;
mod submit;
mod terminate;
mod withdraw;

pub use approve_and_publicize::default_publicity;
pub use create::may_choose;
pub use report::{ReportTarget, report_target, report_targets_first, step_type_of};
pub use send_back::return_targets;
pub use submit::completeness;

use super::command::DeclarationCommand;
use super::events::Names;
use super::state::{Declaration, Step};
use crate::DeclarationId;
use crate::decision::Decision;
use crate::facts::Facts;
use crate::refusal::{Code, Refusal, Warning};
use crate::text::{self, TextProblem};
use crate::vocabulary::Action;
use crate::workflow::Definition;

/// Answers a command on a declaration: events, or why not.
///
/// # Errors
/// The first failing check of §13A.8.
pub fn decide(
    id: DeclarationId,
    command: &DeclarationCommand,
    facts: &Facts,
) -> Result<Decision, Refusal> {
    match command {
        DeclarationCommand::Create(draft) => return create::decide(id, draft, facts),
        DeclarationCommand::SignAutomatically(unit) => {
            return sign::automatically(id, *unit, facts);
        }
        _ => {}
    }
    let action = requested(id, command, facts);
    let permit = permit(id, action, facts)?;
    match command {
        DeclarationCommand::SaveSection(form) => save_section::decide(&permit, form, facts),
        DeclarationCommand::Delete => Ok(delete::decide(&permit)),
        DeclarationCommand::Submit => submit::decide(&permit, facts),
        DeclarationCommand::Sign => sign::decide(&permit, facts),
        DeclarationCommand::ApproveAndPublicize(planned) => {
            approve_and_publicize::decide(&permit, *planned, facts)
        }
        DeclarationCommand::Report(form) => report::decide(&permit, form, facts),
        DeclarationCommand::Withdraw => withdraw::decide(&permit, facts),
        DeclarationCommand::Return { to, reason } => send_back::decide(&permit, *to, reason, facts),
        DeclarationCommand::Terminate { reason } => terminate::decide(&permit, reason, facts),
        DeclarationCommand::Reassign => reassign::decide(&permit, facts),
        DeclarationCommand::Approve { opinion } => approve::decide(&permit, opinion, facts),
        DeclarationCommand::Accept => accept::decide(&permit, facts),
        DeclarationCommand::Conclude {
            passed,
            ballot,
            opinion,
        } => conclude::decide(&permit, *passed, *ballot, opinion, facts),
        DeclarationCommand::Create(_) | DeclarationCommand::SignAutomatically(_) => {
            Ok(Decision::default())
        }
    }
}

/// One button serves 提交 and 再次提交; the status says which it is.
fn requested(id: DeclarationId, command: &DeclarationCommand, facts: &Facts) -> Action {
    let returned = || {
        facts
            .declaration(id)
            .is_some_and(|declaration| declaration.status == crate::vocabulary::Status::Returned)
    };
    match command.action() {
        Some(Action::Submit) if returned() => Action::Resubmit,
        Some(action) => action,
        None => Action::Submit,
    }
}

/// An action that may be done, before its fields are looked at.
pub struct Permit<'a> {
    /// The declaration.
    pub declaration: &'a Declaration,
    /// The acting unit's step the action is judged on; none for the applicant's actions.
    pub step: Option<&'a Step>,
    /// The definition the declaration keeps.
    pub definition: &'a Definition,
    /// Which action.
    pub action: Action,
}

impl<'a> Permit<'a> {
    /// The step of a unit's action.
    fn unit_step(&self) -> Result<&'a Step, Refusal> {
        self.step.ok_or_else(|| Code::NotFound.into())
    }

    /// The limit of one of the action's fields, in characters, from the definition.
    fn limit(&self, field: &str) -> usize {
        let action = self.definition.action(self.action);
        let field =
            action.and_then(|action| action.fields.iter().find(|known| known.name == field));
        field.and_then(|field| field.max).unwrap_or(0)
    }
}

/// Whether the actor may do an action now, up to the checks of its fields.
///
/// # Errors
/// The refusal the command itself would get.
pub fn permit(id: DeclarationId, action: Action, facts: &Facts) -> Result<Permit<'_>, Refusal> {
    if action.is_applicants() {
        guards::applicant(id, action, facts)
    } else {
        guards::unit(id, action, facts)
    }
}

/// The warnings a permitted action comes with, as the dialog shows them before it is done.
pub fn warnings(permit: &Permit<'_>, facts: &Facts) -> Vec<Warning> {
    match permit.action {
        Action::ApproveAndPublicize => approve_and_publicize::warnings(permit, facts),
        Action::Return => send_back::warnings_of_default(permit, facts),
        Action::Withdraw => withdraw::warnings(permit, facts),
        _ => Vec::new(),
    }
}

/// The name of the actor, frozen for the event.
fn actor_names(facts: &Facts) -> Names {
    facts
        .actor
        .person
        .map(|person| (person, facts.name_of(person)))
        .into_iter()
        .collect()
}

/// A reason: 1 to `max` characters.
fn reason(text: &str, max: usize) -> Result<String, Refusal> {
    text::check(text, max, true).map_err(|problem| match problem {
        TextProblem::Missing => Refusal::of_field(Code::ReasonRequired, "reason"),
        TextProblem::TooLong { .. } => Refusal::of_field(Code::ReasonTooLong, "reason"),
        TextProblem::Control => invalid("reason"),
    })
}

/// An opinion of at most `max` characters.
fn opinion(text: &str, max: usize, required: bool) -> Result<String, Refusal> {
    text::check(text, max, required).map_err(|problem| match problem {
        TextProblem::Missing => Refusal::of_field(Code::OpinionRequired, "opinion"),
        TextProblem::TooLong { .. } => Refusal::of_field(Code::OpinionTooLong, "opinion"),
        TextProblem::Control => invalid("opinion"),
    })
}

/// Any other text field.
fn field(text: &str, name: &str, max: usize, required: bool) -> Result<String, Refusal> {
    text::check(text, max, required).map_err(|problem| match problem {
        TextProblem::Missing => Refusal::of_field(Code::FieldRequired, name),
        TextProblem::TooLong { .. } => Refusal::of_field(Code::FieldTooLong, name),
        TextProblem::Control => invalid(name),
    })
}

fn invalid(name: &str) -> Refusal {
    Refusal::of_field(Code::FieldInvalid, name).with_detail("含有不允许的控制字符")
}
