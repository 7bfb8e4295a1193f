//! Workflow definitions: what a kind of declaration goes through, as data (design.md §6).
//!
//! `schemas/workflows/steps.v1.toml` holds what the kinds share, `<kind>.v1.toml` the rest. The two
//! are *expanded* into one JSON text with sorted keys; that text is what the log publishes and what
//! the hash covers, and [`Definition::from_expanded`] reads it back years later. Guards and effects
//! are closed sets of names ([`Guard`], [`Effect`]); what they mean is code, beside `decide`.
//!
//! To add an action: a row in `[[actions]]`, its rows in `[[transitions]]`, a variant of `Action`.
//! Loading refuses a state nobody reaches, a tab nobody uses and an action nobody is checked for.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::kind::Kind;
use crate::vocabulary::{Action, Outcome, Status, StepState, StepType, Tab};

mod build;
mod check;
mod expand;
mod mermaid;
mod model;
mod names;
mod problems;
mod raw;
mod reader;
mod sections;

use model::Words;
pub use model::{
    ActionInfo, ApplicantTransition, DeadlineInfo, Field, Outside, Section, StateInfo,
    StepTypeInfo, TabInfo, Transition,
};
pub use names::{DeadlineCode, Effect, FieldType, Guard, Shape};
pub use problems::{DefinitionErrors, DefinitionProblem};
pub use sections::{BASIC, Checked, FieldProblem};

const STEPS: &str = include_str!("../../../schemas/workflows/steps.v1.toml");
const KINDS: [&str; 3] = [
    include_str!("../../../schemas/workflows/review.v1.toml"),
    include_str!("../../../schemas/workflows/initial.v1.toml"),
    include_str!("../../../schemas/workflows/confirmation.v1.toml"),
];

/// One kind's workflow, expanded and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The kind it is for.
    pub kind: Kind,
    /// Its version; a published version never changes.
    pub version: u32,
    /// 评审, 初定, 确认.
    pub label: String,
    /// 职称评审, 职称初定, 职称确认.
    pub full_label: String,
    /// The menu of 单位中心, e.g. 评审资格审核.
    pub menu_label: String,
    /// The type of the last step.
    pub terminal_step: StepType,
    /// The least working days of 公示 (A18).
    pub publicity_days: u32,
    /// 呈报材料真实性保证书, with 〔姓名〕 where the name goes.
    pub guarantee: String,
    /// The step types of the kind, in the order of the way up.
    pub step_types: Vec<StepTypeInfo>,
    /// The states a step can be in.
    pub states: Vec<StateInfo>,
    /// The tabs, in the order of the screen.
    pub tabs: Vec<TabInfo>,
    /// The actions, the applicant's first.
    pub actions: Vec<ActionInfo>,
    /// The deadlines a plan must set; none for 初定 and 确认.
    pub deadlines: Vec<DeadlineInfo>,
    /// The form's sections, in order; the first is 基本信息.
    pub sections: Vec<Section>,
    transitions: BTreeMap<(StepType, StepState, Action), Transition>,
    applicant: BTreeMap<(Status, Action), ApplicantTransition>,
    outside: Vec<Outside>,
    words: Words,
    text: String,
    hash: String,
}

impl Definition {
    /// Lays a kind's file over the shared one, expands and checks the result.
    ///
    /// # Errors
    /// Every problem found, each with its path.
    pub fn load(shared_text: &str, kind_text: &str) -> Result<Self, DefinitionErrors> {
        let text = expand::expand(shared_text, kind_text)?;
        Self::from_expanded(&text)
    }

    /// Reads an expanded text, as the log holds it. The text is kept as it is, and so its hash.
    ///
    /// # Errors
    /// Every problem found, each with its path.
    pub fn from_expanded(text: &str) -> Result<Self, DefinitionErrors> {
        let definition = build::build(text)?;
        check::check(&definition)?;
        Ok(definition)
    }

    /// The three definitions that come with the product: review, initial, confirmation.
    #[must_use]
    pub fn builtin() -> [Self; 3] {
        KINDS.map(|kind| Self::load(STEPS, kind).expect("a spec loads the files in the repository"))
    }

