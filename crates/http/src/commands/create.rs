use crate::app::App;
use crate::body::Asked;
use crate::caller::Caller;
use crate::command::{DeclarationBody, Done, answered};
use crate::problem::Problem;
use crate::refused;
use crate::schema::{Date, Id, KindCode};
use axum::extract::State;
use docket_codec::Entropy;
use docket_domain::declaration::{CreateDraft, DeclarationCommand, Details, Title};
use docket_domain::time::{Day, Instant};
use docket_domain::{Code, Command, DeclarationId, Kind, UnitId};
use docket_engine::Failure;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How often a number is drawn before the day counts as full.
const DRAWS_MAX: usize = 16;
const DRAWN: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DRAWN_CHARACTERS: usize = 4;

/// The choices of the wizard's first page; none of them changes later.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(example = json!({
    "kind": "review", "target_id": "0198f3c2-7a51-7cc0-8f10-3b7f0c2d9a41", "work_unit_id": "0198f3c2-7a51-7cc0-8f10-3b7f0c2d9a42", "pledge": true,
    "title": {"series": "工程技术人员", "title": "工程师", "specialty": "建筑工程", "direction": "施工管理"},
    "application_type": "正常晋升"
}))]
#[serde(deny_unknown_fields)]
pub struct CreateBody {
    /// 评审, 初定 or 确认.
    #[schema(value_type = KindCode)]
    kind: Kind,
    /// The committee for 评审, the recognition setting otherwise.
    #[schema(value_type = Id)]
    target_id: Uuid,
    /// 系列, 职称, 专业, 专业方向.
    #[serde(default)]
    #[schema(required = true)]
    title: TitleBody,
    /// 现工作单位
    #[schema(value_type = Id)]
    work_unit_id: UnitId,
    /// ☑ 诚信承诺书
    #[schema(value_type = bool)]
    pledge: Option<bool>,
    /// 评审委员会专业组 (review).
    specialty_group: Option<String>,
    /// 申请类别 (review).
    application_type: Option<String>,
    /// 原专业技术职称 (confirmation).
    original_title: Option<String>,
    /// 原专业技术职称取得时间 (confirmation).
    #[schema(value_type = Option<Date>)]
    obtained_on: Option<Day>,
    /// 有效范围 (confirmation).
    valid_scope: Option<String>,
}

/// The title asked for.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TitleBody {
    /// 申报系列
    #[schema(value_type = String, example = "工程技术人员")]
    series: Option<String>,
    /// 申报职称
    #[schema(value_type = String, example = "工程师")]
    title: Option<String>,
    /// 申报职称专业
    #[schema(value_type = String, example = "建筑工程")]
    specialty: Option<String>,
    /// 专业方向
    #[schema(example = "施工管理")]
    direction: Option<String>,
}

impl CreateBody {
    fn draft(&self, number: String) -> CreateDraft {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        CreateDraft {
            number,
            kind: self.kind,
            target: self.target_id,
            title: Title {
                series: text(&self.title.series),
                title: text(&self.title.title),
            },
            details: Details {
                specialty: text(&self.title.specialty),
                direction: text(&self.title.direction),
                specialty_group: self.specialty_group.clone(),
                application_type: self.application_type.clone(),
                original_title: self.original_title.clone(),
                obtained_on: self.obtained_on,
                valid_scope: self.valid_scope.clone(),
            },
            work_unit: self.work_unit_id,
            pledge: self.pledge.unwrap_or(false),
        }
    }
}

/// Begins a declaration
///
/// 填写申请书: 填写中, with its number.
#[utoipa::path(
    post,
    path = "/declarations",
    tag = "commands",
    request_body = CreateBody,
    responses((status = 201, body = DeclarationBody)),
)]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    asked: Asked<CreateBody>,
) -> Result<Done, Problem> {
    let now = app.now();
    let id = DeclarationId(app.engine().entropy().uuid(now));
    for _ in 0..DRAWS_MAX {
        let draft = asked
            .body
            .draft(draw_number(app.engine().entropy().as_ref(), now));
        let command = Command::Declaration {
            id,
            command: DeclarationCommand::Create(Box::new(draft)),
        };
        match app.execute(asked.stamp.order(&caller, command)).await {
            Ok(accepted) => return Ok(answered(&app, accepted).await.created()),
            Err(Failure::Refused(refusal)) if refusal.code == Code::NumberTaken => {}
            Err(failure) => return Err(refused::by_kind(&app, asked.body.kind, failure)),
        }
    }
    Err(Code::NumberTaken.into())
}

/// 申报编号: the day, and four characters of 0-9 and A-Z.
fn draw_number(entropy: &dyn Entropy, now: Instant) -> String {
    let day = now.day();
    let mut number = format!(
        "{:04}{:02}{:02}",
        day.year(),
        day.month(),
        day.day_of_month()
    );
    let length = number.len() + DRAWN_CHARACTERS;
    // 252 is the largest multiple of 36 in a byte: what lies above would favour the first digits.
    while number.len() < length {
        let mut byte = [0];
        entropy.fill(&mut byte);
        if byte[0] < 252 {
            number.push(char::from(DRAWN[usize::from(byte[0]) % DRAWN.len()]));
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_codec::OsEntropy;

    #[test]
    fn a_number_is_the_day_and_four_characters() {
        let now = Instant::from_micros(1_772_413_200_000_000);
        for _ in 0..100 {
            let number = draw_number(&OsEntropy, now);
            assert_eq!((&number[..8], number.len()), ("20260302", 12));
            assert!(
                number[8..].bytes().all(|byte| DRAWN.contains(&byte)),
                "{number}"
            );
        }
    }
}
