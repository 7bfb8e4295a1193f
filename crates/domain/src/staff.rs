//! A unit's people: the legal user, the operators and their menus (§4.5, §4.6).

use crate::event::{Envelope, Event, Role, event_data};
use crate::vocabulary::Menu;
use crate::{PersonId, UnitId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The unit's legal account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalUserAssigned {
    /// The unit.
    pub unit: UnitId,
    /// The account.
    pub person: PersonId,
}
event_data!(LegalUserAssigned, 1);

/// A person's name, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// 姓名
    pub name: String,
}

/// A person became an operator of the unit, found by the ID document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorLinked {
    /// The account.
    pub person: PersonId,
    /// The name, sealed.
    #[serde(skip)]
    pub personal: Option<Named>,
}
event_data!(OperatorLinked, 1, sealed Named);

/// A person is no operator of the unit any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorRemoved {
    /// The account.
    pub person: PersonId,
}
event_data!(OperatorRemoved, 1);

/// The menus of an operator, as saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorMenusSaved {
    /// The account.
    pub person: PersonId,
    /// All ticked menus.
    pub menus: BTreeSet<Menu>,
}
event_data!(OperatorMenusSaved, 1);

/// One operator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Operator {
    /// 姓名; empty once erased.
    pub name: String,
    /// Ticked menus.
    pub menus: BTreeSet<Menu>,
    /// When the person was linked.
    pub since: Option<crate::time::Instant>,
}

/// What the rules know of a unit's people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Staff {
    /// The unit.
    pub unit: Option<UnitId>,
    /// 法人用户
    pub legal_user: Option<PersonId>,
    /// 经办用户
    pub operators: BTreeMap<PersonId, Operator>,
}

impl Staff {
    /// In what capacity a person acts for the unit, if at all.
    pub fn role_of(&self, person: PersonId) -> Option<Role> {
        if self.legal_user == Some(person) {
            return Some(Role::LegalUser);
        }
        self.operators
            .contains_key(&person)
            .then_some(Role::Operator)
    }

    /// Whether a person has a menu; the legal user has all of them.
    pub fn has_menu(&self, person: PersonId, menu: Menu) -> bool {
        self.legal_user == Some(person)
            || self
                .operators
                .get(&person)
                .is_some_and(|operator| operator.menus.contains(&menu))
    }

    pub(crate) fn apply(&mut self, envelope: &Envelope) {
        match &envelope.event {
            Event::LegalUserAssigned(event) => {
                self.unit = Some(event.unit);
                self.legal_user = Some(event.person);
            }
            Event::OperatorLinked(event) => {
                let operator = self.operators.entry(event.person).or_default();
                operator.name = event
                    .personal
                    .as_ref()
                    .map(|named| named.name.clone())
                    .unwrap_or_default();
                operator.since = Some(envelope.at);
            }
            Event::OperatorRemoved(event) => {
                self.operators.remove(&event.person);
            }
            Event::OperatorMenusSaved(event) => {
                if let Some(operator) = self.operators.get_mut(&event.person) {
                    operator.menus.clone_from(&event.menus);
                }
            }
            _ => {}
        }
    }
}
