//! A declaration's state as named lines, so that two of them can be held against each other.

use super::labels::{outcome_label, signed_label, state_label, status_label, step_label};
use super::{Difference, Units};
use docket_domain::declaration::{Declaration, Step};
use docket_domain::person::LEGAL_USER;
use docket_domain::{State, mask};
use std::collections::BTreeMap;

/// A state in words; people masked, texts left out.
pub struct Portrait {
    /// Where it stands, in one line.
    pub standing: String,
    lines: BTreeMap<String, String>,
}

impl Portrait {
    pub fn of(state: &State, units: &Units<'_>) -> Self {
        let State::Declaration(Some(declaration)) = state else {
            return Self { standing: "（无）".to_owned(), lines: BTreeMap::new() };
        };
        let mut lines = BTreeMap::new();
        general(declaration, units, &mut lines);
        for (code, section) in &declaration.sections {
            let missing = match section.missing.len() {
                0 => "完整".to_owned(),
                count => format!("缺 {count} 项"),
            };
            let document: String = section.document.chars().take(8).collect();
            lines.insert(format!("章节 {code}"), format!("{missing}，{} 字节，文档 {document}…", section.bytes));
        }
        for step in &declaration.steps {
            let name = format!("步骤 {} {} {}", step.n, step_label(step.step_type), units.name(step.unit));
            lines.insert(name, step_line(declaration, step));
        }
        Self { standing: standing(declaration, units), lines }
    }

    pub fn differences(&self, after: &Self) -> Vec<Difference> {
        let names = self.lines.keys().chain(after.lines.keys().filter(|name| !self.lines.contains_key(*name)));
        let mut differences: Vec<Difference> = names
            .map(|name| Difference {
                what: name.clone(),
                before: self.lines.get(name).cloned().unwrap_or_default(),
                after: after.lines.get(name).cloned().unwrap_or_default(),
            })
            .filter(|difference| difference.before != difference.after)
            .collect();
        differences.sort_by(|one, other| one.what.cmp(&other.what));
        differences
    }
}

fn general(declaration: &Declaration, units: &Units<'_>, lines: &mut BTreeMap<String, String>) {
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            lines.insert(name.to_owned(), value);
        }
    };
    let title = &declaration.title;
    line("申报编号", declaration.number.clone());
    line("申报类型", declaration.kind.label().to_owned());
    line("申报职称", format!("{}_{}（{}）", title.series, title.title, title.specialty));
    line("现工作单位", units.name(declaration.work_unit));
    line("终审单位", units.name(declaration.target.unit()));
    line("申报人", declaration.person.as_ref().map_or_else(|| "（已删除）".to_owned(), |person| mask::name(&person.name)));
    line("状态", status_label(declaration.status).to_owned());
    line("结果", declaration.outcome.map(outcome_label).unwrap_or_default().to_owned());
    line("提交时间", declaration.submitted_at.map(|at| at.to_string()).unwrap_or_default());
    line("公示不早于", declaration.publicity_from.map(|day| day.to_string()).unwrap_or_default());
}

fn step_line(declaration: &Declaration, step: &Step) -> String {
    let mut parts = vec![state_label(step.state).to_owned()];
    if step.removed {
        parts.push("已撤回".to_owned());
    }
    if let Some(handler) = step.handler {
        let name = declaration.names.get(&handler).map_or("", String::as_str);
        let shown = if name == LEGAL_USER { name.to_owned() } else { mask::name(name) };
        parts.push(format!("办理人 {shown}"));
    }
    parts.extend(step.signed.map(|signed| signed_label(signed).to_owned()));
    parts.extend(step.publicity.map(|range| format!("公示 {} 至 {}", range.start, range.end)));
    parts.join("，")
}

fn standing(declaration: &Declaration, units: &Units<'_>) -> String {
    let outcome = declaration.outcome.map(|outcome| format!("（{}）", outcome_label(outcome))).unwrap_or_default();
    match declaration.open_step() {
        Some(step) => format!("{} {} · {}", units.name(step.unit), step_label(step.step_type), state_label(step.state)),
        None => format!("{}{outcome}", status_label(declaration.status)),
    }
}
