//! What people fill in, and the way a declaration goes.

use super::cast::{UnitOf, Who};
use super::{Call, Reply, Service};
use docket_domain::Kind;
use serde_json::{Value, json};

/// The least sections that make a draft submittable.
pub fn sections(kind: Kind) -> Vec<(&'static str, Value)> {
    let education = (
        "education",
        json!({"rows": [{"school": "某某大学", "degree": "本科"}]}),
    );
    match kind {
        Kind::Review => vec![
            (
                "basic",
                json!({
                    "eligibility": "符合正常申报条件", "work_started_on": "2013-07-01",
                    "person_category": "事业单位人员", "summary": "工作认真"
                }),
            ),
            education,
            ("work_experience", json!({"rows": [{"unit": "某某单位"}]})),
            ("achievements", json!({"rows": [{"name": "某某工程"}]})),
        ],
        Kind::Initial => vec![
            (
                "basic",
                json!({"health": "健康", "highest_education": "本科 学士", "person_category": "企业人员"}),
            ),
            education,
            ("performance", json!({"text": "完成各项任务"})),
            ("probation_summary", json!({"text": "见习期满"})),
        ],
        Kind::Confirmation => vec![
            (
                "basic",
                json!({
                    "education": "本科", "work_started_on": "2013-07-01", "previous_work_unit": "成都某某公司",
                    "person_category": "企业人员", "joined_on": "2025-01-06", "current_work": "机械设计"
                }),
            ),
            ("work_since_joining", json!({"text": "负责设计"})),
        ],
    }
}

/// The publicity of a declaration that was approved on the first day of the tests.
pub fn publicity() -> Value {
    json!({"start": "2026-03-02", "end": "2026-03-06"})
}

/// The report dialog, filled in.
pub fn report_to(unit: &UnitOf, publicity: Option<Value>) -> Value {
    let mut body = json!({
        "target_unit_id": unit.id, "responsible_person": "负小责", "phone": "023-12345678", "opinion": "同意推荐",
    });
    if let Some(publicity) = publicity {
        body["publicity"] = publicity;
    }
    body
}

impl Service {
    pub fn draft_body(&self, kind: Kind, work_unit: &UnitOf) -> Value {
        let target = match kind {
            Kind::Review => self.cast.committee.0,
            Kind::Initial => self.cast.initial.0,
            Kind::Confirmation => self.cast.confirmation.0,
        };
        json!({
            "kind": kind.code(), "target_id": target, "work_unit_id": work_unit.id, "pledge": true,
            "title": {"series": "工程技术人员", "title": "工程师", "specialty": "机械工程", "direction": "设计"},
        })
    }

    /// A draft as it was answered.
    pub async fn draft(&self, who: &Who, kind: Kind, work_unit: &UnitOf) -> Reply {
        self.post(who, "/declarations", self.draft_body(kind, work_unit))
            .ok()
            .await
    }

    pub async fn fill(&self, who: &Who, id: &str, kind: Kind) {
        let mut version = self
            .get(who, &format!("/declarations/{id}"))
            .ok()
            .await
            .version();
        for (section, body) in sections(kind) {
            let path = format!("/declarations/{id}/sections/{section}");
            version = self
                .put(who, &path, body)
                .if_match(version)
                .ok()
                .await
                .version();
        }
    }

    pub fn act<'a>(&'a self, who: &Who, id: &str, action: &str) -> Call<'a> {
        self.post(who, &format!("/declarations/{id}/{action}"), json!({}))
    }

    /// A declaration that stands in the work unit's 待签收, or 待审核 where 签收 is off.
    pub async fn submitted(&self, who: &Who, kind: Kind, work_unit: &UnitOf) -> String {
        let id = self.draft(who, kind, work_unit).await.id();
        self.fill(who, &id, kind).await;
        self.act(who, &id, "submit").ok().await;
        id
    }

    /// … in 待审核 of the work unit's first operator.
    pub async fn signed(&self, who: &Who, kind: Kind, work_unit: &UnitOf) -> String {
        let id = self.submitted(who, kind, work_unit).await;
        self.act(&work_unit.first, &id, "sign").ok().await;
        id
    }

    /// … in 公示中, the publicity over.
    pub async fn publicized(&self, who: &Who, kind: Kind, work_unit: &UnitOf) -> String {
        let id = self.signed(who, kind, work_unit).await;
        self.act(&work_unit.first, &id, "approve-and-publicize")
            .ok()
            .await;
        self.clock.set("2026-03-09 10:00");
        id
    }

    pub async fn report(
        &self,
        from: &Who,
        id: &str,
        to: &UnitOf,
        publicity: Option<Value>,
    ) -> Reply {
        self.post(
            from,
            &format!("/declarations/{id}/report"),
            report_to(to, publicity),
        )
        .ok()
        .await
    }

    /// The tab a unit's row of a declaration stands in.
    pub async fn tab(&self, who: &Who, id: &str) -> Option<String> {
        let page = self.get(who, "/worklist?limit=100").ok().await;
        let items = page.body["items"].as_array().unwrap().clone();
        let row = items
            .into_iter()
            .find(|item| item["declaration_id"] == *id)?;
        Some(row["tab"].as_str().unwrap().to_owned())
    }
}
