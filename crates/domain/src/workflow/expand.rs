//! From two TOML files to one JSON text.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::problems::{DefinitionErrors, Problems};

/// Lays the kind over the shared file, keeps what is for this kind, fills in its labels, and
/// writes the result as JSON with sorted keys.
pub(super) fn expand(shared_text: &str, kind_text: &str) -> Result<String, DefinitionErrors> {
    let mut problems = Problems::default();
    let shared = parse("steps file", shared_text, &mut problems);
    let kind = parse("kind file", kind_text, &mut problems);
    let (mut shared, mut kind) = problems.into_result((shared, kind))?;

    let mut problems = Problems::default();
    check_versions(&shared, &kind, &mut problems);
    let code = kind
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let labels = kind.remove("labels");
    let mut expanded = Map::new();
    merge(&mut expanded, std::mem::take(&mut shared));
    merge(&mut expanded, kind);

    let mut value = Value::Object(expanded);
    keep_kind(&mut value, &code);
    let step_types = step_type_codes(&value);
    keep_step_types(&mut value, &step_types);
    fill_labels("", &mut value, labels.as_ref(), &mut problems);
    let text = serde_json::to_string_pretty(&value).expect("a JSON value has a text");
    problems.into_result(text)
}

fn parse(which: &str, text: &str, problems: &mut Problems) -> Map<String, Value> {
    match toml::from_str(text) {
        Ok(table) => table,
        Err(error) => {
            problems.add(which, error.to_string().trim_end());
            Map::new()
        }
    }
}

/// The kind names the version of the shared file it was written for.
fn check_versions(shared: &Map<String, Value>, kind: &Map<String, Value>, problems: &mut Problems) {
    let (has, wants) = (shared.get("steps_version"), kind.get("steps"));
    problems.expect(has.is_some(), "steps_version", || {
        "missing in the steps file".into()
    });
    problems.expect(wants.is_some(), "steps", || {
        "missing in the kind file".into()
    });
    if let (Some(has), Some(wants)) = (has, wants) {
        problems.expect(has == wants, "steps", || {
            format!("the kind wants version {wants} of the steps file, which is version {has}")
        });
    }
}

/// Tables merge; any other value of the upper one replaces the lower one.
fn merge(lower: &mut Map<String, Value>, upper: Map<String, Value>) {
    for (key, value) in upper {
        match (lower.get_mut(&key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => merge(below, above),
            (_, value) => {
                lower.insert(key, value);
            }
        }
    }
}

/// Drops entries whose `kinds` do not name the kind, and the key itself everywhere else.
fn keep_kind(value: &mut Value, kind: &str) {
    let is_for_kind = |entry: &Value| match entry.get("kinds") {
        Some(Value::Array(kinds)) => kinds.iter().any(|code| code == kind),
        _ => true,
    };
    match value {
        Value::Array(entries) => {
            entries.retain(is_for_kind);
            entries.iter_mut().for_each(|entry| keep_kind(entry, kind));
        }
        Value::Object(table) => {
            if table.get("kinds").is_some_and(Value::is_array) {
                table.remove("kinds");
            }
            table.values_mut().for_each(|entry| keep_kind(entry, kind));
        }
        _ => {}
    }
}

fn step_type_codes(expanded: &Value) -> BTreeSet<String> {
    let step_types = expanded.get("step_types").and_then(Value::as_array);
    let codes = step_types
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.get("code"));
    codes
        .filter_map(Value::as_str)
        .map(ToOwned::to_owned)
        .collect()
}

/// Step types that exist, but not in this kind; a misspelt one stays and is reported later.
fn is_foreign(code: &Value, step_types: &BTreeSet<String>) -> bool {
    let Some(code) = code.as_str() else {
        return false;
    };
    crate::vocabulary::StepType::parse(code).is_some() && !step_types.contains(code)
}

