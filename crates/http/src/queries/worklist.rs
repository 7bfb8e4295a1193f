use crate::access::audited_kinds;
use crate::answer::{Answer, Seen};
use crate::app::App;
use crate::caller::Caller;
use crate::params::Params;
use crate::problem::{Problem, Trouble};
use crate::schema::{ActionCode, At, Id, KindCode, LevelCode, TabCode};
use crate::state_view::HandlerView;
use axum::extract::State;
use docket_directory::Committee;
use docket_domain::catalogue::Level;
use docket_domain::declaration::{Allowed, Target};
use docket_domain::time::{Day, Instant};
use docket_domain::vocabulary::{Action, Tab};
use docket_domain::{CommitteeId, DeclarationId, Kind, PersonId, UnitId};
use docket_worklist::{Cursor, Filter, From, Item, Page, Question};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Rows of a page, unless asked otherwise.
const LIMIT: u32 = 20;
/// Rows of a page at most.
const LIMIT_MAX: u32 = 100;

/// A page of the acting unit's list.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorklistPage {
    /// Newest submission first.
    items: Vec<WorklistItem>,
    /// Rows per tab of the kinds asked for, whatever the other filters.
    counts: BTreeMap<&'static str, u64>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
    /// Rows that pass the filters, exact to 10,000.
    total: u64,
    /// Whether there are more than `total`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    total_capped: bool,
}

/// A row: the declaration as the unit's step shows it, masked.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorklistItem {
    #[schema(value_type = Id)]
    pub declaration_id: DeclarationId,
    pub version: u64,
    #[schema(value_type = KindCode)]
    pub kind: Kind,
    #[schema(value_type = TabCode)]
    pub tab: Tab,
    /// 状态
    pub status_label: String,
    /// 申报编号
    pub number: String,
    /// 姓名
    pub applicant: Option<String>,
    /// 手机号
    pub phone: Option<String>,
    /// 证件号码
    pub id_number: Option<String>,
    /// 人员类别
    pub person_category: Option<String>,
    /// 现工作单位
    pub work_unit: String,
    /// 评审委员会
    #[serde(skip_serializing_if = "Option::is_none")]
    pub committee: Option<String>,
    /// 评审委员会专业组
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specialty_group: Option<String>,
    /// 受理单位
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepting_unit: Option<String>,
    /// 申报系列
    pub series: String,
    /// 申报职称
    pub title: String,
    /// 申报职称层级
    #[schema(value_type = LevelCode)]
    pub title_level: Level,
    pub title_level_label: &'static str,
    /// 申报职称专业
    pub specialty: String,
    /// 申报职称专业方向
    pub direction: String,
    /// 申请类别
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_type: Option<String>,
    /// 提交时间
    #[schema(value_type = At)]
    pub submitted_at: Instant,
    /// 审核截止时间; 评审 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<At>)]
    pub review_deadline: Option<Instant>,
    /// 已逾期
    pub overdue: bool,
    /// 办理人
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handler: Option<HandlerView>,
    /// What the caller may do now.
    #[schema(value_type = Vec<ActionCode>)]
    pub actions: Vec<Action>,
    /// Since when the row is behind, when its declaration cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<At>)]
    pub behind_since: Option<Instant>,
}

/// What the list is asked for, from the query or from a body.
#[derive(Debug, Default)]
pub struct Wanted {
    pub kind: Option<Kind>,
    pub tab: Option<Tab>,
    pub number: Option<String>,
    pub work_unit: Option<String>,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub id_number: Option<String>,
    pub submitted_from: Option<Day>,
    pub submitted_to: Option<Day>,
    pub cursor: Option<String>,
    pub page: Option<u32>,
    pub limit: Option<u32>,
}

