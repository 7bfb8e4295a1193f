//! The page on the tables of the read models.

use docket_domain::Event;
use docket_projection::{Column, ColumnType, History, Projector, Row, Table, rows_of};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What is in a table, in the order of the page.
const TABLES: &[(&str, &str)] = &[
    (
        "worklist",
        "One row per declaration and unit that has a step in it: what the unit's list shows.",
    ),
    (
        "worklist_history",
        "What the lists showed when: a row holds at position `p` where `from_position <= p` and `to_position` is empty or greater.",
    ),
    (
        "declarations",
        "One row per declaration that was not deleted.",
    ),
    ("steps", "Every step ever made, removed ones too."),
    (
        "record_entries",
        "办理记录: one row per thing that happened.",
    ),
    (
        "record_heads",
        "What 办理记录 needs of each declaration as it stands.",
    ),
    (
        "my_declarations",
        "An applicant's own declarations with the way they went.",
    ),
    ("units", "Every unit."),
    ("staff", "Who acts for which unit."),
    ("people", "Accounts with their roles; nobody is named."),
    (
        "committees",
        "Review committees with the deadlines of their plan.",
    ),
    ("settings", "认定申报设置."),
    ("calendar_years", "Years of the loaded calendar."),
    ("series", "The title table."),
];

/// The whole page.
pub fn page(head: &str, projectors: &[Box<dyn Projector>], history: &History) -> String {
    let mut all: BTreeMap<&str, (Table, &str, BTreeSet<usize>)> = BTreeMap::new();
    for projector in projectors {
        let personal = personal(projector.as_ref(), history);
        for table in projector.tables() {
            let personal = personal.get(table.name).cloned().unwrap_or_default();
            let name = table.name;
            let before = all.insert(name, (table, projector.name(), personal));
            assert!(before.is_none(), "two read models have a table {name}");
        }
    }
    let told: BTreeSet<&str> = TABLES.iter().map(|(name, _)| *name).collect();
    let there: BTreeSet<&str> = all.keys().copied().collect();
    assert_eq!(told, there, "the page tells what is in every table");
    let counts: BTreeSet<String> = all
        .values()
        .map(|(table, ..)| table.counts_name())
        .collect();
    assert!(!counts.iter().any(|name| there.contains(name.as_str())));
    let mut page = head.to_owned();
    for (name, what) in TABLES {
        let (table, view, personal) = &all[name];
        write(&mut page, table, view, what, personal);
    }
    page
}

fn write(page: &mut String, table: &Table, view: &str, what: &str, personal: &BTreeSet<usize>) {
    writeln!(page, "\n### docket.{}\n\n{what} Of `{view}`.\n", table.name).unwrap();
    page.push_str("| Column | Type | |\n|---|---|---|\n");
    for (at, column) in table.columns.iter().enumerate() {
        let mut marks = Vec::new();
        if at < table.key {
            marks.push("key");
        }
        if column.optional {
            marks.push("may be empty");
        }
        if personal.contains(&at) {
            marks.push("*personal*");
        }
        let marks = marks.join(", ");
        let row = format!("| `{}` | {} | {marks}", column.name, type_of(column));
        writeln!(page, "{} |", row.trim_end()).unwrap();
    }
    if !table.count_by.is_empty() {
        let by = table.count_by.join("`, `");
        writeln!(
            page,
            "\n`docket.{}` has the number of rows `n` for every combination of `{by}`.",
            table.counts_name()
        )
        .unwrap();
    }
}

fn type_of(column: &Column) -> &'static str {
    match column.kind {
        ColumnType::Id => "uuid",
        ColumnType::Code => "text, a code",
        ColumnType::Text => "text",
        ColumnType::Int => "bigint",
        ColumnType::Instant => "timestamptz",
        ColumnType::Day => "date",
        ColumnType::Flag => "boolean",
        ColumnType::Bytes => "bytea",
    }
}

/// The columns that a history without its personal halves leaves otherwise.
fn personal(
    projector: &dyn Projector,
    history: &History,
) -> BTreeMap<&'static str, BTreeSet<usize>> {
    let (whole, erased) = (
        rows_of(projector, history),
        rows_of(projector, &erased(history)),
    );
    let tables = projector.tables();
    tables
        .iter()
        .map(|table| {
            let by_key = |rows: Option<&Vec<Row>>| -> BTreeMap<Row, Row> {
                let rows = rows.into_iter().flatten();
                rows.map(|row| (row[..table.key].to_vec(), row.clone()))
                    .collect()
            };
            let (whole, erased) = (
                by_key(whole.get(table.name)),
                by_key(erased.get(table.name)),
            );
            let columns = whole.iter().flat_map(|(key, row)| {
                let other = erased.get(key);
                (0..row.len()).filter(move |at| other.is_some_and(|other| other[*at] != row[*at]))
            });
            (table.name, columns.collect())
        })
        .collect()
}

fn erased(history: &History) -> History {
    history
        .iter()
        .map(|(stream, envelope)| {
            let (event, mut envelope) = (&envelope.event, envelope.clone());
            let payload = event.payload().unwrap();
            envelope.event = Event::decode(event.kind(), event.schema(), &payload, None).unwrap();
            (stream.clone(), envelope)
        })
        .collect()
}
