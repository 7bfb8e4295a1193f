//! What a section of the form may hold, and what a submission needs.
//!
//! A draft may be partial, so saving refuses only what is wrong; what is missing is listed beside.
//! Beyond 基本信息 a body is held to size, depth and keys, and where it has `rows` or `text`, to
//! their limits. 附件要求 names its files: `{"rows": [{"requirement_id", "name", "sha256"}]}`, so
//! that the content of a declaration covers the hashes of its attachments (A8).

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Section, Shape};
use crate::RequirementId;
use crate::person::Identity;
use crate::refusal::Code;
use crate::text::{self, TextProblem};
use crate::time::Day;
use crate::vocabulary::DocumentType;

mod agreement;
mod attachments;
mod field;

/// The code of 基本信息, which is saved before any other section.
pub const BASIC: &str = "basic";

const BYTES_MAX: usize = 256 * 1024;
const DEPTH_MAX: usize = 8;
const KEY_CHARS_MAX: usize = 64;

/// One thing wrong with a body: FIELD_TOO_LONG or FIELD_INVALID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldProblem {
    /// The stable code.
    pub code: Code,
    /// Which field, e.g. `phone` or `rows[2].title`; the section's code for the whole body.
    pub field: String,
    /// What people read.
    pub title: String,
}

/// A body without a problem.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// What a submission still needs of it: names of fields, `rows` or `text`.
    pub missing: Vec<String>,
    /// The attachment requirements for which it names a file.
    pub attached: Vec<RequirementId>,
}

impl Section {
    /// Holds a body to its limits, and 基本信息 to the person's verified identity. `today` is for
    /// the age that an ID number tells.
    ///
    /// # Errors
    /// Every problem found: size, depth, keys and U+0000 first, and only if there is none of these
    /// the fields in the form's order.
    pub fn check(
        &self,
        body: &Value,
        identity: Option<&Identity>,
        today: Day,
    ) -> Result<Checked, Vec<FieldProblem>> {
        let Value::Object(table) = body else {
            return Err(vec![invalid(&self.code, "章节内容应为对象")]);
        };
        let mut problems = Vec::new();
        check_size(self, body, &mut problems);
        check_structure("", body, 1, &mut problems);
        if problems.is_empty() {
            self.check_shape(table, identity, today, &mut problems);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Checked {
            missing: self.missing(body),
            attached: attachments::attached(self, table),
        })
    }

    fn check_shape(
        &self,
        table: &Map<String, Value>,
        identity: Option<&Identity>,
        today: Day,
        problems: &mut Vec<FieldProblem>,
    ) {
        match self.shape {
            Shape::Fields => {
                let id_type = agreement::id_type(table, identity);
                check_fields(self, table, id_type, today, problems);
                if problems.is_empty() {
                    agreement::check(table, identity, id_type, problems);
                }
            }
            Shape::Rows => check_rows(self, table.get("rows"), problems),
            Shape::Text => check_text(self, table.get("text"), problems),
            Shape::Attachments => attachments::check(table.get("rows"), problems),
        }
    }

    /// What a submission still needs of a saved body; nothing of a section that is not required.
    #[must_use]
    pub fn missing(&self, body: &Value) -> Vec<String> {
        if !self.required {
            return Vec::new();
        }
        let lacks = |name: &str| body.get(name).is_none_or(is_blank);
        match self.shape {
            Shape::Fields => {
                let needed = self
                    .fields
                    .iter()
                    .filter(|field| field.required && lacks(&field.name));
                needed.map(|field| field.name.clone()).collect()
            }
            Shape::Rows => {
                let rows = body.get("rows").and_then(Value::as_array);
                let filled = rows
                    .into_iter()
                    .flatten()
                    .filter(|row| !is_blank(row))
                    .count();
                let enough = filled >= self.min.unwrap_or(1).max(1);
                if enough {
                    Vec::new()
                } else {
                    vec!["rows".to_owned()]
                }
            }
            Shape::Text if lacks("text") => vec!["text".to_owned()],
            Shape::Text | Shape::Attachments => Vec::new(),
        }
    }

