//! The statements of the runtime, built for whatever engine is asked.

use crate::place::Place;
use crate::table::Table;
use crate::value::Value;
use sea_query::{
    Alias, Asterisk, Cond, DeleteStatement, Expr, ExprTrait, InsertStatement, OnConflict, Query,
    SelectStatement, UpdateStatement,
};

/// Where a generation stands in the log.
pub(crate) const CHECKPOINT: &str = "docket_checkpoint";
/// Streams that wait for somebody to look at them.
pub(crate) const PARKED: &str = "docket_parked";

/// Inserts so many rows; with `upsert` a row that stands is replaced. The values are placeholders:
/// only the text is used, and kept.
pub(crate) fn insert(table: &Table, rows: usize, upsert: bool) -> InsertStatement {
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
pub(crate) fn add_count(table: &Table, key: &[Value], by: i64) -> InsertStatement {
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
pub(crate) fn drop_empty_counts(table: &Table) -> DeleteStatement {
    Query::delete()
        .from_table(Alias::new(table.counts_name()))
        .and_where(Expr::col("n").eq(0))
        .to_owned()
}

/// Counts a whole table.
pub(crate) fn count_all(table: &Table) -> InsertStatement {
    let mut counted = Query::select();
    counted
        .columns(table.count_by.iter().copied())
        .expr(Expr::col(Asterisk).count())
        .from(table.name);
    counted.group_by_columns(table.count_by.iter().copied());
    let mut statement = Query::insert();
    statement
        .into_table(Alias::new(table.counts_name()))
        .columns(table.count_by.iter().copied().chain(["n"]));
    statement
        .select_from(counted)
        .expect("as many columns as expressions");
    statement
}

/// The rows that stand for some owners.
pub(crate) fn standing(table: &Table, owners: &[Value]) -> SelectStatement {
    let mut statement = Query::select();
    statement
        .columns(table.columns.iter().map(|column| column.name))
        .from(table.name);
    statement
        .and_where(Expr::col(table.owner().name).is_in(owners.iter().cloned().map(Value::bind)));
    statement
}

/// Every row in the order of the key.
pub(crate) fn all(table: &Table) -> SelectStatement {
    let mut statement = Query::select();
    statement
        .columns(table.columns.iter().map(|column| column.name))
        .from(table.name);
    for column in &table.columns[..table.key] {
        statement.order_by(column.name, sea_query::Order::Asc);
    }
    statement
}

/// Deletes rows by their keys.
pub(crate) fn delete(table: &Table, keys: &[&[Value]]) -> DeleteStatement {
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

/// Moves the checkpoint if it stands where it is believed to stand.
pub(crate) fn move_checkpoint(from: u64, to: Place) -> UpdateStatement {
    let mut statement = hold_checkpoint(from);
    statement
        .value("position", Value::from(to.position).bind())
        .value("leaf", leaf(to).bind());
    statement
}

/// Leaves the checkpoint where it is believed to stand, so that nobody moves it meanwhile.
pub(crate) fn hold_checkpoint(at: u64) -> UpdateStatement {
    let mut statement = Query::update();
    statement.table(CHECKPOINT).value("one", 1_i64);
    statement.and_where(Expr::col("position").eq(Value::from(at).bind()));
    statement
}

fn leaf(place: Place) -> Value {
    place
        .leaf
        .map_or(Value::Null, |leaf| Value::Bytes(leaf.to_vec()))
}

/// Where the generation stands.
pub(crate) fn read_checkpoint() -> SelectStatement {
    Query::select()
        .columns(["position", "leaf"])
        .from(CHECKPOINT)
        .to_owned()
}

/// Sets the checkpoint of a new container.
pub(crate) fn put_checkpoint(place: Place) -> InsertStatement {
    let mut statement = Query::insert();
    statement
        .into_table(CHECKPOINT)
        .columns(["one", "position", "leaf"]);
    statement.values_panic([
        Expr::val(1_i64),
        Expr::val(Value::from(place.position).bind()),
        Expr::val(leaf(place).bind()),
    ]);
    statement
}

/// All parked streams.
pub(crate) fn read_parked() -> SelectStatement {
    Query::select()
        .columns(["stream", "version", "position", "since", "error"])
        .from(PARKED)
        .order_by("position", sea_query::Order::Asc)
        .to_owned()
}

/// Parks a stream; one that is parked stays as it is.
pub(crate) fn park(parked: &crate::Parked) -> InsertStatement {
    let mut statement = Query::insert();
    statement
        .into_table(PARKED)
        .columns(["stream", "version", "position", "since", "error"]);
    statement.values_panic([
        Expr::val(parked.stream.clone()),
        Expr::val(Value::from(parked.version).bind()),
        Expr::val(Value::from(parked.position).bind()),
        Expr::val(Value::from(parked.since).bind()),
        Expr::val(parked.error.clone()),
    ]);
    statement.on_conflict(OnConflict::column("stream").do_nothing().to_owned());
    statement
}

/// Takes a stream out again.
pub(crate) fn unpark(stream: &str) -> DeleteStatement {
    Query::delete()
        .from_table(PARKED)
        .and_where(Expr::col("stream").eq(stream))
        .to_owned()
}
