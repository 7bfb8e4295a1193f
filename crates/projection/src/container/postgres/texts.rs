//! The statements that write rows from arrays, made from a table's definition.

use super::names::quoted;
use crate::table::{Column, ColumnType, Table};
use std::sync::Arc;

/// The texts for one table.
pub(super) struct Texts {
    /// The rows of owners.
    pub(super) standing: Arc<str>,
    /// Rows, each in the place of one that stands under its key.
    pub(super) upsert: Arc<str>,
    /// Rows by their keys.
    pub(super) delete: Arc<str>,
    /// What to add to counts, one that comes down to nothing is deleted.
    pub(super) counts: Arc<str>,
}

impl Texts {
    pub(super) fn of(table: &Table) -> Texts {
        Texts {
            standing: standing(table).into(),
            upsert: upsert(table).into(),
            delete: delete(table).into(),
            counts: counts(table).into(),
        }
    }
}

/// The type of a column inside an array.
fn array(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Id => "uuid[]",
        ColumnType::Code | ColumnType::Text => "text[]",
        ColumnType::Int => "bigint[]",
        ColumnType::Instant => "timestamptz[]",
        ColumnType::Day => "date[]",
        ColumnType::Flag => "boolean[]",
        ColumnType::Bytes => "bytea[]",
    }
}

/// Columns for a statement that loads rows.
pub(super) fn names(columns: &[Column]) -> String {
    let names: Vec<String> = columns.iter().map(|column| quoted(column.name)).collect();
    names.join(", ")
}

fn unnest(columns: &[Column]) -> String {
    let arrays: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| format!("${}::{}", at + 1, array(column.kind)))
        .collect();
    format!("unnest({})", arrays.join(", "))
}

/// Equality of columns on both sides.
fn same(left: &str, right: &str, columns: &[Column]) -> String {
    let pairs: Vec<String> = columns
        .iter()
        .map(|column| {
            let name = quoted(column.name);
            format!("{left}.{name} = {right}.{name}")
        })
        .collect();
    pairs.join(" AND ")
}

fn standing(table: &Table) -> String {
    let owner = table.owner();
    format!(
        "SELECT {} FROM {} WHERE {} = ANY($1::{})",
        names(&table.columns),
        quoted(table.name),
        quoted(owner.name),
        array(owner.kind)
    )
}

fn upsert(table: &Table) -> String {
    let (key, rest) = table.columns.split_at(table.key);
    let set: Vec<String> = rest
        .iter()
        .map(|column| format!("{0} = excluded.{0}", quoted(column.name)))
        .collect();
    let conflict = match set.is_empty() {
        true => "NOTHING".to_owned(),
        false => format!("UPDATE SET {}", set.join(", ")),
    };
    format!(
        "INSERT INTO {} ({}) SELECT * FROM {} ON CONFLICT ({}) DO {conflict}",
        quoted(table.name),
        names(&table.columns),
        unnest(&table.columns),
        names(key)
    )
}

fn delete(table: &Table) -> String {
    let key = &table.columns[..table.key];
    format!(
        "DELETE FROM {} AS t USING {} AS gone({}) WHERE {}",
        quoted(table.name),
        unnest(key),
        names(key),
        same("t", "gone", key)
    )
}

fn counts(table: &Table) -> String {
    let columns = table.count_columns();
    let key = &columns[..columns.len() - 1];
    let counts = quoted(&table.counts_name());
    format!(
        "WITH d AS (SELECT * FROM {unnest} AS d({all})), \
         gone AS (DELETE FROM {counts} AS c USING d WHERE {of_c} AND c.n + d.n = 0 RETURNING d.*) \
         INSERT INTO {counts} ({all}) \
         SELECT * FROM d WHERE NOT EXISTS (SELECT FROM gone WHERE {of_gone}) \
         ON CONFLICT ({key}) DO UPDATE SET n = {counts}.n + excluded.n",
        unnest = unnest(&columns),
        all = names(&columns),
        of_c = same("c", "d", key),
        of_gone = same("gone", "d", key),
        key = names(key),
    )
}
