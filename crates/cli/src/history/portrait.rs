//! A declaration's state as named lines, so that two of them can be held against each other.

use super::labels::{ERASED, outcome_label, signed_label, state_label, status_label, step_label};
use super::moment::Moment;
use docket_domain::declaration::{Declaration, Step};
use serde::Serialize;

/// One thing an event changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which part of the declaration.
    pub what: String,
    /// What it was; empty where it was not there.
    pub before: String,
    /// What it is now.
    pub after: String,
}

/// A state in words; people as the moment shows them, texts left out.
pub struct Portrait {
    /// Where it stands, in one line.
    pub standing: String,
    /// Names and values, in the order in which they are read.
    lines: Lines,
}

type Lines = Vec<(String, String)>;

impl Portrait {
    pub fn of(declaration: Option<&Declaration>, moment: &Moment) -> Self {
        let Some(declaration) = declaration else {
            return Self {
                standing: "（无）".to_owned(),
                lines: Vec::new(),
            };
        };
        let mut lines = Vec::new();
        general(declaration, moment, &mut lines);
        for (code, section) in &declaration.sections {
            let missing = match section.missing.len() {
                0 => "完整".to_owned(),
                count => format!("缺 {count} 项"),
            };
            lines.push((
                format!("章节 {code}"),
                format!(
                    "{missing}，{} 字节，保存于 {}",
                    section.bytes, section.saved_at
                ),
            ));
        }
        for step in &declaration.steps {
            step_lines(declaration, step, moment, &mut lines);
        }
        Self {
            standing: standing(declaration, moment),
            lines,
        }
    }

    pub fn differences(&self, after: &Self) -> Vec<Difference> {
        let value = |lines: &Lines, name: &str| {
            lines
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
        };
        let gone = self
            .lines
            .iter()
            .filter(|(name, _)| value(&after.lines, name).is_none());
        let names = after.lines.iter().chain(gone).map(|(name, _)| name);
        let differences = names.map(|name| Difference {
            what: name.clone(),
            before: value(&self.lines, name).unwrap_or_default(),
            after: value(&after.lines, name).unwrap_or_default(),
        });
        differences
            .filter(|difference| difference.before != difference.after)
            .collect()
    }
}

fn general(declaration: &Declaration, moment: &Moment, lines: &mut Lines) {
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            lines.push((name.to_owned(), value));
        }
    };
    let (title, details) = (&declaration.title, declaration.details.as_ref());
    let specialty = details.map_or("已删除", |details| details.specialty.as_str());
    line("申报编号", declaration.number.clone());
    line("申报类型", declaration.kind.label().to_owned());
    line(
        "申报职称",
        format!("{}_{}（{}）", title.series, title.title, specialty),
    );
    line("现工作单位", moment.unit(declaration.work_unit));
    line("终审单位", moment.unit(declaration.target.unit()));
    let applicant = moment.person(declaration, declaration.applicant);
    line("申报人", applicant.unwrap_or_else(|| ERASED.to_owned()));
    line("状态", status_label(declaration.status).to_owned());
    line(
        "结果",
        declaration
            .outcome
            .map(outcome_label)
            .unwrap_or_default()
            .to_owned(),
    );
    line(
        "提交时间",
        declaration
            .submitted_at
            .map(|at| at.to_string())
            .unwrap_or_default(),
    );
    line(
        "公示不早于",
        declaration
            .publicity_from
            .map(|day| day.to_string())
            .unwrap_or_default(),
    );
}

/// A line for each thing an event may change of a step.
fn step_lines(declaration: &Declaration, step: &Step, moment: &Moment, lines: &mut Lines) {
    let name = format!(
        "步骤 {}（{} {}）",
        step.n,
        step_label(step.step_type),
        moment.unit(step.unit)
    );
    let state = if step.removed {
        "已撤回"
    } else {
        state_label(step.state)
    };
    lines.push((format!("{name}状态"), state.to_owned()));
    if let Some(handler) = step.handler {
        let shown = moment.person(declaration, handler);
        let shown = shown.unwrap_or_else(|| ERASED.to_owned());
        lines.push((format!("{name}办理人"), shown));
    }
    if let Some(deadline) = moment.deadline(step).filter(|_| step.is_open()) {
        lines.push((format!("{name}审核截止时间"), deadline.to_string()));
    }
    if let Some(signed) = step.signed {
        lines.push((format!("{name}签收方式"), signed_label(signed).to_owned()));
    }
    if let Some(range) = step.publicity {
        lines.push((
            format!("{name}公示时间"),
            format!("{} 至 {}", range.start, range.end),
        ));
    }
}

fn standing(declaration: &Declaration, moment: &Moment) -> String {
    let outcome = declaration
        .outcome
        .map(|outcome| format!("（{}）", outcome_label(outcome)))
        .unwrap_or_default();
    match declaration.open_step() {
        Some(step) => format!(
            "{} {} · {}",
            moment.unit(step.unit),
            step_label(step.step_type),
            state_label(step.state)
        ),
        None => format!("{}{outcome}", status_label(declaration.status)),
    }
}
