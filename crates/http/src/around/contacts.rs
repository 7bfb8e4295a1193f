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
use docket_domain::unit::{Address, Contact, Contacts};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// 单位联系方式
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactsView {
    /// 单位名称
    unit_name: String,
    /// 联系地址; null until contacts were submitted.
    #[schema(value_type = Option<AddressBody>)]
    address: Option<Address>,
    /// The contact of each business; null until they were submitted.
    contacts: Option<ContactRows>,
}

/// 单位联系方式
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "address": {"city": "重庆市", "district": "渝北区", "detail": "花园路1号"},
    "contacts": {"titles": {"person": "联小系", "phone": "023-67890000", "supervision_phone": "023-67890001"}}
}))]
#[serde(deny_unknown_fields)]
pub struct ContactsBody {
    /// 联系地址
    #[serde(default)]
    #[schema(required = true)]
    address: AddressBody,
    /// The contact of each business.
    #[serde(default)]
    #[schema(required = true)]
    contacts: ContactRows,
}

/// 联系地址
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = Address)]
#[serde(deny_unknown_fields)]
pub struct AddressBody {
    /// 市
    #[schema(value_type = String, max_length = 50)]
    city: Option<String>,
    /// 区县
    #[schema(value_type = String, max_length = 50)]
    district: Option<String>,
    /// 详细地址
    #[schema(max_length = 100)]
    detail: Option<String>,
}

impl From<AddressBody> for Address {
    fn from(body: AddressBody) -> Self {
        Self {
            city: body.city.unwrap_or_default(),
            district: body.district.unwrap_or_default(),
            detail: body.detail.unwrap_or_default(),
        }
    }
}

/// Whom an applicant asks about a committee or a setting: an office, not a private person.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactView {
    /// 联系地址, as one line.
    address: String,
    /// 联系人
    person: String,
    /// 联系电话
    phone: String,
    /// 电子邮箱
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

impl ContactView {
    /// A contact at an address.
    pub fn of(address: &Address, contact: Contact) -> Self {
        Self {
            address: address.to_string(),
            person: contact.person,
            phone: contact.phone,
            email: contact.email,
        }
    }
}

/// The five rows of 单位联系方式.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactRows {
    /// 职称: stands in the report dialog at first.
    #[serde(default)]
    #[schema(required = true)]
    titles: TitlesRow,
    /// 专家
    #[serde(default, skip_serializing_if = "Option::is_none")]
    experts: Option<ContactRow>,
    /// 继续教育
    #[serde(default, skip_serializing_if = "Option::is_none")]
    continuing_education: Option<ContactRow>,
    /// 留学人员
    #[serde(default, skip_serializing_if = "Option::is_none")]
    returnees: Option<ContactRow>,
    /// 博士后
    #[serde(default, skip_serializing_if = "Option::is_none")]
    postdocs: Option<ContactRow>,
}

/// The row 职称.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TitlesRow {
    /// 联系人
    #[schema(value_type = String, max_length = 50)]
    person: Option<String>,
    /// 联系电话; landlines are welcome.
    #[schema(value_type = String, max_length = 50)]
    phone: Option<String>,
    /// 邮箱
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// 监督电话, printed on the publicity sheet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 50)]
    supervision_phone: Option<String>,
}

/// The row of another business.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactRow {
    /// 联系人
    #[schema(value_type = String, max_length = 50)]
    person: Option<String>,
    /// 联系电话
    #[schema(value_type = String, max_length = 50)]
    phone: Option<String>,
    /// 邮箱
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

impl From<ContactRow> for Contact {
    fn from(row: ContactRow) -> Self {
        Self {
            person: row.person.unwrap_or_default(),
            phone: row.phone.unwrap_or_default(),
            email: row.email,
        }
    }
}

impl From<Contact> for ContactRow {
    fn from(contact: Contact) -> Self {
        Self {
            person: Some(contact.person),
            phone: Some(contact.phone),
            email: contact.email,
        }
    }
}

impl From<ContactRows> for Contacts {
    fn from(rows: ContactRows) -> Self {
        let titles = Contact {
            person: rows.titles.person.unwrap_or_default(),
            phone: rows.titles.phone.unwrap_or_default(),
            email: rows.titles.email,
        };
        Self {
            titles,
            supervision_phone: rows.titles.supervision_phone,
            experts: rows.experts.map(Contact::from),
            continuing_education: rows.continuing_education.map(Contact::from),
            returnees: rows.returnees.map(Contact::from),
            postdocs: rows.postdocs.map(Contact::from),
        }
    }
}

impl From<Contacts> for ContactRows {
    fn from(contacts: Contacts) -> Self {
        let titles = TitlesRow {
            person: Some(contacts.titles.person),
            phone: Some(contacts.titles.phone),
            email: contacts.titles.email,
            supervision_phone: contacts.supervision_phone,
        };
        Self {
            titles,
            experts: contacts.experts.map(ContactRow::from),
            continuing_education: contacts.continuing_education.map(ContactRow::from),
            returnees: contacts.returnees.map(ContactRow::from),
            postdocs: contacts.postdocs.map(ContactRow::from),
        }
    }
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
    let body = ContactsView {
        unit_name: found.name,
        address: found.address,
        contacts: found.contacts.map(ContactRows::from),
    };
    Ok(Answer::new(seen, body))
}

/// Saves a unit's contacts
///
/// 单位联系方式 › 提交: the row 职称 stands in the report dialog at first.
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
    let command = AdminCommand::SaveContacts {
        unit,
        address: asked.body.address.into(),
        contacts: Box::new(asked.body.contacts.into()),
    };
    administer(&app, &caller, command, &asked.stamp).await
}
