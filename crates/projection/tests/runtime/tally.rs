//! A small projector to test the runtime with.

use docket_domain::{Category, Envelope, Event};
use docket_projection::{ColumnType, Folded, Projector, Rows, Table, Value, row};

/// A row per declaration and one per event.
pub struct Tally {
    /// Part of the fingerprint.
    pub rule: &'static str,
    /// Whether a termination makes it panic.
    pub panics: bool,
}

impl Tally {
    pub const PLAIN: Tally = Tally {
        rule: "1",
        panics: false,
    };
    /// As a later version has it.
    pub const CHANGED: Tally = Tally {
        rule: "2",
        ..Tally::PLAIN
    };
}

impl Projector for Tally {
    fn name(&self) -> &'static str {
        "tally"
    }

    fn rule(&self) -> &'static str {
        self.rule
    }

    fn tables(&self) -> Vec<Table> {
        let tallies = Table::of_states(
            "tallies",
            Category::Declaration,
            "declaration",
            ColumnType::Id,
        )
        .key("unit", ColumnType::Id)
        .column("version", ColumnType::Int)
        .optional("applicant", ColumnType::Text)
        .column("state", ColumnType::Code)
        .index("tallies_by_state", &["state", "declaration"])
        .count_by(&["unit", "state"]);
        let events = Table::of_events(
            "tally_events",
            Category::Declaration,
            "declaration",
            ColumnType::Id,
        )
        .key("version", ColumnType::Int)
        .column("at", ColumnType::Instant)
        .column("kind", ColumnType::Text);
        vec![tallies, events]
    }

    fn rows(&self, folded: &Folded, rows: &mut Rows) {
        let Some(declaration) = folded.declaration() else {
            return;
        };
        let name = declaration.person.as_ref().map(|person| &person.name);
        rows.add(
            "tallies",
            row![
                declaration.id,
                declaration.work_unit,
                declaration.version,
                name,
                declaration.status
            ],
        );
        for unit in declaration
            .units()
            .into_iter()
            .filter(|unit| *unit != declaration.work_unit)
        {
            rows.add(
                "tallies",
                row![
                    declaration.id,
                    unit,
                    declaration.version,
                    Value::Null,
                    declaration.status
                ],
            );
        }
    }

    fn entries(&self, after: &Folded, event: &Envelope, rows: &mut Rows) {
        assert!(
            !(self.panics && matches!(event.event, Event::Terminated(_))),
            "this projector fears the end"
        );
        if let Some(declaration) = after.declaration() {
            rows.add(
                "tally_events",
                row![declaration.id, event.version, event.at, event.event.kind()],
            );
        }
    }
}

/// The same under another name.
pub struct Twin;

impl Projector for Twin {
    fn name(&self) -> &'static str {
        "twin"
    }

    fn rule(&self) -> &'static str {
        Tally::PLAIN.rule
    }

    fn tables(&self) -> Vec<Table> {
        Tally::PLAIN.tables()
    }

    fn rows(&self, folded: &Folded, rows: &mut Rows) {
        Tally::PLAIN.rows(folded, rows);
    }

    fn entries(&self, after: &Folded, event: &Envelope, rows: &mut Rows) {
        Tally::PLAIN.entries(after, event, rows);
    }
}
