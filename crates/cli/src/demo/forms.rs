//! The least sections that make a draft submittable.

use super::ids;
use docket_domain::{Kind, Requirement};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// Sections of a kind by code, 基本信息 first. `remark` stands in 基本信息, so that an edit changes
/// the content.
pub fn sections(
    kind: Kind,
    attachments: &[Requirement],
    remark: &str,
) -> Vec<(&'static str, Value)> {
    let rows = |row: Value| json!({ "rows": [row] });
    let text = |text: &str| json!({ "text": text });
    let mut sections = vec![("basic", basic(kind, remark))];
    match kind {
        Kind::Review => {
            sections.push(("education", rows(json!({ "school": "山城理工大学", "degree": "本科", "graduated_on": "2008-06-30" }))));
            sections.push(("work_experience", rows(json!({ "from": "2008-07-01", "unit": "现工作单位", "position": "专业技术岗位" }))));
            sections.push((
                "achievements",
                rows(json!({ "name": "主持完成重点项目两项", "year": "2024" })),
            ));
        }
        Kind::Initial => {
            sections.push(("education", rows(json!({ "school": "山城理工大学", "degree": "本科", "graduated_on": "2024-06-30" }))));
            sections.push(("performance", text("参与两项工程，考核合格。")));
            sections.push(("probation_summary", text("见习期满，能够独立承担工作。")));
        }
        Kind::Confirmation => sections.push((
            "work_since_joining",
            text("主持设备改造，完成技术方案三项。"),
        )),
    }
    let rows: Vec<Value> = attachments
        .iter()
        .filter(|row| row.required)
        .map(attachment)
        .collect();
    if !rows.is_empty() {
        sections.push(("attachments", json!({ "rows": rows })));
    }
    sections
}

fn basic(kind: Kind, remark: &str) -> Value {
    match kind {
        Kind::Review => json!({
            "eligibility": format!("任现职满五年，考核合格。{remark}"),
            "work_started_on": "2008-07-01",
            "person_category": "在职在岗人员",
            "summary": "认真履职，遵守职业道德，完成各项任务。",
        }),
        Kind::Initial => json!({
            "health": "健康",
            "highest_education": "大学本科",
            "person_category": "在职在岗人员",
            "political_status": format!("群众{remark}"),
        }),
        Kind::Confirmation => json!({
            "education": "大学本科",
            "work_started_on": "2010-07-01",
            "previous_work_unit": format!("锦城机械厂{remark}"),
            "person_category": "在职在岗人员",
            "joined_on": "2024-03-01",
            "current_work": "专业技术管理",
        }),
    }
}

fn attachment(requirement: &Requirement) -> Value {
    let sha256 = ids::hash(&format!("file {}", requirement.name));
    json!({ "requirement_id": requirement.id, "name": format!("{}.pdf", requirement.name), "sha256": sha256 })
}

/// Sections as a client reads them: an object in the order in which they can be saved.
pub struct ByName(pub Vec<(&'static str, Value)>);

impl Serialize for ByName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(code, body)| (code, body)))
    }
}
