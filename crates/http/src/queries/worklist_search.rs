use crate::answer::Answer;
use crate::app::App;
use crate::body::Given;
use crate::caller::Caller;
use crate::params::Params;
use crate::problem::Problem;
use crate::queries::worklist::{Wanted, answer};
use crate::queries::worklist_as_of;
use crate::queries::worklist_rows::WorklistPage;
use crate::schema::{Date, KindCode, TabCode};
use axum::extract::State;
use docket_domain::Kind;
use docket_domain::time::Day;
use docket_domain::vocabulary::Tab;
use docket_projection::AsOf;
use serde::Deserialize;
use utoipa::ToSchema;

/// The filters of the list, those on personal data too.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"kind": "review", "tab": "to_review", "name": "张", "limit": 20}))]
#[serde(deny_unknown_fields)]
pub struct SearchBody {
    #[schema(value_type = Option<KindCode>)]
    kind: Option<Kind>,
    #[schema(value_type = Option<TabCode>)]
    tab: Option<Tab>,
    /// 申报编号, from the beginning.
    number: Option<String>,
    /// 现工作单位, any part of its name.
    work_unit: Option<String>,
    /// 姓名, from the beginning.
    name: Option<String>,
    /// 手机号, whole.
    phone: Option<String>,
    /// 证件号码, whole.
    id_number: Option<String>,
    #[schema(value_type = Option<Date>)]
    submitted_from: Option<Day>,
    #[schema(value_type = Option<Date>)]
    submitted_to: Option<Day>,
    cursor: Option<String>,
    page: Option<u32>,
    /// 20 if not given, at most 100.
    limit: Option<u32>,
    /// As the query parameter.
    min_position: Option<u64>,
    /// A position of the log or a time with its offset: the list as it was. Not with `name`,
    /// `phone` or `id_number`, which the past is not kept by.
    #[schema(value_type = Option<String>)]
    as_of: Option<AsOf>,
}

/// Searches the acting unit's list
///
/// As `GET /worklist`, with the filters in a body: personal data stays out of URLs.
#[utoipa::path(
    post,
    path = "/worklist/search",
    tag = "worklist",
    request_body = SearchBody,
    responses((status = 200, body = WorklistPage)),
)]
pub async fn search(
    State(app): State<App>,
    caller: Caller,
    params: Params,
    Given(body): Given<SearchBody>,
) -> Result<Answer<WorklistPage>, Problem> {
    let text = |text: Option<String>| {
        text.map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    };
    let wanted = Wanted {
        kind: body.kind,
        tab: body.tab,
        number: text(body.number),
        work_unit: text(body.work_unit),
        name: text(body.name),
        phone: text(body.phone),
        id_number: text(body.id_number),
        submitted_from: body.submitted_from,
        submitted_to: body.submitted_to,
        cursor: text(body.cursor),
        page: body.page,
        limit: body.limit,
    };
    let params = params.at_least(body.min_position);
    if let Some(as_of) = body.as_of {
        return worklist_as_of::answer(&app, &caller, wanted, as_of, params).await;
    }
    let views = [app.reads.worklist.view(), app.reads.directory.view()];
    let seen = params.fresh(&app, &views).await?;
    answer(&app, &caller, wanted, seen).await
}