/// Lists the acting unit's declarations
///
/// One tab of the list with the counts of all tabs. Names, numbers and phones are looked for with
/// `POST /worklist/search`.
#[utoipa::path(
    get,
    path = "/worklist",
    tag = "worklist",
    params(
        ("kind" = Option<KindCode>, Query, description = "One kind; all the caller has a menu for otherwise"),
        ("tab" = Option<TabCode>, Query, description = "`all` if not given"),
        ("number" = Option<String>, Query, description = "申报编号, from the beginning"),
        ("work_unit" = Option<String>, Query, description = "现工作单位, any part of its name"),
        ("submitted_from" = Option<crate::schema::Date>, Query, description = "Inclusive, Asia/Shanghai"),
        ("submitted_to" = Option<crate::schema::Date>, Query, description = "Inclusive, Asia/Shanghai"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("page" = Option<u32>, Query, description = "From 1, instead of a cursor; up to row 10,000"),
        ("limit" = Option<u32>, Query, description = "20 if not given, at most 100", maximum = 100, minimum = 1),
    ),
    responses((status = 200, body = WorklistPage)),
)]
pub async fn worklist(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Answer<WorklistPage>, Problem> {
    if params.text("as_of").is_some() {
        return Err(Problem::from(Trouble::NotAvailableYet).with_detail("as_of"));
    }
    let wanted = Wanted {
        cursor: params.text("cursor"),
        page: params.parse("page")?,
        limit: params.parse("limit")?,
        ..filtered(&mut params)?
    };
    let seen = params
        .fresh(
            &app,
            &[app.reads.worklist.view(), app.reads.directory.view()],
        )
        .await?;
    answer(&app, &caller, wanted, seen).await
}

/// The filters of a query.
pub fn filtered(params: &mut Params) -> Result<Wanted, Problem> {
    Ok(Wanted {
        kind: params.read("kind", Kind::parse)?,
        tab: params.read("tab", Tab::parse)?,
        number: params.text("number"),
        work_unit: params.text("work_unit"),
        submitted_from: params.parse("submitted_from")?,
        submitted_to: params.parse("submitted_to")?,
        ..Wanted::default()
    })
}

/// All rows that pass the filters, with the acting unit; none when there are more than `most`.
pub async fn whole(
    app: &App,
    caller: &Caller,
    wanted: Wanted,
    most: u64,
) -> Result<(UnitId, Option<Vec<WorklistItem>>), Problem> {
    let (unit, kinds) = audited_kinds(app, caller, wanted.kind).await?;
    let wanted = Wanted {
        limit: Some(LIMIT_MAX),
        ..wanted
    };
    let mut question = question(app, unit, kinds, wanted).await?;
    let mut items = Vec::new();
    loop {
        let page = app.reads.worklist.page(&question).await?;
        if page.total > most || page.total_capped {
            return Ok((unit, None));
        }
        let next = page.next_cursor;
        items.extend(rendered(app, caller, page).await?.items);
        match next {
            Some(cursor) => question.from = From::Cursor(cursor),
            None => return Ok((unit, Some(items))),
        }
    }
}

/// Answers what is wanted of the acting unit's list.
pub async fn answer(
    app: &App,
    caller: &Caller,
    wanted: Wanted,
    seen: Seen,
) -> Result<Answer<WorklistPage>, Problem> {
    let (unit, kinds) = audited_kinds(app, caller, wanted.kind).await?;
    let question = question(app, unit, kinds, wanted).await?;
    let page = app.reads.worklist.page(&question).await?;
    let seen = Seen {
        position: page.position,
        ..seen
    };
    Ok(Answer::new(seen, rendered(app, caller, page).await?))
}

async fn question(
    app: &App,
    unit: UnitId,
    kinds: Vec<Kind>,
    wanted: Wanted,
) -> Result<Question, Problem> {
    let limit = wanted.limit.unwrap_or(LIMIT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::field("limit", "应为 1 至 100"));
    }
    let work_units = match &wanted.work_unit {
        Some(part) => Some(app.reads.directory.units_named(part).await?),
        None => None,
    };
    let filter = Filter {
        kinds,
        tab: wanted.tab.unwrap_or(Tab::All),
        number: wanted.number,
        work_units,
        name: wanted.name,
        phone: wanted.phone,
        id_number: wanted.id_number.map(|number| number.to_uppercase()),
        submitted_from: wanted.submitted_from,
        submitted_to: wanted.submitted_to,
    };
    Ok(Question {
        unit,
        filter,
        from: from(wanted.cursor, wanted.page)?,
        limit,
    })
}

