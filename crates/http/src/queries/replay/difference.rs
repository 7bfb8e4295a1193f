use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// One value that an event changed.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Changed {
    /// Where in the state, such as `steps[0].state`.
    path: String,
    /// Before; null where there was nothing.
    #[schema(value_type = Option<Object>)]
    before: Value,
    /// After; null where there is nothing any more.
    #[schema(value_type = Option<Object>)]
    after: Value,
}

/// Every value that differs, by its path; a structure that appears or goes is one difference.
pub fn differences(path: &str, before: &Value, after: &Value, found: &mut Vec<Changed>) {
    match (before, after) {
        _ if before == after || path == "version" => {}
        (Value::Object(old), Value::Object(new)) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                let value = |fields: &serde_json::Map<String, Value>| {
                    fields.get(name).cloned().unwrap_or_default()
                };
                differences(&path, &value(old), &value(new), found);
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            for index in 0..old.len().max(new.len()) {
                let value = |items: &[Value]| items.get(index).cloned().unwrap_or_default();
                differences(&format!("{path}[{index}]"), &value(old), &value(new), found);
            }
        }
        (Value::Null, Value::Object(new)) if path.is_empty() => {
            for (name, value) in new {
                differences(name, &Value::Null, value, found);
            }
        }
        _ => found.push(Changed {
            path: path.to_owned(),
            before: before.clone(),
            after: after.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_difference_is_named_by_its_path() {
        let before = json!({"status": "draft", "steps": [{"state": "to_sign"}], "version": 1});
        let after = json!({"status": "draft", "steps": [{"state": "to_review"}, {"state": "to_sign"}], "version": 2});
        let mut found = Vec::new();
        differences("", &before, &after, &mut found);
        let expected = [
            Changed {
                path: "steps[0].state".into(),
                before: json!("to_sign"),
                after: json!("to_review"),
            },
            Changed {
                path: "steps[1]".into(),
                before: Value::Null,
                after: json!({"state": "to_sign"}),
            },
        ];
        assert_eq!(found, expected);
    }
}
