use docket_domain::committee::Committee;
use docket_domain::setting::Setting;
use docket_domain::staff::Staff;
use docket_domain::{Category, State};
use docket_projection::{ColumnType, Folded, Projector, Rows, Table, Value, row};
use std::collections::BTreeSet;

/// The rows of the directory.
pub struct DirectoryProjector;

pub(crate) const UNITS: &str = "units";
pub(crate) const STAFF: &str = "staff";
pub(crate) const PEOPLE: &str = "people";
pub(crate) const COMMITTEES: &str = "committees";
pub(crate) const SETTINGS: &str = "settings";
pub(crate) const YEARS: &str = "calendar_years";
pub(crate) const SERIES: &str = "series";

impl Projector for DirectoryProjector {
    fn name(&self) -> &'static str {
        crate::NAME
    }

    fn rule(&self) -> &'static str {
        include_str!("../rows.sha256")
    }

    fn tables(&self) -> Vec<Table> {
        vec![
            units(),
            staff(),
            people(),
            committees(),
            settings(),
            years(),
            series(),
        ]
    }

    fn rows(&self, folded: &Folded, rows: &mut Rows) {
        match &folded.state {
            State::Unit(unit) => {
                if let Some(id) = unit.id {
                    let flags = (unit.is_ready(), unit.sign_off, unit.issuing_authority);
                    rows.add(
                        UNITS,
                        row![id, &unit.name, &unit.credit_code, flags.0, flags.1, flags.2],
                    );
                }
            }
            State::Staff(staff) => staff_rows(&folded.stream.id, staff, rows),
            State::Person(person) => {
                if let Some(id) = person.id {
                    rows.add(
                        PEOPLE,
                        row![id, person.legal_unit(), Value::json(&person.roles)],
                    );
                }
            }
            State::Committee(committee) => committee_row(committee, rows),
            State::Setting(setting) => setting_row(setting, rows),
            State::Calendar(calendar) => {
                for year in calendar.holidays.years() {
                    rows.add(YEARS, row![&folded.stream.id, year]);
                }
            }
            State::Catalogue(table) => {
                for series in table.series.values() {
                    let (titles, specialties) = (
                        Value::json(&series.titles),
                        Value::json(&series.specialties),
                    );
                    rows.add(
                        SERIES,
                        row![
                            &folded.stream.id,
                            &series.name,
                            series.number,
                            titles,
                            specialties
                        ],
                    );
                }
            }
            _ => {}
        }
    }
}

fn units() -> Table {
    Table::of_states(UNITS, Category::Unit, "unit", ColumnType::Id)
        .column("name", ColumnType::Text)
        .column("credit_code", ColumnType::Text)
        .column("ready", ColumnType::Flag)
        .column("sign_off", ColumnType::Flag)
        .column("issuing_authority", ColumnType::Flag)
        .index("units_name", &["name", "unit"])
        .index("units_credit_code", &["credit_code"])
}

fn staff() -> Table {
    Table::of_states(STAFF, Category::Staff, "unit", ColumnType::Id)
        .key("person", ColumnType::Id)
        .column("legal_user", ColumnType::Flag)
        .optional("name", ColumnType::Text)
        .column("menus", ColumnType::Text)
        .optional("since", ColumnType::Instant)
        .index("staff_person", &["person", "unit"])
}

fn people() -> Table {
    Table::of_states(PEOPLE, Category::Person, "person", ColumnType::Id)
        .optional("legal_unit", ColumnType::Id)
        .column("roles", ColumnType::Text)
}

fn committees() -> Table {
    Table::of_states(COMMITTEES, Category::Committee, "committee", ColumnType::Id)
        .column("name", ColumnType::Text)
        .column("office", ColumnType::Id)
        .column("series", ColumnType::Text)
        .optional("submit", ColumnType::Instant)
        .optional("work_unit", ColumnType::Instant)
        .optional("superior", ColumnType::Instant)
        .optional("deadline", ColumnType::Instant)
        .column("has_plan", ColumnType::Flag)
        .column("notice", ColumnType::Text)
        .column("attachments", ColumnType::Text)
        .index("committees_office", &["office"])
}

fn settings() -> Table {
    Table::of_states(SETTINGS, Category::Setting, "setting", ColumnType::Id)
        .column("unit", ColumnType::Id)
        .column("kind", ColumnType::Code)
        .column("enabled", ColumnType::Flag)
        .column("address", ColumnType::Text)
        .column("notice", ColumnType::Text)
        .column("attachments", ColumnType::Text)
        .optional("max_level", ColumnType::Code)
        .index("settings_unit", &["unit", "kind"])
}

fn years() -> Table {
    Table::of_states(YEARS, Category::Calendar, "calendar", ColumnType::Text)
        .key("year", ColumnType::Int)
}

fn series() -> Table {
    Table::of_states(SERIES, Category::Catalogue, "catalogue", ColumnType::Text)
        .key("name", ColumnType::Text)
        .column("number", ColumnType::Int)
        .column("titles", ColumnType::Text)
        .column("specialties", ColumnType::Text)
}

/// A person who is both legal user and operator has one row, as legal user.
fn staff_rows(unit: &str, staff: &Staff, rows: &mut Rows) {
    let Ok(unit) = unit.parse::<docket_domain::UnitId>() else {
        return;
    };
    if let Some(person) = staff.legal_user {
        let menus: BTreeSet<docket_domain::vocabulary::Menu> = BTreeSet::new();
        rows.add(
            STAFF,
            row![
                unit,
                person,
                true,
                Value::Null,
                Value::json(&menus),
                Value::Null
            ],
        );
    }
    for (person, operator) in staff
        .operators
        .iter()
        .filter(|(person, _)| staff.legal_user != Some(**person))
    {
        let name = Some(&operator.name).filter(|name| !name.is_empty());
        rows.add(
            STAFF,
            row![
                unit,
                *person,
                false,
                name,
                Value::json(&operator.menus),
                operator.since
            ],
        );
    }
}

fn committee_row(committee: &Committee, rows: &mut Rows) {
    let (Some(id), Some(office)) = (committee.id, committee.office) else {
        return;
    };
    let plan = committee.deadlines;
    rows.add(
        COMMITTEES,
        row![
            id,
            &committee.name,
            office,
            Value::json(&committee.series),
            plan.submit,
            plan.work_unit,
            plan.superior,
            plan.committee,
            committee.has_plan,
            &committee.notice,
            Value::json(&committee.attachments),
        ],
    );
}

fn setting_row(setting: &Setting, rows: &mut Rows) {
    let (Some(id), Some(unit), Some(kind)) = (setting.id, setting.unit, setting.kind) else {
        return;
    };
    rows.add(
        SETTINGS,
        row![
            id,
            unit,
            kind,
            setting.enabled,
            Value::json(&setting.address),
            &setting.notice,
            Value::json(&setting.attachments),
            setting.max_level,
        ],
    );
}