fn from(cursor: Option<String>, page: Option<u32>) -> Result<From, Problem> {
    match (cursor, page) {
        (Some(_), Some(_)) => Err(Problem::field("page", "不能与 cursor 同时使用")),
        (Some(cursor), None) => cursor
            .parse::<Cursor>()
            .map(From::Cursor)
            .map_err(|_| Problem::field("cursor", "游标不正确")),
        (None, Some(0)) => Err(Problem::field("page", "页码从 1 开始")),
        (None, Some(page)) => Ok(From::Page(page)),
        (None, None) => Ok(From::Start),
    }
}

/// The page with names and deadlines as they are now, and what the caller may do to each row.
async fn rendered(app: &App, caller: &Caller, page: Page) -> Result<WorklistPage, Problem> {
    let ids: Vec<DeclarationId> = page.items.iter().map(|item| item.declaration_id).collect();
    let allowed = app
        .engine()
        .allowed_on_page(&ids, caller.actor.clone())
        .await?;
    let joined = Joined {
        units: app.reads.directory.unit_names(&units(&page.items)).await?,
        committees: app
            .reads
            .directory
            .committees(&committees(&page.items))
            .await?,
        now: app.now(),
        reader: caller.person,
        app,
    };
    let counts = page
        .counts
        .iter()
        .map(|(tab, count)| (tab.code(), count))
        .collect();
    let items = page
        .items
        .into_iter()
        .zip(allowed)
        .map(|(item, allowed)| joined.row(item, &allowed));
    Ok(WorklistPage {
        items: items.collect(),
        counts,
        next_cursor: page.next_cursor.map(|cursor| cursor.to_string()),
        total: page.total,
        total_capped: page.total_capped,
    })
}

fn units(items: &[Item]) -> Vec<UnitId> {
    let mut units: Vec<UnitId> = items
        .iter()
        .flat_map(|item| [item.work_unit, item.target.unit()])
        .collect();
    units.sort_unstable();
    units.dedup();
    units
}

fn committees(items: &[Item]) -> Vec<CommitteeId> {
    let mut committees: Vec<CommitteeId> = items
        .iter()
        .filter_map(|item| item.deadline.committee)
        .collect();
    committees.sort_unstable();
    committees.dedup();
    committees
}

/// What is joined to the rows.
struct Joined<'a> {
    app: &'a App,
    units: BTreeMap<UnitId, String>,
    committees: BTreeMap<CommitteeId, Committee>,
    now: Instant,
    reader: PersonId,
}

impl Joined<'_> {
    fn row(&self, item: Item, allowed: &[Allowed]) -> WorklistItem {
        let item = item.masked();
        let committee = item
            .deadline
            .committee
            .and_then(|id| self.committees.get(&id));
        let deadline = committee.and_then(|committee| item.deadline.in_force(&committee.deadlines));
        let definition = self.app.engine().newest_definition(item.kind);
        let offered = allowed.iter().filter(|allowed| allowed.refusal.is_none());
        let accepting_unit =
            matches!(item.target, Target::Setting { .. }).then(|| self.unit(item.target.unit()));
        WorklistItem {
            declaration_id: item.declaration_id,
            version: item.version,
            kind: item.kind,
            tab: item.tab,
            status_label: definition
                .map(|found| found.state_label(item.state).to_owned())
                .unwrap_or_default(),
            number: item.number,
            applicant: item.applicant,
            phone: item.phone,
            id_number: item.id_number,
            person_category: item.person_category,
            work_unit: self.unit(item.work_unit),
            committee: committee.map(|committee| committee.name.clone()),
            specialty_group: item.specialty_group,
            accepting_unit,
            series: item.series,
            title: item.title,
            title_level: item.title_level,
            title_level_label: item.title_level.label(),
            specialty: item.specialty,
            direction: item.direction,
            application_type: item.application_type,
            submitted_at: item.submitted_at,
            review_deadline: deadline,
            overdue: item.state.is_open() && deadline.is_some_and(|deadline| self.now >= deadline),
            handler: item.handler.map(|handler| HandlerView {
                me: handler.person == self.reader,
                name: handler.name,
            }),
            actions: offered.map(|allowed| allowed.action).collect(),
            behind_since: item.behind_since,
        }
    }

    fn unit(&self, unit: UnitId) -> String {
        self.units.get(&unit).cloned().unwrap_or_default()
    }
}
