use crate::access::audited_kinds;
use crate::answer::{Answer, Seen};
use crate::app::App;
use crate::caller::Caller;
use crate::params::Params;
use crate::problem::Problem;
use crate::queries::worklist_as_of;
use crate::queries::worklist_rows::{Joined, WorklistItem, WorklistPage};
use crate::schema::{KindCode, TabCode};
use axum::extract::State;
use docket_domain::declaration::Allowed;
use docket_domain::time::Day;
use docket_domain::vocabulary::Tab;
use docket_domain::{DeclarationId, Kind, Stream, UnitId};
use docket_worklist::{Cursor, Filter, From, Page, Question};

/// Rows of a page, unless asked otherwise.
const LIMIT: u32 = 20;
/// Rows of a page at most.
const LIMIT_MAX: u32 = 100;

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
/// `POST /worklist/search`. With `as_of` tabs, handlers, versions and deadlines are those of then;
/// people, units and titles are named as they are now.
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
        ("as_of" = Option<String>, Query, description = "A position of the log or a time with its offset: list and counts as they were, with nothing to do"),
    ),
    responses((status = 200, body = WorklistPage)),
)]
pub async fn worklist(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Answer<WorklistPage>, Problem> {
    let as_of = params.as_of()?;
    let wanted = Wanted {
        cursor: params.text("cursor"),
        page: params.parse("page")?,
        limit: params.parse("limit")?,
        ..filtered(&mut params)?
    };
    if let Some(as_of) = as_of {
        return worklist_as_of::answer(&app, &caller, wanted, as_of, params).await;
    }
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

/// The question to a list of the unit.
pub async fn question(
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
async fn rendered(app: &App, caller: &Caller, mut page: Page) -> Result<WorklistPage, Problem> {
    let ids: Vec<DeclarationId> = page.items.iter().map(|item| item.declaration_id).collect();
    let allowed = app
        .engine()
        .allowed_on_page(&ids, caller.actor.clone())
        .await?;
    for (item, allowed) in page.items.iter_mut().zip(&allowed) {
        // The view may have applied what cannot be read by now.
        if allowed.is_none() && item.behind_since.is_none() {
            let stream = Stream::declaration(item.declaration_id);
            let part = app.engine().readable_part(&stream).await?;
            item.behind_since = part.unreadable.map(|event| event.since);
        }
    }
    let allowed: Vec<Vec<Allowed>> = allowed.into_iter().map(Option::unwrap_or_default).collect();
    let joined = Joined::of(app, caller, &page.items, app.now()).await?;
    Ok(joined.page(page, &allowed))
}
