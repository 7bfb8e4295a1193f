use crate::access::viewed;
use crate::answer::{AdminBody, Answer};
use crate::app::App;
use crate::body::{Asked, Nothing};
use crate::caller::Caller;
use crate::command::{Saved, administer};
use crate::layers::RequestId;
use crate::params::Params;
use crate::path::{Id, Ids};
use crate::problem::{Problem, Trouble};
use crate::schema::{At, DocumentTypeCode, MenuCode};
use axum::extract::State;
use docket_domain::administration::AdminCommand;
use docket_domain::identifiers::Document;
use docket_domain::staff::Operator;
use docket_domain::time::Instant;
use docket_domain::vocabulary::{DocumentType, Menu};
use docket_domain::{Code, PersonId, State as Folded, Stream, UnitId, mask};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A unit's operators.
#[derive(Debug, Serialize, ToSchema)]
pub struct Operators {
    /// In the order they were added.
    items: Vec<OperatorView>,
}

/// 经办用户, masked.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperatorView {
    #[schema(value_type = crate::schema::Id)]
    person_id: PersonId,
    /// 姓名
    name: String,
    /// 证件类型
    #[schema(value_type = Option<DocumentTypeCode>)]
    id_type: Option<DocumentType>,
    id_type_label: Option<&'static str>,
    /// 证件号码
    id_number: Option<String>,
    /// 联系方式
    phone: Option<String>,
    /// 创建时间
    #[schema(value_type = Option<At>)]
    since: Option<Instant>,
    #[schema(value_type = Vec<MenuCode>)]
    menus: Vec<Menu>,
}

/// Whom to add, by the document or by the account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkBody {
    /// 证件类型, 身份证 unless said.
    #[schema(value_type = Option<DocumentTypeCode>)]
    id_type: Option<DocumentType>,
    /// 证件号码 of a registered person.
    id_number: Option<String>,
    /// The account.
    #[schema(value_type = Option<crate::schema::Id>)]
    person_id: Option<PersonId>,
}

/// All ticked menus.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MenusBody {
    #[schema(value_type = Vec<MenuCode>)]
    menus: BTreeSet<Menu>,
}

/// Lists a unit's operators
///
/// 用户管理; names and numbers are masked.
#[utoipa::path(
    get,
    path = "/units/{id}/operators",
    tag = "units",
    params(("id" = crate::schema::Id, Path, description = "The unit")),
    responses((status = 200, body = Operators)),
)]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Id(unit): Id<UnitId>,
    request: RequestId,
    params: Params,
) -> Result<Answer<Operators>, Problem> {
    let seen = params.settled(&app).await?;
    let staff = app.staff(unit).await?;
    let manages = |menu| staff.has_menu(caller.person, menu);
    if caller.actor.unit() != Some(unit) || !(manages(Menu::Users) || manages(Menu::Permissions)) {
        return Err(Code::NoPermission.into());
    }
    viewed(
        &app,
        &caller,
        request,
        "view_operators",
        &Stream::staff(unit),
    )
    .await?;
    let mut items = Vec::with_capacity(staff.operators.len());
    for (person, operator) in &staff.operators {
        items.push(view(&app, *person, operator).await?);
    }
    items.sort_by_key(|operator| (operator.since, operator.person_id));
    Ok(Answer::new(seen, Operators { items }))
}

async fn view(app: &App, person: PersonId, operator: &Operator) -> Result<OperatorView, Problem> {
    let identity = app.person(person).await?.and_then(|person| person.identity);
    Ok(OperatorView {
        person_id: person,
        name: mask::name(&operator.name),
        id_type: identity.as_ref().map(|identity| identity.id_type),
        id_type_label: identity.as_ref().map(|identity| identity.id_type.label()),
        id_number: identity
            .as_ref()
            .map(|identity| mask::id_number(&identity.id_number)),
        phone: identity
            .as_ref()
            .map(|identity| mask::mobile(&identity.mobile)),
        since: operator.since,
        menus: operator.menus.iter().copied().collect(),
    })
}

/// Adds an operator
///
/// 用户管理 › 新增: a registered person, found by the ID document.
#[utoipa::path(
    post,
    path = "/units/{id}/operators",
    tag = "units",
    params(("id" = crate::schema::Id, Path, description = "The unit")),
    request_body = LinkBody,
    responses((status = 201, body = AdminBody)),
)]
pub async fn post(
    State(app): State<App>,
    caller: Caller,
    Id(unit): Id<UnitId>,
    asked: Asked<LinkBody>,
) -> Result<Saved, Problem> {
    let manages = app.staff(unit).await?.has_menu(caller.person, Menu::Users)
        && caller.actor.unit() == Some(unit);
    let person = match (asked.body.person_id, &asked.body.id_number) {
        // The rules refuse it, and the refusal is recorded; whose number it is stays unsaid.
        _ if !manages => caller.person,
        (Some(person), None) => person,
        (None, Some(number)) => {
            let id_type = asked.body.id_type.unwrap_or(DocumentType::ResidentId);
            by_document(&app, id_type, number).await?
        }
        _ => return Err(Problem::required("id_number")),
    };
    administer(
        &app,
        &caller,
        AdminCommand::LinkOperator { unit, person },
        &asked.stamp,
    )
    .await
    .map(Saved::created)
}

/// The account behind a document.
async fn by_document(app: &App, id_type: DocumentType, number: &str) -> Result<PersonId, Problem> {
    let document = Document::parse(id_type, number, app.now().day());
    let document = document.map_err(|problem| Problem::field("id_number", problem.to_string()))?;
    let ring = app.engine().ring();
    for claim in ring.document_claims(id_type, document.number()) {
        match app.engine().state(&claim).await?.state.as_ref() {
            Folded::Claim(claim) => {
                if let Some(holder) = claim.holder {
                    return Ok(PersonId(holder));
                }
            }
            _ => return Err(Trouble::Corrupt.into()),
        }
    }
    Err(Problem::field("id_number", "该证件尚未注册账号"))
}

/// Removes an operator
///
/// 用户管理 › 删除; open work keeps the person's name.
#[utoipa::path(
    delete,
    path = "/units/{id}/operators/{person}",
    tag = "units",
    params(
        ("id" = crate::schema::Id, Path, description = "The unit"),
        ("person" = crate::schema::Id, Path, description = "The operator"),
    ),
    responses((status = 200, body = AdminBody)),
)]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Ids(unit, person): Ids<UnitId, PersonId>,
    asked: Asked<Nothing>,
) -> Result<Saved, Problem> {
    administer(
        &app,
        &caller,
        AdminCommand::RemoveOperator { unit, person },
        &asked.stamp,
    )
    .await
}

/// Saves an operator's menus
///
/// 用户权限 › 保存: they hold at once.
#[utoipa::path(
    put,
    path = "/units/{id}/operators/{person}/menus",
    tag = "units",
    params(
        ("id" = crate::schema::Id, Path, description = "The unit"),
        ("person" = crate::schema::Id, Path, description = "The operator"),
    ),
    request_body = MenusBody,
    responses((status = 200, body = AdminBody)),
)]
pub async fn menus(
    State(app): State<App>,
    caller: Caller,
    Ids(unit, person): Ids<UnitId, PersonId>,
    asked: Asked<MenusBody>,
) -> Result<Saved, Problem> {
    let command = AdminCommand::SaveMenus {
        unit,
        person,
        menus: asked.body.menus,
    };
    administer(&app, &caller, command, &asked.stamp).await
}