    /// The shared file that comes with the product, for checking a kind's file against it.
    #[must_use]
    pub const fn builtin_steps() -> &'static str {
        STEPS
    }

    /// The expanded text: JSON, keys sorted.
    #[must_use]
    pub fn expanded_text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the expanded text, 64 hexadecimal digits.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// What an action of the step's unit does in a state; `None` is WRONG_STATE.
    #[must_use]
    pub fn transition(
        &self,
        step: StepType,
        state: StepState,
        action: Action,
    ) -> Option<&Transition> {
        self.transitions.get(&(step, state, action))
    }

    /// Every transition of the units, sorted by step type, state and action.
    pub fn transitions(&self) -> impl Iterator<Item = (StepType, StepState, Action, &Transition)> {
        self.transitions
            .iter()
            .map(|((step, state, action), to)| (*step, *state, *action, to))
    }

    /// What an action of the applicant does in a status; `None` is WRONG_STATE.
    #[must_use]
    pub fn applicant_transition(
        &self,
        from: Status,
        action: Action,
    ) -> Option<&ApplicantTransition> {
        self.applicant.get(&(from, action))
    }

    /// Every transition of the applicant, sorted by status and action.
    pub fn applicant_transitions(
        &self,
    ) -> impl Iterator<Item = (Status, Action, &ApplicantTransition)> {
        self.applicant
            .iter()
            .map(|((status, action), to)| (*status, *action, to))
    }

    /// What happens to steps from outside.
    #[must_use]
    pub fn outside(&self) -> &[Outside] {
        &self.outside
    }

    /// The entry of an action, if the kind has it.
    #[must_use]
    pub fn action(&self, code: Action) -> Option<&ActionInfo> {
        self.actions.iter().find(|action| action.code == code)
    }

    /// The fields of an action's dialog for a step of that type.
    pub fn fields_of(&self, code: Action, step: StepType) -> impl Iterator<Item = &Field> {
        let fields = self.action(code).map_or(&[][..], |action| &action.fields);
        fields
            .iter()
            .filter(move |f| f.step_types.is_empty() || f.step_types.contains(&step))
    }

    /// The label of a state, the 状态 column of the list.
    #[must_use]
    pub fn state_label(&self, code: StepState) -> &str {
        let state = self.states.iter().find(|state| state.code == code);
        state.map_or(code.code(), |state| &state.label)
    }

    /// The label of a tab.
    #[must_use]
    pub fn tab_label(&self, code: Tab) -> &str {
        self.tabs
            .iter()
            .find(|tab| tab.code == code)
            .map_or(code.code(), |tab| &tab.label)
    }

    /// The entry of a step type, if the kind has it.
    #[must_use]
    pub fn step_type(&self, code: StepType) -> Option<&StepTypeInfo> {
        self.step_types.iter().find(|step| step.code == code)
    }

    /// The deadline that stands on a step of that type.
    #[must_use]
    pub fn deadline_of(&self, step: StepType) -> Option<&DeadlineInfo> {
        self.deadlines
            .iter()
            .find(|deadline| deadline.step_type == Some(step))
    }

    /// A section by its code.
    #[must_use]
    pub fn section(&self, code: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.code == code)
    }

    /// What the applicant reads as 状态: by the result if there is one, else by the open step if
    /// the declaration is under way, else by the status.
    #[must_use]
    pub fn applicant_status(
        &self,
        status: Status,
        open: Option<(StepType, StepState)>,
        outcome: Option<Outcome>,
    ) -> &str {
        let by_outcome = outcome.and_then(|outcome| self.words.outcomes.get(&outcome));
        let by_step = open.and_then(|step| self.words.applicant_steps.get(&step));
        let by_step = by_step.filter(|_| status == Status::InProgress);
        let by_status = self.words.applicant_status.get(&status);
        by_outcome
            .or(by_step)
            .or(by_status)
            .map_or(status.code(), String::as_str)
    }

    /// The label of an outcome.
    #[must_use]
    pub fn outcome_label(&self, outcome: Outcome) -> &str {
        self.words
            .outcomes
            .get(&outcome)
            .map_or(outcome.code(), String::as_str)
    }

    /// The Chinese title of a refusal code.
    #[must_use]
    pub fn refusal_title(&self, code: &str) -> Option<&str> {
        self.words.refusals.get(code).map(String::as_str)
    }

    /// The Chinese title of a warning code.
    #[must_use]
    pub fn warning_title(&self, code: &str) -> Option<&str> {
        self.words.warnings.get(code).map(String::as_str)
    }

    /// A fixed text of the screens by its name in `[texts]`, e.g. `empty_note` for 无.
    #[must_use]
    pub fn fixed_text(&self, name: &str) -> Option<&str> {
        self.words.texts.get(name).map(String::as_str)
    }
}

/// SHA-256 of a text as 64 hexadecimal digits.
pub(crate) fn hash_of(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests;
