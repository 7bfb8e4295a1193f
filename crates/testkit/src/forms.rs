use docket_domain::declaration::SavedForm;
use docket_domain::{Kind, Requirement};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A section as the layer above the rules hands it over: sealed, sized and hashed.
pub fn section(code: &str, body: Value) -> SavedForm {
    let text = body.to_string();
    SavedForm {
        section: code.to_owned(),
        document: hash(&format!("sealed {text}")),
        bytes: u32::try_from(text.len()).expect("a section is small"),
        content: hash(&text),
        body,
    }
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// The least sections that make a draft of a kind submittable, 基本信息 first. `mark` makes their
/// content differ from that of another mark.
pub fn complete_sections(kind: Kind, requirements: &[Requirement], mark: &str) -> Vec<SavedForm> {
    let rows = |what: &str| json!({ "rows": [{ "name": what }] });
    let mut sections = match kind {
        Kind::Review => vec![
            section(
                "basic",
                json!({
                    "eligibility": format!("符合申报条件{mark}"), "work_started_on": "2013-07-01",
                    "person_category": "事业单位在编人员", "summary": "从教十二年，认真负责。",
                }),
            ),
            section("education", rows("师范大学 本科")),
            section("work_experience", rows("任教")),
            section("achievements", rows("市级优质课")),
        ],
        Kind::Initial => vec![
            section(
                "basic",
                json!({
                    "health": "健康", "highest_education": format!("本科{mark}"), "person_category": "企业人员",
                }),
            ),
            section("education", rows("理工大学 本科")),
            section("performance", json!({ "text": "参与两项工程。" })),
            section(
                "probation_summary",
                json!({ "text": "见习期满，考核合格。" }),
            ),
        ],
        Kind::Confirmation => vec![
            section(
                "basic",
                json!({
                    "education": "本科", "work_started_on": "2010-07-01", "previous_work_unit": format!("外省某厂{mark}"),
                    "person_category": "企业人员", "joined_on": "2024-03-01", "current_work": "机械设计",
                }),
            ),
            section("work_since_joining", json!({ "text": "主持设备改造。" })),
        ],
    };
    sections.extend(attachments(requirements));
    sections
}

fn attachments(requirements: &[Requirement]) -> Option<SavedForm> {
    let required = requirements
        .iter()
        .filter(|requirement| requirement.required);
    let rows: Vec<Value> = required
        .map(|row| json!({ "requirement_id": row.id, "name": row.name, "sha256": hash(&row.name) }))
        .collect();
    (!rows.is_empty()).then(|| section("attachments", json!({ "rows": rows })))
}
