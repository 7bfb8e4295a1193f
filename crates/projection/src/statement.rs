//! The statements of the runtime, built for whatever engine is asked.

use crate::container::Shape;
use crate::engine::Engine;
use crate::mark::Mark;
use crate::table::{self, Column, ColumnType, Table};
use crate::value::Value;
use sea_query::{
    Alias, Asterisk, DeleteStatement, Expr, ExprTrait, InsertStatement, OnConflict, Query,
    SelectStatement, TableCreateStatement, UpdateStatement,
};

/// Where a generation stands in the log.
pub(crate) const CHECKPOINT: &str = "docket_checkpoint";
/// Streams that wait for somebody to look at them.
pub(crate) const PARKED: &str = "docket_parked";

/// The tables of every generation beside its projector's own.
pub(crate) fn create_own(engine: Engine) -> [TableCreateStatement; 2] {
    let column = |name, kind| Column {
        name,
        kind,
        optional: false,
    };
    let checkpoint = [
        column("one", ColumnType::Int),
        column("position", ColumnType::Int),
        Column {
            optional: true,
            ..column("leaf", ColumnType::Bytes)
        },
    ];
    let parked = [
        column("stream", ColumnType::Text),
        column("version", ColumnType::Int),
        column("position", ColumnType::Int),
        column("since", ColumnType::Instant),
        column("error", ColumnType::Text),
    ];
    [
        table::create(CHECKPOINT, &checkpoint, 1, engine),
        table::create(PARKED, &parked, 1, engine),
    ]
}

/// Counts a whole table.
pub(crate) fn count_all(table: &Table) -> InsertStatement {
    let mut statement = Query::insert();
    statement
        .into_table(Alias::new(table.counts_name()))
        .columns(table.count_by.iter().copied().chain(["n"]));
    statement
        .select_from(counted(table))
        .expect("as many columns as expressions");
    statement
}

/// Owners behind one and up to another; none means no bound.
pub(crate) type Bounds = (Option<sea_query::Value>, Option<sea_query::Value>);

/// Bounds as values.
pub(crate) fn bounds(after: Option<&Value>, end: Option<&Value>) -> Bounds {
    let bound = |value: Option<&Value>| value.map(|value| value.clone().bind());
    (bound(after), bound(end))
}

/// Keeps to the rows of some owners.
pub(crate) fn within(statement: &mut SelectStatement, owner: &'static str, bounds: &Bounds) {
    if let Some(after) = &bounds.0 {
        statement.and_where(Expr::col(owner).gt(after.clone()));
    }
    if let Some(end) = &bounds.1 {
        statement.and_where(Expr::col(owner).lte(end.clone()));
    }
}

/// The rows of some owners.
pub(crate) fn page(table: &Shape<'_>, bounds: &Bounds) -> SelectStatement {
    let mut statement = Query::select();
    statement
        .columns(table.columns.iter().map(|column| column.name))
        .from(Alias::new(table.name.as_ref()));
    within(&mut statement, table.columns[0].name, bounds);
    statement
}

/// What the counts of a table should be.
pub(crate) fn counted(table: &Table) -> SelectStatement {
    let mut counted = Query::select();
    counted
        .columns(table.count_by.iter().copied())
        .expr(Expr::col(Asterisk).count())
        .from(table.name);
    counted.group_by_columns(table.count_by.iter().copied());
    counted
}

/// Forgets all counts of a table.
pub(crate) fn uncount(table: &Table) -> DeleteStatement {
    Query::delete()
        .from_table(Alias::new(table.counts_name()))
        .to_owned()
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

/// Moves the checkpoint if it stands where it is believed to stand, and as many streams are parked
/// as the fold believed: somebody may have applied one again, whose next events would else be passed
/// over.
pub(crate) fn move_checkpoint(from: u64, to: Mark, parked: usize) -> UpdateStatement {
    let mut statement = hold_checkpoint(from);
    let many = format!("(SELECT count(*) FROM {PARKED}) = {parked}");
    statement.and_where(Expr::cust(many));
    statement
        .value("position", Value::from(to.position).bind())
        .value("leaf", leaf(to));
    statement
}

/// Leaves the checkpoint where it is believed to stand, so that nobody moves it meanwhile.
pub(crate) fn hold_checkpoint(at: u64) -> UpdateStatement {
    let mut statement = Query::update();
    statement.table(CHECKPOINT).value("one", 1_i64);
    statement.and_where(Expr::col("position").eq(Value::from(at).bind()));
    statement
}

fn leaf(mark: Mark) -> sea_query::Value {
    sea_query::Value::Bytes(mark.leaf.map(|leaf| leaf.to_vec()))
}

/// Where a generation stands; the schema is named where no search path does.
pub(crate) fn read_checkpoint(schema: Option<&str>) -> SelectStatement {
    from(CHECKPOINT, schema)
        .columns(["position", "leaf"])
        .to_owned()
}

/// Sets the checkpoint of a new container.
pub(crate) fn put_checkpoint(mark: Mark) -> InsertStatement {
    let mut statement = Query::insert();
    statement
        .into_table(CHECKPOINT)
        .columns(["one", "position", "leaf"]);
    statement.values_panic([
        Expr::val(1_i64),
        Expr::val(Value::from(mark.position).bind()),
        Expr::val(leaf(mark)),
    ]);
    statement
}

/// All parked streams.
pub(crate) fn read_parked(schema: Option<&str>) -> SelectStatement {
    from(PARKED, schema)
        .columns(["stream", "version", "position", "since", "error"])
        .order_by("position", sea_query::Order::Asc)
        .to_owned()
}

fn from(table: &'static str, schema: Option<&str>) -> SelectStatement {
    let mut statement = Query::select();
    match schema {
        Some(schema) => statement.from((Alias::new(schema), table)),
        None => statement.from(table),
    };
    statement
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
