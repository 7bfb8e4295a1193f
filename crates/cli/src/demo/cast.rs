//! Who there is: units with their people, committees, settings, applicants.

use super::fixtures::{self, AttachmentRow, CommitteeRow, SettingRow, UnitRow};
use super::ids;
use super::people::{Human, applicants, human};
use crate::clock::DEMO_START;
use docket_domain::vocabulary::Menu;
use docket_domain::{CommitteeId, Kind, PersonId, Requirement, RequirementId, SettingId, UnitId};
use std::collections::BTreeSet;

/// Applicants that have no declaration yet.
pub const FREE_APPLICANTS: usize = 16;

/// An operator of a unit.
#[derive(Debug, Clone)]
pub struct Operator {
    pub human: Human,
    pub menus: BTreeSet<Menu>,
}

/// A unit with its people.
#[derive(Debug)]
pub struct UnitCast {
    pub id: UnitId,
    pub legal_user: PersonId,
    pub operators: Vec<Operator>,
    pub row: UnitRow,
}

impl UnitCast {
    /// Who acts where a course says `W`: the first operator, or the legal user where 签收 is off.
    pub fn first(&self) -> PersonId {
        if self.row.sign_off {
            self.operators
                .first()
                .map_or(self.legal_user, |one| one.human.id)
        } else {
            self.legal_user
        }
    }

    /// The second operator; the legal user where there is none.
    pub fn second(&self) -> PersonId {
        self.operators
            .get(1)
            .map_or(self.legal_user, |operator| operator.human.id)
    }
}

/// A committee.
#[derive(Debug)]
pub struct CommitteeCast {
    pub id: CommitteeId,
    pub office: UnitId,
    pub attachments: Vec<Requirement>,
    pub row: CommitteeRow,
}

/// A recognition setting.
#[derive(Debug)]
pub struct SettingCast {
    pub id: SettingId,
    pub unit: UnitId,
    pub attachments: Vec<Requirement>,
    pub row: SettingRow,
}

/// Everybody and everything the declarations need.
#[derive(Debug)]
pub struct Cast {
    pub units: Vec<UnitCast>,
    pub committees: Vec<CommitteeCast>,
    pub settings: Vec<SettingCast>,
    /// One for each row of declarations.csv, then those who have none.
    pub applicants: Vec<Human>,
    pub auditor: Human,
    pub system_operator: Human,
}

/// What an applicant chooses to be judged by.
pub struct Choice<'a> {
    pub target: uuid::Uuid,
    pub terminal: UnitId,
    pub attachments: &'a [Requirement],
}

impl Cast {
    /// Reads the fixtures.
    pub fn new() -> Self {
        let plans = fixtures::plans();
        let units: Vec<UnitCast> = fixtures::units().into_iter().map(unit).collect();
        let find = |key: &str| {
            units
                .iter()
                .find(|unit| unit.row.key == key)
                .expect("the fixtures name only units there are")
                .id
        };
        let committees = plans
            .committees
            .into_iter()
            .map(|row| committee(row, &find))
            .collect();
        let settings = plans
            .settings
            .into_iter()
            .map(|row| setting(row, &find))
            .collect();
        let count = fixtures::declarations().len() + FREE_APPLICANTS;
        Self {
            committees,
            settings,
            units,
            applicants: applicants(count),
            auditor: human("auditor", "监明镜", "女", "1980-10-01", 901),
            system_operator: human("system operator", "运维安", "男", "1985-05-23", 903),
        }
    }

    /// A unit by its key.
    pub fn unit(&self, key: &str) -> &UnitCast {
        self.units
            .iter()
            .find(|unit| unit.row.key == key)
            .expect("the fixtures name only units there are")
    }