/// Cuts every `step_types` list down to those of the kind, and drops what has none left or whose
/// `step_type` the kind lacks.
fn keep_step_types(value: &mut Value, step_types: &BTreeSet<String>) {
    let is_for_kind = |entry: &Value| match (entry.get("step_types"), entry.get("step_type")) {
        (Some(Value::Array(codes)), _) if !codes.is_empty() => {
            !codes.iter().all(|code| is_foreign(code, step_types))
        }
        (_, Some(code)) => !is_foreign(code, step_types),
        _ => true,
    };
    match value {
        Value::Array(entries) => {
            entries.retain(is_for_kind);
            entries
                .iter_mut()
                .for_each(|entry| keep_step_types(entry, step_types));
        }
        Value::Object(table) => {
            for (key, entry) in table.iter_mut() {
                match entry {
                    Value::Array(codes)
                        if key == "step_types" && codes.iter().all(Value::is_string) =>
                    {
                        codes.retain(|code| !is_foreign(code, step_types));
                    }
                    _ => keep_step_types(entry, step_types),
                }
            }
        }
        _ => {}
    }
}

/// Replaces `${name}` in every text by the kind's label of that name.
fn fill_labels(path: &str, value: &mut Value, labels: Option<&Value>, problems: &mut Problems) {
    match value {
        Value::String(text) => *text = fill_text(path, text, labels, problems),
        Value::Array(entries) => {
            for (index, entry) in entries.iter_mut().enumerate() {
                fill_labels(&format!("{path}[{index}]"), entry, labels, problems);
            }
        }
        Value::Object(table) => {
            for (key, entry) in table.iter_mut() {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                fill_labels(&path, entry, labels, problems);
            }
        }
        _ => {}
    }
}

fn fill_text(path: &str, text: &str, labels: Option<&Value>, problems: &mut Problems) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        filled.push_str(before);
        match labels
            .and_then(|labels| labels.get(name))
            .and_then(Value::as_str)
        {
            Some(label) => filled.push_str(label),
            None => problems.add(path, format!("the kind's [labels] have no `{name}`")),
        }
        rest = tail;
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SHARED: &str = r#"
steps_version = 1
[[step_types]]
code = "work_unit"
[[step_types]]
code = "committee"
kinds = ["review"]
[[things]]
label = "to ${whom}"
step_types = ["work_unit", "committee"]
[[things]]
label = "committee only"
step_types = ["committee"]
[table]
kept = 1
replaced = 1
"#;

    fn expanded(kind: &str) -> Value {
        serde_json::from_str(&expand(SHARED, kind).unwrap()).unwrap()
    }

    #[test]
    fn tables_merge_lists_are_cut_and_labels_filled() {
        let text = "kind = \"initial\"\nsteps = 1\n[table]\nreplaced = 2\n[labels]\nwhom = \"甲\"";
        let value = expanded(text);
        assert_eq!(
            value["table"],
            serde_json::json!({"kept": 1, "replaced": 2})
        );
        let things = serde_json::json!([{"label": "to 甲", "step_types": ["work_unit"]}]);
        assert_eq!(value["things"], things);
        assert_eq!(
            value["step_types"],
            serde_json::json!([{"code": "work_unit"}])
        );
    }

    #[test]
    fn an_entry_for_the_kind_stays_without_its_mark() {
        let value = expanded("kind = \"review\"\nsteps = 1\n[labels]\nwhom = \"甲\"");
        assert_eq!(
            value["step_types"][1],
            serde_json::json!({"code": "committee"})
        );
        assert_eq!(value["things"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_missing_label_and_another_version_are_both_reported() {
        let errors = expand(SHARED, "kind = \"review\"\nsteps = 2").unwrap_err();
        let lines: Vec<String> = errors.0.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "steps: the kind wants version 2 of the steps file, which is version 1",
                "things[0].label: the kind's [labels] have no `whom`",
            ]
        );
    }

    #[test]
    fn broken_toml_names_file_and_line() {
        let errors = expand("a = ", "b = 1\nc = [").unwrap_err();
        assert_eq!(errors.0[0].path, "steps file");
        assert_eq!(errors.0[1].path, "kind file");
        assert!(
            errors.0[1].message.contains("line 2"),
            "{}",
            errors.0[1].message
        );
    }
}
