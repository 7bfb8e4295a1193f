//! The expanded text as it is written: names are still plain texts.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStepType {
    pub code: String,
    pub label: String,
    pub progress_label: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawState {
    pub code: String,
    pub label: String,
    pub tab: String,
    pub step_types: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTab {
    pub code: String,
    pub label: String,
    #[serde(default)]
    pub badge: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAction {
    pub code: String,
    pub label: String,
    pub dialog_title: Option<String>,
    pub note: Option<String>,
    #[serde(default)]
    pub fields: Vec<RawField>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawField {
    pub name: String,
    pub label: String,
    #[serde(rename = "type")]
    pub field_type: String,
    #[serde(default)]
    pub required: bool,
    pub max: Option<usize>,
    pub default: Option<serde_json::Value>,
    #[serde(default)]
    pub step_types: Vec<String>,
    #[serde(default)]
    pub identity: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTransition {
    pub step_types: Vec<String>,
    pub from: Vec<String>,
    pub action: String,
    pub to: String,
    #[serde(default)]
    pub guards: Vec<String>,
    #[serde(default)]
    pub effects: Vec<String>,
    pub record: String,
    pub record_negative: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawApplicantTransition {
    pub from: String,
    pub action: String,
    pub to: String,
    #[serde(default)]
    pub guards: Vec<String>,
    #[serde(default)]
    pub effects: Vec<String>,
    pub record: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOutside {
    pub label: String,
    pub step_types: Vec<String>,
    pub from: Vec<String>,
    pub to: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDeadline {
    pub code: String,
    pub label: String,
    pub step_type: Option<String>,
    pub governs: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStepStatus {
    pub step_type: String,
    pub states: Vec<String>,
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSection {
    pub code: String,
    #[serde(default = "first_form")]
    pub form: u32,
    pub label: String,
    pub shape: String,
    #[serde(default)]
    pub required: bool,
    pub min: Option<usize>,
    pub max: Option<usize>,
    #[serde(default)]
    pub fields: Vec<RawField>,
}

fn first_form() -> u32 {
    1
}

/// A table of texts by name.
pub(super) type RawTexts = BTreeMap<String, String>;