    /// A committee or a setting by its key.
    pub fn choice(&self, key: &str) -> Choice<'_> {
        if let Some(committee) = self
            .committees
            .iter()
            .find(|committee| committee.row.key == key)
        {
            return Choice {
                target: committee.id.0,
                terminal: committee.office,
                attachments: &committee.attachments,
            };
        }
        let setting = self.settings.iter().find(|setting| setting.row.key == key);
        let setting = setting.expect("the fixtures name only targets there are");
        Choice {
            target: setting.id.0,
            terminal: setting.unit,
            attachments: &setting.attachments,
        }
    }

    /// The applicants without a declaration.
    pub fn free_applicants(&self) -> &[Human] {
        &self.applicants[self.applicants.len() - FREE_APPLICANTS..]
    }

    /// The choice of a free applicant for a kind: key of the target, work unit and title.
    pub fn example(
        &self,
        index: usize,
        kind: Kind,
    ) -> (&'static str, &UnitCast, [&'static str; 3]) {
        const WORK_UNITS: [&str; 6] = ["qiming", "spruce", "mountain", "ginkgo", "clinic", "river"];
        let work_unit = self.unit(WORK_UNITS[index % WORK_UNITS.len()]);
        let second = index % 2 == 1;
        match (kind, second) {
            (Kind::Review, false) => (
                "engineering",
                work_unit,
                ["工程技术人员", "高级工程师", "机械工程"],
            ),
            (Kind::Review, true) => (
                "teaching",
                work_unit,
                ["工程技术人员", "工程师", "电子信息"],
            ),
            (Kind::Initial, false) => (
                "talent_initial",
                work_unit,
                ["工程技术人员", "助理工程师", "电子信息"],
            ),
            (Kind::Initial, true) => (
                "college_initial",
                work_unit,
                ["工程技术人员", "技术员", "机械工程"],
            ),
            (Kind::Confirmation, false) => (
                "talent_confirmation",
                work_unit,
                ["工程技术人员", "工程师", "建筑工程"],
            ),
            (Kind::Confirmation, true) => (
                "college_confirmation",
                work_unit,
                ["工程技术人员", "工程师", "环境保护"],
            ),
        }
    }

    /// Every natural person.
    pub fn humans(&self) -> Vec<&Human> {
        let operators = self
            .units
            .iter()
            .flat_map(|unit| unit.operators.iter().map(|operator| &operator.human));
        [&self.system_operator, &self.auditor]
            .into_iter()
            .chain(operators)
            .chain(&self.applicants)
            .collect()
    }
}

fn unit(row: UnitRow) -> UnitCast {
    let name = |what: &str| format!("{what} {}", row.key);
    let operators = row.operators.iter().enumerate().map(|(index, operator)| {
        let key = name(&format!("operator {index}"));
        let order =
            500 + u32::from(ids::hash(&key).as_bytes()[0]) + 40 * u32::try_from(index).unwrap_or(0);
        let menus = operator.menus.iter().flat_map(|menu| menus(menu)).collect();
        Operator {
            human: human(&key, &operator.name, &operator.sex, &operator.birth, order),
            menus,
        }
    });
    UnitCast {
        id: UnitId(ids::id(DEMO_START, &name("unit"))),
        legal_user: PersonId(ids::id(DEMO_START, &name("legal user"))),
        operators: operators.collect(),
        row,
    }
}

fn menus(word: &str) -> Vec<Menu> {
    match word {
        "audit" => vec![
            Menu::ReviewAudit,
            Menu::InitialAudit,
            Menu::ConfirmationAudit,
        ],
        other => vec![Menu::parse(other).expect("the fixtures name only menus there are")],
    }
}

fn committee(row: CommitteeRow, unit: &impl Fn(&str) -> UnitId) -> CommitteeCast {
    CommitteeCast {
        id: CommitteeId(ids::id(DEMO_START, &format!("committee {}", row.key))),
        office: unit(&row.office),
        attachments: requirements(&row.key, &row.attachments),
        row,
    }
}

fn setting(row: SettingRow, unit: &impl Fn(&str) -> UnitId) -> SettingCast {
    SettingCast {
        id: SettingId(ids::id(DEMO_START, &format!("setting {}", row.key))),
        unit: unit(&row.unit),
        attachments: requirements(&row.key, &row.attachments),
        row,
    }
}

fn requirements(key: &str, rows: &[AttachmentRow]) -> Vec<Requirement> {
    let named = rows.iter().map(|row| Requirement {
        id: RequirementId(ids::id(
            DEMO_START,
            &format!("requirement {key} {}", row.name),
        )),
        name: row.name.clone(),
        required: row.required,
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_shares_an_identifier() {
        let cast = Cast::new();
        let mut numbers: Vec<_> = cast
            .humans()
            .iter()
            .map(|human| human.identity.id_number.clone())
            .collect();
        let mut ids: Vec<_> = cast.humans().iter().map(|human| human.id).collect();
        let mut names: Vec<_> = cast
            .humans()
            .iter()
            .map(|human| human.identity.name.clone())
            .collect();
        let count = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        ids.sort_unstable();
        ids.dedup();
        names.sort_unstable();
        names.dedup();
        assert_eq!(
            (numbers.len(), ids.len(), names.len()),
            (count, count, count)
        );
    }

    #[test]
    fn one_unit_is_work_unit_and_accepting_unit_at_once() {
        let college = Cast::new().unit("college").id;
        assert!(
            Cast::new()
                .settings
                .iter()
                .any(|setting| setting.unit == college)
        );
        assert!(
            fixtures::declarations()
                .iter()
                .any(|row| row.work_unit == "college" && row.target.starts_with("college"))
        );
    }
}
