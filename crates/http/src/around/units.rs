use crate::answer::Answer;
use crate::app::App;
use crate::caller::Caller;
use crate::params::Params;
use crate::problem::Problem;
use crate::schema::Id;
use axum::extract::State;
use docket_directory::UnitSearch;
use docket_domain::UnitId;
use serde::Serialize;
use utoipa::ToSchema;

const LIMIT: u32 = 20;
const LIMIT_MAX: u32 = 100;

/// A page of units.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitsPage {
    /// By name.
    items: Vec<UnitItem>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// A unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitItem {
    #[schema(value_type = Id)]
    unit_id: UnitId,
    name: String,
    /// 统一社会信用代码
    credit_code: String,
    /// Whether 单位基础信息 was completed.
    ready: bool,
    /// 是否启用签收功能
    sign_off: bool,
    /// 职称发证权限
    issuing_authority: bool,
}

/// Searches units by any part of the name
#[utoipa::path(
    get,
    path = "/units",
    tag = "units",
    params(
        ("q" = Option<String>, Query, description = "Any part of the name"),
        ("ready" = Option<bool>, Query, description = "Whether 单位基础信息 was completed"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "20 if not given, at most 100"),
    ),
    responses((status = 200, body = UnitsPage)),
)]
pub async fn units(
    State(app): State<App>,
    _caller: Caller,
    mut params: Params,
) -> Result<Answer<UnitsPage>, Problem> {
    let limit = params.parse::<u32>("limit")?.unwrap_or(LIMIT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::field("limit", "应为 1 至 100"));
    }
    let search = UnitSearch {
        text: params.text("q"),
        ready: params.parse("ready")?,
        after: params.parse("cursor")?,
        limit: limit + 1,
    };
    let seen = params.fresh(&app, &[app.reads.directory.view()]).await?;
    let mut found = app.reads.directory.search_units(&search).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next_cursor = found
        .last()
        .filter(|_| more)
        .map(|unit| unit.id.to_string());
    let items = found.into_iter().map(|unit| UnitItem {
        unit_id: unit.id,
        name: unit.name,
        credit_code: unit.credit_code,
        ready: unit.ready,
        sign_off: unit.sign_off,
        issuing_authority: unit.issuing_authority,
    });
    Ok(Answer::new(
        seen,
        UnitsPage {
            items: items.collect(),
            next_cursor,
        },
    ))
}
