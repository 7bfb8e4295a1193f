use serde_json::Value;

use super::{FieldProblem, invalid, too_long};
use crate::identifiers::{Document, Mobile, Sex};
use crate::text::{self, TextProblem};
use crate::time::Day;
use crate::vocabulary::DocumentType;
use crate::workflow::{Field, FieldType};

/// A value of the field's type within its limit; an empty text is as good as none. A document's
/// number is one of a type.
pub(super) fn check(
    field: &Field,
    value: &Value,
    id_type: DocumentType,
    today: Day,
) -> Option<FieldProblem> {
    let wrong = |what: &str| Some(invalid(&field.name, format!("{}{what}", field.label)));
    match field.field_type {
        FieldType::Flag => {
            return if value.is_boolean() {
                None
            } else {
                wrong("应为是或否")
            };
        }
        FieldType::DayRange => return check_day_range(field, value),
        FieldType::Number => {
            return if value.is_u64() {
                None
            } else {
                wrong("应为数字")
            };
        }
        _ => {}
    }
    let Value::String(given) = value else {
        return wrong("应为文字");
    };
    let cleaned = text::clean(given);
    if cleaned.is_empty() {
        return None;
    }
    match field.field_type {
        FieldType::Day if Day::parse(&cleaned).is_err() => wrong("应为日期，格式为yyyy-mm-dd"),
        FieldType::Sex if Sex::parse(&cleaned).is_none() => wrong("应为男或女"),
        FieldType::Mobile => Mobile::parse(&cleaned)
            .err()
            .map(|error| invalid(&field.name, error.to_string())),
        FieldType::IdType if document_type(&cleaned).is_none() => wrong("不在可选范围内"),
        FieldType::IdNumber => Document::parse(id_type, &cleaned, today)
            .err()
            .map(|error| invalid(&field.name, error.to_string())),
        FieldType::Email if !is_email(&cleaned) => wrong("格式不正确"),
        _ => check_limit(
            &field.name,
            &field.label,
            given,
            field.max.unwrap_or(usize::MAX),
        ),
    }
}

/// A type of document by its code or its label.
pub(super) fn document_type(text: &str) -> Option<DocumentType> {
    let by_label = || DocumentType::ALL.iter().find(|known| known.label() == text);
    DocumentType::parse(text).or_else(|| by_label().copied())
}

pub(super) fn check_limit(
    name: &str,
    label: &str,
    given: &str,
    max: usize,
) -> Option<FieldProblem> {
    match text::check(given, max, false) {
        Ok(_) => None,
        Err(TextProblem::TooLong { max, .. }) => {
            Some(too_long(name, format!("{label}不超过{max}字")))
        }
        Err(other) => Some(invalid(name, other.to_string())),
    }
}

fn check_day_range(field: &Field, value: &Value) -> Option<FieldProblem> {
    let wrong = |what: &str| Some(invalid(&field.name, format!("{}{what}", field.label)));
    let Value::Object(range) = value else {
        return wrong("应为起止日期");
    };
    if range.keys().any(|key| key != "start" && key != "end") {
        return wrong("只有开始和结束日期");
    }
    let day = |key: &str| {
        range
            .get(key)
            .and_then(Value::as_str)
            .map(|text| Day::parse(&text::clean(text)))
    };
    match (day("start"), day("end")) {
        (Some(Ok(start)), Some(Ok(end))) if start <= end => None,
        (Some(Ok(_)), Some(Ok(_))) => wrong("结束时间早于开始时间"),
        _ => wrong("应为起止日期，格式为yyyy-mm-dd"),
    }
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_blank_free = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let has_dot = domain.split('.').count() > 1 && domain.split('.').all(|part| !part.is_empty());
    is_blank_free && !local.is_empty() && has_dot && !domain.contains('@')
}
