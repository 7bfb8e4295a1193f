//! The files in fixtures/demo.

use docket_domain::Kind;
use docket_domain::committee::Deadlines;
use docket_domain::unit::{Address, Contact};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitFile {
    pub units: Vec<UnitRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitRow {
    pub key: String,
    pub name: String,
    pub nature: String,
    pub district: String,
    pub address: Address,
    pub supervisor: String,
    pub sign_off: bool,
    #[serde(default = "yes")]
    pub ready: bool,
    #[serde(default)]
    pub authority: bool,
    pub contact: Contact,
    pub supervision_phone: String,
    #[serde(default)]
    pub operators: Vec<OperatorRow>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorRow {
    pub name: String,
    pub sex: String,
    pub birth: String,
    pub menus: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    pub committees: Vec<CommitteeRow>,
    pub settings: Vec<SettingRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitteeRow {
    pub key: String,
    pub name: String,
    pub office: String,
    pub series: Vec<String>,
    pub notice: String,
    pub deadlines: Deadlines,
    pub attachments: Vec<AttachmentRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingRow {
    pub key: String,
    pub unit: String,
    pub kind: Kind,
    pub notice: String,
    pub attachments: Vec<AttachmentRow>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachmentRow {
    pub name: String,
    pub required: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameFile {
    pub surnames: Vec<String>,
    pub men: Vec<String>,
    pub women: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CourseFile {
    pub courses: BTreeMap<String, Vec<String>>,
}

/// One declaration and what happens to it.
#[derive(Debug)]
pub struct DeclarationRow {
    pub kind: Kind,
    pub course: String,
    pub work_unit: String,
    pub superior: String,
    pub second_superior: String,
    pub target: String,
    pub series: String,
    pub title: String,
    pub specialty: String,
    pub first_day: i64,
}

const SOUND: &str = "a spec reads the files in fixtures/demo";

pub fn units() -> Vec<UnitRow> {
    toml::from_str::<UnitFile>(include_str!("../../../../fixtures/demo/units.toml"))
        .expect(SOUND)
        .units
}

pub fn plans() -> PlanFile {
    toml::from_str(include_str!("../../../../fixtures/demo/plans.toml")).expect(SOUND)
}

pub fn names() -> NameFile {
    toml::from_str(include_str!("../../../../fixtures/demo/people.toml")).expect(SOUND)
}

pub fn courses() -> BTreeMap<String, Vec<String>> {
    toml::from_str::<CourseFile>(include_str!("../../../../fixtures/demo/courses.toml"))
        .expect(SOUND)
        .courses
}

pub fn declarations() -> Vec<DeclarationRow> {
    let rows = include_str!("../../../../fixtures/demo/declarations.csv")
        .lines()
        .skip(1);
    rows.filter(|row| !row.is_empty())
        .map(|row| declaration(row).expect(SOUND))
        .collect()
}

fn declaration(row: &str) -> Option<DeclarationRow> {
    let cells: Vec<&str> = row.split(',').collect();
    let [
        kind,
        course,
        work_unit,
        superior,
        second_superior,
        target,
        series,
        title,
        specialty,
        first_day,
    ] = cells[..]
    else {
        return None;
    };
    Some(DeclarationRow {
        kind: Kind::parse(kind)?,
        course: course.to_owned(),
        work_unit: work_unit.to_owned(),
        superior: superior.to_owned(),
        second_superior: second_superior.to_owned(),
        target: target.to_owned(),
        series: series.to_owned(),
        title: title.to_owned(),
        specialty: specialty.to_owned(),
        first_day: first_day.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_can_be_read_and_name_only_what_there_is() {
        let (units, plans, courses, rows) = (units(), plans(), courses(), declarations());
        let unit = |key: &str| units.iter().any(|unit| unit.key == key);
        let target = |key: &str| {
            plans.committees.iter().any(|row| row.key == key)
                || plans.settings.iter().any(|row| row.key == key)
        };
        assert!(units.len() >= 12 && rows.len() >= 60);
        assert!(plans.committees.iter().all(|row| unit(&row.office)));
        assert!(plans.settings.iter().all(|row| unit(&row.unit)));
        for row in &rows {
            assert!(courses.contains_key(&row.course), "{}", row.course);
            assert!(
                unit(&row.work_unit) && unit(&row.superior) && target(&row.target),
                "{row:?}"
            );
            assert!(
                row.second_superior.is_empty() || unit(&row.second_superior),
                "{row:?}"
            );
        }
        for course in courses.keys() {
            assert!(
                rows.iter().any(|row| row.course == *course),
                "no declaration takes the course {course}"
            );
        }
    }
}
