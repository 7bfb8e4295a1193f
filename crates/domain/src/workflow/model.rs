use std::collections::BTreeMap;

use super::names::{DeadlineCode, Effect, FieldType, Guard, Shape};
use crate::vocabulary::{Action, Outcome, Status, StepState, StepType, Tab};

/// The tables of texts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Words {
    pub(super) applicant_status: BTreeMap<Status, String>,
    pub(super) applicant_steps: BTreeMap<(StepType, StepState), String>,
    pub(super) outcomes: BTreeMap<Outcome, String>,
    pub(super) refusals: BTreeMap<String, String>,
    pub(super) warnings: BTreeMap<String, String>,
    pub(super) texts: BTreeMap<String, String>,
}

/// A step type and its labels.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StepTypeInfo {
    /// The code.
    pub code: StepType,
    /// 工作单位, 上级单位, 受理单位 or 评审委员会.
    pub label: String,
    /// What the applicant's progress bar calls it, e.g. 主管部门审核.
    pub progress_label: String,
}

/// A state of a step.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StateInfo {
    /// The code.
    pub code: StepState,
    /// The 状态 label; the tab's label except 评审中.
    pub label: String,
    /// The tab it stands in.
    pub tab: Tab,
    /// The step types that can be in this state.
    pub step_types: Vec<StepType>,
}

/// A tab of the worklist.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TabInfo {
    /// The code.
    pub code: Tab,
    /// The label.
    pub label: String,
    /// Whether the screen shows its count.
    pub badge: bool,
}

/// An action, its dialog and the fields of the dialog.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ActionInfo {
    /// The code.
    pub code: Action,
    /// The button's label.
    pub label: String,
    /// The dialog's title, if it differs from the label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialog_title: Option<String>,
    /// What the dialog warns of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The dialog's fields, in the order in which they are checked.
    pub fields: Vec<Field>,
}

/// A field of a dialog or of 基本信息.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Field {
    /// The key in the body.
    pub name: String,
    /// The label.
    pub label: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// Whether it must be given.
    pub required: bool,
    /// The limit in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<usize>,
    /// What it is when not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<serde_json::Value>,
    /// The step types whose dialog has it; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub step_types: Vec<StepType>,
    /// Whether it repeats the person's identity and must agree with it.
    pub identity: bool,
}

/// A deadline of a plan.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DeadlineInfo {
    /// The code.
    pub code: DeadlineCode,
    /// The label.
    pub label: String,
    /// The step type whose list shows it.
    pub step_type: Option<StepType>,
    /// The actions it bounds.
    pub governs: Vec<Action>,
}

/// A section of the form.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Section {
    /// The code in URLs.
    pub code: String,
    /// The version of its form, 1 unless the file says otherwise.
    pub form: u32,
    /// The label.
    pub label: String,
    /// How its body is built.
    pub shape: Shape,
    /// Whether a submission needs it.
    pub required: bool,
    /// The least number of rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<usize>,
    /// The most rows, or the most characters of a text section.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<usize>,
    /// The fields of 基本信息.
    pub fields: Vec<Field>,
}

/// What a unit's action does to its step. The guards stand in the order in which they answer
/// (13A.8), whatever order the file has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// The state after it.
    pub to: StepState,
    /// The guards, in the order of refusals.
    pub guards: Vec<Guard>,
    /// What else it does.
    pub effects: Vec<Effect>,
    /// 事件 in 办理记录.
    pub record: String,
    /// 事件 when the outcome is negative (评审未通过).
    pub record_negative: Option<String>,
}

/// What an applicant's action does to the declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplicantTransition {
    /// The status after it.
    pub to: Status,
    /// The guards, in the order of refusals.
    pub guards: Vec<Guard>,
    /// What else it does.
    pub effects: Vec<Effect>,
    /// 事件 in 办理记录, if it is shown there.
    pub record: Option<String>,
}

/// What happens to a step because of something outside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// What happens.
    pub label: String,
    /// The step types it happens to.
    pub step_types: Vec<StepType>,
    /// The states it happens in; none means it makes the step.
    pub from: Vec<StepState>,
    /// The states it leads to; none means it removes the step.
    pub to: Vec<StepState>,
}
