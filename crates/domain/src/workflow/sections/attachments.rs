use serde_json::{Map, Value};

use super::{FieldProblem, invalid};
use crate::RequirementId;
use crate::workflow::{Section, Shape};

const ROWS_MAX: usize = 200;
const SHA256_DIGITS: usize = 64;

/// Each row names one file by the SHA-256 of its bytes, and the requirement it meets, if any.
pub(super) fn check(rows: Option<&Value>, problems: &mut Vec<FieldProblem>) {
    let rows = match rows {
        None | Some(Value::Null) => return,
        Some(Value::Array(rows)) if rows.len() <= ROWS_MAX => rows,
        Some(_) => {
            return problems.push(invalid("rows", format!("应为不超过{ROWS_MAX}个附件的列表")));
        }
    };
    for (index, row) in rows.iter().enumerate() {
        if !row
            .get("sha256")
            .and_then(Value::as_str)
            .is_some_and(is_sha256)
        {
            problems.push(invalid(
                &format!("rows[{index}].sha256"),
                "应为附件的SHA-256",
            ));
        }
        let requirement = row.get("requirement_id").filter(|value| !value.is_null());
        if requirement.is_some_and(|value| requirement_id(value).is_none()) {
            problems.push(invalid(
                &format!("rows[{index}].requirement_id"),
                "应为附件要求的编号",
            ));
        }
    }
}

/// The requirements that the rows of a checked body name, each once, sorted.
pub(super) fn attached(section: &Section, table: &Map<String, Value>) -> Vec<RequirementId> {
    if section.shape != Shape::Attachments {
        return Vec::new();
    }
    let rows = table
        .get("rows")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut ids: Vec<RequirementId> = rows
        .filter_map(|row| requirement_id(row.get("requirement_id")?))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn requirement_id(value: &Value) -> Option<RequirementId> {
    value.as_str()?.parse().ok()
}

fn is_sha256(text: &str) -> bool {
    text.len() == SHA256_DIGITS && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
