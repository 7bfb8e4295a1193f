use super::once;
use crate::workflow::problems::Problems;
use crate::workflow::{BASIC, Definition, Field, FieldType, Section, Shape};

/// 基本信息 comes first, and every section has the limits of its shape.
pub(super) fn check_sections(definition: &Definition, problems: &mut Problems) {
    let first = definition
        .sections
        .first()
        .map(|section| section.code.as_str());
    problems.expect(first == Some(BASIC), "sections", || {
        format!("the first must be `{BASIC}`")
    });
    for section in &definition.sections {
        check_section(section, problems);
    }
}

fn check_section(section: &Section, problems: &mut Problems) {
    let path = format!("sections.{}", section.code);
    let is_code = !section.code.is_empty()
        && section
            .code
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b == b'_');
    problems.expect(is_code, &path, || {
        "its code must be small letters and `_`".into()
    });
    problems.expect(section.form > 0, &path, || {
        "`form` must be at least 1".into()
    });
    let has_fields = section.shape == Shape::Fields;
    problems.expect(has_fields != section.fields.is_empty(), &path, || {
        "fields stand in a section of shape `fields`, and only there".into()
    });
    let is_bounded = matches!(section.shape, Shape::Rows | Shape::Text);
    let max = section.max.unwrap_or(0);
    problems.expect(is_bounded == (max > 0), &path, || {
        "`max` stands on sections of shape `rows` or `text`, and only there".into()
    });
    let min = section.min.unwrap_or(0);
    problems.expect(min <= max, &path, || {
        format!("`min` {min} is above `max` {max}")
    });
    check_fields(&path, &section.fields, problems);
}

/// Fields have distinct names, labels, and a limit where they hold text.
pub(super) fn check_fields(path: &str, fields: &[Field], problems: &mut Problems) {
    once(
        problems,
        path,
        fields.iter().map(|field| field.name.as_str()),
    );
    for field in fields {
        let path = format!("{path}.{}", field.name);
        let is_text = matches!(
            field.field_type,
            FieldType::Text | FieldType::LongText | FieldType::Email
        );
        problems.expect(
            !is_text || field.max.is_some_and(|max| max > 0),
            &path,
            || "a text needs a limit `max`".into(),
        );
        problems.expect(!field.label.trim().is_empty(), &path, || {
            "has no label".into()
        });
    }
}
