//! Accounts: natural persons, and the legal account of each unit.

use crate::event::{Envelope, Event, event_data};
use crate::time::Day;
use crate::vocabulary::{DocumentType, SystemRole};
use crate::{PersonId, UnitId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What kind of account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Account {
    /// 个人用户
    Natural,
    /// 法人用户 of one unit; shown as such wherever a person is named.
    Legal {
        /// The unit it always acts for.
        unit: UnitId,
    },
}

/// Who a natural person is. Fixed at registration: 一经绑定将不能修改 (§11.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// 姓名
    pub name: String,
    /// 证件类型
    pub id_type: DocumentType,
    /// 证件号码, normalised.
    pub id_number: String,
    /// 手机号
    pub mobile: String,
    /// 性别: 男 or 女, from the number where it tells.
    pub sex: String,
    /// 出生日期, from the number where it tells.
    pub birth_date: Day,
}

/// A registration as it is filled in (§11.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonForm {
    /// 姓名
    pub name: String,
    /// 证件类型, 身份证 unless said.
    pub id_type: Option<DocumentType>,
    /// 证件号码
    pub id_number: String,
    /// 手机号
    pub mobile: String,
    /// 性别, 男 or 女; asked only where the number does not tell.
    pub sex: Option<String>,
    /// 出生日期; asked only where the number does not tell.
    pub birth_date: Option<Day>,
}

/// An account exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRegistered {
    /// The account.
    pub person: PersonId,
    /// Natural person or legal account.
    pub account: Account,
    /// The natural person's identity, sealed.
    #[serde(skip)]
    pub personal: Option<Identity>,
}
event_data!(PersonRegistered, 1, sealed Identity);

/// A role of the platform was granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemRoleGranted {
    /// The role.
    pub role: SystemRole,
}
event_data!(SystemRoleGranted, 1);

/// What the rules know of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Its id, once registered.
    pub id: Option<PersonId>,
    /// Natural person or legal account.
    pub account: Option<Account>,
    /// The identity of a natural person, unless erased.
    pub identity: Option<Identity>,
    /// Roles of the platform.
    pub roles: BTreeSet<SystemRole>,
}

/// How the legal account is shown, unmasked (§0 Masks).
pub const LEGAL_USER: &str = "法人用户";

impl Person {
    /// The unit a legal account acts for.
    pub fn legal_unit(&self) -> Option<UnitId> {
        match self.account {
            Some(Account::Legal { unit }) => Some(unit),
            _ => None,
        }
    }

    /// The name to freeze into events: 法人用户 for a legal account, empty once erased.
    pub fn display_name(&self) -> &str {
        match (&self.account, &self.identity) {
            (Some(Account::Legal { .. }), _) => LEGAL_USER,
            (_, Some(identity)) => &identity.name,
            _ => "",
        }
    }

    pub(crate) fn apply(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::PersonRegistered(event) => {
                self.id = Some(event.person);
                self.account = Some(event.account);
                self.identity.clone_from(&event.personal);
            }
            Event::SystemRoleGranted(event) => {
                self.roles.insert(event.role);
            }
            _ => {}
        }
    }
}
