use crate::app::App;
use crate::body::Asked;
use crate::caller::Caller;
use crate::command::{DeclarationBody, Done, declare};
use crate::path::Declared;
use crate::problem::Problem;
use crate::schema::{Date, Id};
use axum::extract::State;
use docket_domain::UnitId;
use docket_domain::declaration::{DeclarationCommand, Publicity, ReportForm};
use docket_domain::time::Day;
use serde::Deserialize;
use utoipa::ToSchema;

/// The report dialog.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "responsible_person": "负小责", "phone": "023-12345678", "opinion": "同意推荐",
    "publicity": {"start": "2026-03-02", "end": "2026-03-06"}, "target_unit_id": "0198f3c2-7a51-7cc0-8f10-3b7f0c2d9a41"
}))]
#[serde(deny_unknown_fields)]
pub struct ReportBody {
    /// 上级单位 / 报送单位
    #[schema(value_type = Id)]
    target_unit_id: Option<UnitId>,
    /// 负责人
    #[schema(value_type = String, max_length = 50)]
    responsible_person: Option<String>,
    /// 联系电话
    #[schema(value_type = String, max_length = 50)]
    phone: Option<String>,
    /// 推荐意见
    #[schema(value_type = String, max_length = 200)]
    opinion: Option<String>,
    /// 公示时间; asked of the work unit only.
    publicity: Option<PublicityBody>,
    /// 是否需要面试; 初定 only.
    needs_interview: Option<bool>,
}

/// 公示时间, both days inclusive.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicityBody {
    /// First day.
    #[schema(value_type = Date)]
    start: Option<Day>,
    /// Last day.
    #[schema(value_type = Date)]
    end: Option<Day>,
}

impl PublicityBody {
    /// The range, where both its days are given.
    pub fn days(self) -> Option<Publicity> {
        let (start, end) = self.start.zip(self.end)?;
        Some(Publicity { start, end })
    }
}

impl From<ReportBody> for ReportForm {
    fn from(body: ReportBody) -> Self {
        ReportForm {
            target: body.target_unit_id,
            responsible_person: body.responsible_person.unwrap_or_default(),
            phone: body.phone.unwrap_or_default(),
            opinion: body.opinion.unwrap_or_default(),
            publicity: body.publicity.and_then(PublicityBody::days),
            needs_interview: body.needs_interview,
        }
    }
}

/// Reports a declaration to the next unit
///
/// 报送上级单位; the declaration's own accepting unit or committee is chosen by its unit's id.
#[utoipa::path(
    post,
    path = "/declarations/{id}/report",
    tag = "commands",
    params(("id" = Id, Path, description = "The declaration")),
    request_body = ReportBody,
    responses((status = 200, body = DeclarationBody)),
)]
pub async fn report(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    asked: Asked<ReportBody>,
) -> Result<Done, Problem> {
    declare(
        &app,
        &caller,
        id,
        DeclarationCommand::Report(asked.body.into()),
        &asked.stamp,
    )
    .await
}
