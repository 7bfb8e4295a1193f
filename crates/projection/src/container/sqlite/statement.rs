//! The statements that write rows, for an engine without arrays.

use crate::table::Table;
use crate::value::Value;
use sea_query::{
    Alias, Cond, DeleteStatement, Expr, ExprTrait, InsertStatement, OnConflict, Query,
    SelectStatement,
};

/// Inserts so many rows; with `upsert` a row that stands is replaced. The values are placeholders:
/// only the text is used, and kept.
pub(super) fn insert(table: &Table, rows: usize, upsert: bool) -> InsertStatement {
    let names: Vec<&'static str> = table.columns.iter().map(|column| column.name).collect();
    let mut statement = Query::insert();
    statement.into_table(table.name).columns(names.clone());
    for _ in 0..rows {
        statement.values_panic(names.iter().map(|_| Expr::val(0_i64)));
    }
    if upsert {
        let mut conflict = OnConflict::columns(names[..table.key].iter().copied());
        match names.len() > table.key {
            true => conflict.update_columns(names[table.key..].iter().copied()),
            false => conflict.do_nothing(),
        };
        statement.on_conflict(conflict);
    }
    statement
}

/// Adds to a count, making its row if need be.
pub(super) fn add_count(table: &Table, key: &[Value], by: i64) -> InsertStatement {
    let mut statement = Query::insert();
    let columns = table.count_by.iter().copied().chain(["n"]);
    let values = key
        .iter()
        .cloned()
        .map(|value| Expr::val(value.bind()))
        .chain([Expr::val(by)]);
    statement
        .into_table(Alias::new(table.counts_name()))
        .columns(columns)
        .values_panic(values);
    let sum = Expr::col((Alias::new(table.counts_name()), "n"))
        .add(Expr::col((Alias::new("excluded"), "n")));
    statement.on_conflict(
        OnConflict::columns(table.count_by.iter().copied())
            .value("n", sum)
            .to_owned(),
    );
    statement
}

/// Drops counts that came down to nothing, so that a rebuilt table has the same rows.
pub(super) fn drop_empty_counts(table: &Table) -> DeleteStatement {
    Query::delete()
        .from_table(Alias::new(table.counts_name()))
        .and_where(Expr::col("n").eq(0))
        .to_owned()
}

/// The rows that stand for some owners.
pub(super) fn standing(table: &Table, owners: &[Value]) -> SelectStatement {
    let mut statement = Query::select();
    statement
        .columns(table.columns.iter().map(|column| column.name))
        .from(table.name);
    statement
        .and_where(Expr::col(table.owner().name).is_in(owners.iter().cloned().map(Value::bind)));
    statement
}

/// Deletes rows by their keys.
pub(super) fn delete(table: &Table, keys: &[&[Value]]) -> DeleteStatement {
    let mut any = Cond::any();
    for key in keys {
        let mut all = Cond::all();
        for (column, value) in table.columns.iter().zip(*key) {
            all = all.add(Expr::col(column.name).eq(value.clone().bind()));
        }
        any = any.add(all);
    }
    Query::delete()
        .from_table(table.name)
        .cond_where(any)
        .to_owned()
}
