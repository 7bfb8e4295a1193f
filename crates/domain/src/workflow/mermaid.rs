//! A definition as Mermaid state diagrams with Chinese labels.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Definition;
use crate::vocabulary::{Status, StepState, StepType};

impl Definition {
    /// One diagram of the whole kind: the applicant and each step type as a composite state.
    #[must_use]
    pub fn mermaid(&self) -> String {
        let mut out = format!("---\ntitle: {}\n---\nstateDiagram-v2\n", self.full_label);
        let applicant = self.fixed_text("applicant").unwrap_or("applicant");
        composite(&mut out, "applicant", applicant, &self.applicant_lines());
        for step in &self.step_types {
            composite(
                &mut out,
                step.code.code(),
                &step.label,
                &self.step_lines(step.code),
            );
        }
        out
    }

    /// The diagram of one step type alone.
    #[must_use]
    pub fn mermaid_of(&self, step: StepType) -> String {
        let label = self.step_type(step).map_or(step.code(), |info| &info.label);
        let mut out = format!(
            "---\ntitle: {} · {label}\n---\nstateDiagram-v2\n",
            self.full_label
        );
        for line in self.step_lines(step) {
            let _ = writeln!(out, "    {line}");
        }
        out
    }

    fn applicant_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut arrows = Arrows::default();
        for status in [Status::Draft, Status::Returned, Status::InProgress] {
            let label = match status {
                Status::InProgress => "单位办理中",
                other => self.applicant_status(other, None, None),
            };
            lines.push(format!("state \"{label}\" as applicant_{status}"));
        }
        arrows.add(
            "[*]",
            "applicant_draft",
            self.fixed_text("created_record").unwrap_or("-"),
        );
        arrows.add(
            "applicant_in_progress",
            "applicant_returned",
            "退回至申报人",
        );
        for (from, action, transition) in self.applicant_transitions() {
            let label = self
                .action(action)
                .map_or(action.code(), |info| &info.label);
            let to = match transition.to {
                Status::Deleted => "[*]".to_owned(),
                to => format!("applicant_{to}"),
            };
            arrows.add(&format!("applicant_{from}"), &to, label);
        }
        lines.extend(arrows.lines());
        lines
    }

    fn step_lines(&self, step: StepType) -> Vec<String> {
        let states = self
            .states
            .iter()
            .filter(|state| state.step_types.contains(&step));
        let mut lines: Vec<String> = states
            .map(|state| format!("state \"{}\" as {}", state.label, node(step, state.code)))
            .collect();
        let mut arrows = Arrows::default();
        for outside in self
            .outside
            .iter()
            .filter(|outside| outside.step_types.contains(&step))
        {
            let label = format!("（{}）", outside.label);
            for from in ends(step, &outside.from) {
                for to in ends(step, &outside.to) {
                    arrows.add(&from, &to, &label);
                }
            }
        }
        for (_, from, action, transition) in self.transitions().filter(|(of, ..)| *of == step) {
            let label = self
                .action(action)
                .map_or(action.code(), |info| &info.label);
            arrows.add(&node(step, from), &node(step, transition.to), label);
        }
        for last in [StepState::Terminated, StepState::Concluded] {
            arrows.add(&node(step, last), "[*]", "");
        }
        lines.extend(arrows.lines());
        lines
    }
}

fn composite(out: &mut String, id: &str, label: &str, lines: &[String]) {
    let _ = writeln!(out, "    state \"{label}\" as {id} {{");
    for line in lines {
        let _ = writeln!(out, "        {line}");
    }
    let _ = writeln!(out, "    }}");
}

/// Ids must be unique over the whole diagram, so each carries its step type.
fn node(step: StepType, state: StepState) -> String {
    format!("{step}_{state}")
}

/// The states of one end of an outside event; none is the beginning or the end of the step.
fn ends(step: StepType, states: &[StepState]) -> Vec<String> {
    if states.is_empty() {
        return vec!["[*]".to_owned()];
    }
    states.iter().map(|state| node(step, *state)).collect()
}

/// Arrows between the same two states are drawn once, with all their labels.
#[derive(Default)]
struct Arrows(BTreeMap<(String, String), Vec<String>>);

impl Arrows {
    fn add(&mut self, from: &str, to: &str, label: &str) {
        let labels = self.0.entry((from.to_owned(), to.to_owned())).or_default();
        if !label.is_empty() && !labels.iter().any(|known| known == label) {
            labels.push(label.to_owned());
        }
    }

    fn lines(self) -> impl Iterator<Item = String> {
        self.0
            .into_iter()
            .map(|((from, to), labels)| match labels.is_empty() {
                true => format!("{from} --> {to}"),
                false => format!("{from} --> {to} : {}", labels.join(" / ")),
            })
    }
}