    /// The label of a field by its name; the section's own for `rows`, `text` and the like.
    #[must_use]
    pub fn field_label(&self, name: &str) -> &str {
        let field = self.fields.iter().find(|field| field.name == name);
        field.map_or(&self.label, |field| &field.label)
    }
}

fn invalid(field: &str, title: impl Into<String>) -> FieldProblem {
    FieldProblem {
        code: Code::FieldInvalid,
        field: field.to_owned(),
        title: title.into(),
    }
}

fn too_long(field: &str, title: impl Into<String>) -> FieldProblem {
    FieldProblem {
        code: Code::FieldTooLong,
        field: field.to_owned(),
        title: title.into(),
    }
}

fn check_size(section: &Section, body: &Value, problems: &mut Vec<FieldProblem>) {
    let bytes = body.to_string().len();
    if bytes > BYTES_MAX {
        problems.push(too_long(&section.code, "章节内容不超过256 KiB"));
    }
}

/// Depth, keys and U+0000, at every level.
fn check_structure(path: &str, value: &Value, depth: usize, problems: &mut Vec<FieldProblem>) {
    match value {
        Value::Array(_) | Value::Object(_) if depth > DEPTH_MAX => {
            problems.push(invalid(path, format!("内容嵌套不超过{DEPTH_MAX}层")));
        }
        Value::Array(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                check_structure(&format!("{path}[{index}]"), entry, depth + 1, problems);
            }
        }
        Value::Object(table) => {
            for (key, entry) in table {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                check_key(&path, key, problems);
                check_structure(&path, entry, depth + 1, problems);
            }
        }
        Value::String(text) if text::has_nul(text) => {
            problems.push(invalid(path, TextProblem::Control.to_string()));
        }
        _ => {}
    }
}

fn check_key(path: &str, key: &str, problems: &mut Vec<FieldProblem>) {
    let chars = key.chars().count();
    if key.trim().is_empty() || chars > KEY_CHARS_MAX || key.chars().any(char::is_control) {
        let shown: String = path.chars().filter(|c| !c.is_control()).take(100).collect();
        problems.push(invalid(&shown, "字段名不符合要求"));
    }
}

fn check_rows(section: &Section, rows: Option<&Value>, problems: &mut Vec<FieldProblem>) {
    let rows = match rows {
        None | Some(Value::Null) => return,
        Some(Value::Array(rows)) if rows.iter().all(Value::is_object) => rows,
        Some(_) => return problems.push(invalid("rows", "应为记录的列表")),
    };
    if let Some(max) = section.max.filter(|max| rows.len() > *max) {
        problems.push(too_long("rows", format!("{}不超过{max}条", section.label)));
    }
}

fn check_text(section: &Section, value: Option<&Value>, problems: &mut Vec<FieldProblem>) {
    match value {
        None | Some(Value::Null) => {}
        Some(Value::String(value)) => {
            let limit = section.max.unwrap_or(usize::MAX);
            problems.extend(field::check_limit("text", &section.label, value, limit));
        }
        Some(_) => problems.push(invalid("text", "应为文字")),
    }
}

fn check_fields(
    section: &Section,
    table: &Map<String, Value>,
    id_type: DocumentType,
    today: Day,
    problems: &mut Vec<FieldProblem>,
) {
    for field in &section.fields {
        match table.get(&field.name) {
            None | Some(Value::Null) => {}
            Some(value) => problems.extend(field::check(field, value, id_type, today)),
        }
    }
    for key in table.keys() {
        if !section.fields.iter().any(|field| field.name == *key) {
            problems.push(invalid(key, "未知字段"));
        }
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text::clean(text).is_empty(),
        Value::Array(entries) => entries.iter().all(is_blank),
        Value::Object(table) => table.values().all(is_blank),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests;
