//! A unit: its profile, readiness, 签收 toggle, contacts and 职称发证权限 (§4, §8).

use crate::UnitId;
use crate::event::{Envelope, Event, event_data};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A unit became known to the platform, from its legal-person account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitRegistered {
    /// The unit.
    pub unit: UnitId,
    /// 单位名称
    pub name: String,
    /// 统一社会信用代码
    pub credit_code: String,
}
event_data!(UnitRegistered, 1);

/// 单位基础信息 as the unit fills it in (§4.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// 单位名称, at most 50 characters.
    pub name: String,
    /// 统一社会信用代码, 18 characters by GB 32100.
    pub credit_code: String,
    /// 注册地
    pub registered_in: String,
    /// 参保地
    pub insured_in: String,
    /// 单位性质
    pub nature: String,
    /// 是否为乡镇基层单位
    pub grassroots: bool,
    /// 专家业务里的主管部门; does not route declarations.
    pub expert_supervisor: String,
    /// 留学回国人员业务里的主管部门; does not route declarations.
    pub returnee_supervisor: String,
    /// 所属产业："33618"现代制造业集群
    pub manufacturing_clusters: Vec<String>,
    /// 所属产业："416"科技战略布局
    pub science_layout: Vec<String>,
}

/// The profile was submitted for the first time: the unit is ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitProfileCompleted {
    /// The profile.
    pub profile: Profile,
    /// 是否启用签收功能
    pub sign_off: bool,
}
event_data!(UnitProfileCompleted, 1);

/// The profile was submitted again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitProfileChanged {
    /// The profile.
    pub profile: Profile,
}
event_data!(UnitProfileChanged, 1);

/// 签收 was switched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOffToggled {
    /// Whether rows must be signed for from now on.
    pub on: bool,
}
event_data!(SignOffToggled, 1);

/// 联系地址: city and district are picked, the rest is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// 市
    pub city: String,
    /// 区县
    pub district: String,
    /// 详细地址, at most 100 characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// As one line.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.city, self.district, self.detail)
    }
}

/// 单位联系方式 of one business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// 联系人, at most 50 characters.
    pub person: String,
    /// 联系电话, free text of at most 50 characters.
    pub phone: String,
    /// 邮箱
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// The five rows of 单位联系方式 (§4.4, A73). That of 职称 pre-fills the report dialog; the others
/// serve other businesses and may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contacts {
    /// 职称
    pub titles: Contact,
    /// 监督电话 of the row 职称, printed on the publicity sheet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supervision_phone: Option<String>,
    /// 专家
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experts: Option<Contact>,
    /// 继续教育
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continuing_education: Option<Contact>,
    /// 留学人员
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returnees: Option<Contact>,
    /// 博士后
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postdocs: Option<Contact>,
}

/// 单位联系方式 was submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactsSaved {
    /// 联系地址
    pub address: Address,
    /// The contacts, sealed.
    #[serde(skip)]
    pub personal: Option<Contacts>,
}
event_data!(ContactsSaved, 1, sealed Contacts);

/// The unit may be an accepting unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuingAuthorityGranted {}
event_data!(IssuingAuthorityGranted, 1);

/// The unit may no longer be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuingAuthorityRevoked {}
event_data!(IssuingAuthorityRevoked, 1);

/// What the rules know of a unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unit {
    /// Its id, once registered.
    pub id: Option<UnitId>,
    /// 单位名称
    pub name: String,
    /// 统一社会信用代码
    pub credit_code: String,
    /// 单位基础信息, once submitted. A unit without one is not ready: nobody may report to it.
    pub profile: Option<Profile>,
    /// 是否启用签收功能
    pub sign_off: bool,
    /// 职称发证权限
    pub issuing_authority: bool,
    /// 联系地址, once contacts were submitted.
    pub address: Option<Address>,
    /// 单位联系方式, once submitted and unless erased.
    pub contacts: Option<Contacts>,
}

impl Unit {
    /// The contact of the row 职称.
    pub fn contact(&self) -> Option<&Contact> {
        self.contacts.as_ref().map(|contacts| &contacts.titles)
    }

    /// Whether 完善单位基础信息 was done.
    pub fn is_ready(&self) -> bool {
        self.profile.is_some()
    }

    pub(crate) fn apply(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::UnitRegistered(event) => {
                self.id = Some(event.unit);
                self.name.clone_from(&event.name);
                self.credit_code.clone_from(&event.credit_code);
                self.sign_off = true;
            }
            Event::UnitProfileCompleted(event) => {
                self.take_profile(&event.profile);
                self.sign_off = event.sign_off;
            }
            Event::UnitProfileChanged(event) => self.take_profile(&event.profile),
            Event::SignOffToggled(event) => self.sign_off = event.on,
            Event::ContactsSaved(event) => {
                self.address = Some(event.address.clone());
                self.contacts.clone_from(&event.personal);
            }
            Event::IssuingAuthorityGranted(_) => self.issuing_authority = true,
            Event::IssuingAuthorityRevoked(_) => self.issuing_authority = false,
            _ => {}
        }
    }

    fn take_profile(&mut self, profile: &Profile) {
        self.name.clone_from(&profile.name);
        self.credit_code.clone_from(&profile.credit_code);
        self.profile = Some(profile.clone());
    }
}
