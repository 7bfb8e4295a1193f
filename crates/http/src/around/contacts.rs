use crate::access::member_or_operator;
use crate::answer::{AdminBody, Answer};
use crate::app::App;
use crate::body::Asked;
use crate::caller::Caller;
use crate::command::{Saved, administer};
use crate::params::Params;
use crate::path::Id;
use crate::problem::Problem;
use axum::extract::State;
use docket_domain::UnitId;
use docket_domain::administration::AdminCommand;
use docket_domain::unit::Contact;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// 单位联系方式, the row 职称.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactsView {
    /// 联系地址
    address: String,
    /// 联系人
    person: Option<String>,
    /// 联系电话
    phone: Option<String>,
    /// 邮箱
    email: Option<String>,
}

/// 单位联系方式, the row 职称.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactsBody {
    /// 联系地址
    #[schema(value_type = String, max_length = 100)]
    address: Option<String>,
    /// 联系人
    #[schema(value_type = String, max_length = 50)]
    person: Option<String>,
    /// 联系电话; landlines are welcome.
    #[schema(value_type = String, max_length = 50)]
    phone: Option<String>,
    /// 邮箱
    email: Option<String>,
}

/// Shows a unit's contacts
#[utoipa::path(
    get,
    path = "/units/{id}/contacts",
    tag = "units",
    params(("id" = crate::schema::Id, Path, description = "The unit")),
    responses((status = 200, body = ContactsView)),
)]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Id(unit): Id<UnitId>,
    params: Params,
) -> Result<Answer<ContactsView>, Problem> {
    let seen = params.settled(&app).await?;
    member_or_operator(&app, &caller, unit).await?;
    let found = app.unit(unit).await?.ok_or_else(Problem::nothing_here)?;
    let contact = found.contact;
    let body = ContactsView {
        address: found.address,
        person: contact.as_ref().map(|contact| contact.person.clone()),
        phone: contact.as_ref().map(|contact| contact.phone.clone()),
        email: contact.and_then(|contact| contact.email),
    };
    Ok(Answer::new(seen, body))
}

/// Saves a unit's contacts
///
/// They stand in the report dialog at first.
#[utoipa::path(
    put,
    path = "/units/{id}/contacts",
    tag = "units",
    params(("id" = crate::schema::Id, Path, description = "The unit")),
    request_body = ContactsBody,
    responses((status = 200, body = AdminBody)),
)]
pub async fn put(
    State(app): State<App>,
    caller: Caller,
    Id(unit): Id<UnitId>,
    asked: Asked<ContactsBody>,
) -> Result<Saved, Problem> {
    let body = asked.body;
    let contact = Contact {
        person: body.person.unwrap_or_default(),
        phone: body.phone.unwrap_or_default(),
        email: body.email,
    };
    let command = AdminCommand::SaveContacts {
        unit,
        address: body.address.unwrap_or_default(),
        contact,
    };
    administer(&app, &caller, command, &asked.stamp).await
}
