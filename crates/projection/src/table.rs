mod range;

use crate::container::Shape;
use crate::engine::Engine;
use crate::value::{Cell, Row, Value};
use docket_domain::{Category, time};
use sea_query::{
    Alias, ColumnDef, Index as IndexStatement, IndexCreateStatement, IndexOrder,
    Table as TableStatement, TableCreateStatement,
};
use std::borrow::Cow;
use uuid::Uuid;

/// What a column holds; the same set on every engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// A UUID.
    Id,
    /// A frozen code.
    Code,
    /// Text; sorts by bytes.
    Text,
    /// A whole number.
    Int,
    /// Microseconds UTC.
    Instant,
    /// Days since 1970-01-01.
    Day,
    /// Yes or no.
    Flag,
    /// Bytes.
    Bytes,
}

impl ColumnType {
    /// Whether a cell may stand in such a column. A text with a zero character may not: not every
    /// engine holds it.
    pub fn holds(self, value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Id(_) => self == ColumnType::Id,
            Value::Text(text) => {
                matches!(self, ColumnType::Code | ColumnType::Text) && !text.contains('\0')
            }
            Value::Int(_) => self == ColumnType::Int,
            Value::Instant(_) => self == ColumnType::Instant,
            Value::Day(_) => self == ColumnType::Day,
            Value::Flag(_) => self == ColumnType::Flag,
            Value::Bytes(_) => self == ColumnType::Bytes,
        }
    }

    /// A cell as its engine answered it, with the type of the column.
    fn typed(self, value: Value) -> Value {
        let typed = match self {
            ColumnType::Id => Uuid::read(value.clone()).map(Value::Id),
            ColumnType::Instant => time::Instant::read(value.clone()).map(Value::Instant),
            ColumnType::Day => time::Day::read(value.clone()).map(Value::Day),
            ColumnType::Flag => bool::read(value.clone()).map(Value::Flag),
            _ => None,
        };
        typed.unwrap_or(value)
    }

    fn define(self, name: &'static str, engine: Engine) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        match (engine, self) {
            (Engine::Sqlite, ColumnType::Id) | (_, ColumnType::Bytes) => column.blob(),
            (Engine::Sqlite, ColumnType::Code | ColumnType::Text) => column.text(),
            (Engine::Sqlite, _) | (_, ColumnType::Int) => column.big_integer(),
            (Engine::Postgres, ColumnType::Id) => column.uuid(),
            // By bytes, whatever the database's own order is.
            (Engine::Postgres, ColumnType::Code | ColumnType::Text) => {
                column.custom(Alias::new("text COLLATE \"C\""))
            }
            (Engine::Postgres, ColumnType::Instant) => column.timestamp_with_time_zone(),
            (Engine::Postgres, ColumnType::Day) => column.date(),
            (Engine::Postgres, ColumnType::Flag) => column.boolean(),
        };
        column
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, `snake_case`.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnType,
    /// Whether it may be empty.
    pub optional: bool,
}

/// What the rows of a table are a function of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The state of a stream.
    State,
    /// One event and the state right after it.
    Event,
    /// The states of a stream after each of its events: a row says from where to where it held.
    History,
}

/// An index: columns, each with whether it descends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name, unique in the container.
    pub name: &'static str,
    /// Its columns.
    pub columns: Vec<(&'static str, bool)>,
}

/// A table, defined once for every engine.
///
/// The first column is the *owner*, the id of the stream a row comes from; it leads the key, so
/// that a stream's rows lie together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name, `snake_case`.
    pub name: &'static str,
    /// The streams its rows come from.
    pub category: Category,
    /// What a row is a function of.
    pub source: Source,
    /// The columns.
    pub columns: Vec<Column>,
    /// How many columns, from the first, are the key.
    pub key: usize,
    /// Further indexes, made after a bulk load.
    pub indexes: Vec<Index>,
    /// Columns whose every combination is counted, in a table of their own.
    pub count_by: Vec<&'static str>,
}

impl Table {
    /// A table of rows that follow a stream's state. `owner` names the column of the stream's id.
    pub fn of_states(
        name: &'static str,
        category: Category,
        owner: &'static str,
        kind: ColumnType,
    ) -> Table {
        Table::new(name, category, Source::State, owner, kind)
    }

    /// A table of rows that each follow one event.
    pub fn of_events(
        name: &'static str,
        category: Category,
        owner: &'static str,
        kind: ColumnType,
    ) -> Table {
        Table::new(name, category, Source::Event, owner, kind)
    }

    fn new(
        name: &'static str,
        category: Category,
        source: Source,
        owner: &'static str,
        kind: ColumnType,
    ) -> Table {
        let owner = Column {
            name: owner,
            kind,
            optional: false,
        };
        Table {
            name,
            category,
            source,
            columns: vec![owner],
            key: 1,
            indexes: Vec::new(),
            count_by: Vec::new(),
        }
    }

    /// Adds a column to the key.
    #[must_use]
    pub fn key(mut self, name: &'static str, kind: ColumnType) -> Table {
        self.insert(self.keys(), name, kind, false);
        self.key += 1;
        self
    }

    /// Adds a column.
    #[must_use]
    pub fn column(mut self, name: &'static str, kind: ColumnType) -> Table {
        self.insert(self.end(), name, kind, false);
        self
    }

    /// Adds a column that may be empty.
    #[must_use]
    pub fn optional(mut self, name: &'static str, kind: ColumnType) -> Table {
        self.insert(self.end(), name, kind, true);
        self
    }

    fn insert(&mut self, at: usize, name: &'static str, kind: ColumnType, optional: bool) {
        let column = Column {
            name,
            kind,
            optional,
        };
        self.columns.insert(at, column);
    }

    /// Adds an index; a column behind `-` descends.
    #[must_use]
    pub fn index(mut self, name: &'static str, columns: &[&'static str]) -> Table {
        let columns = columns.iter().map(|column| match column.strip_prefix('-') {
            Some(column) => (column, true),
            None => (*column, false),
        });
        self.indexes.push(Index {
            name,
            columns: columns.collect(),
        });
        self
    }

    /// Keeps the number of rows for every combination of these columns.
    #[must_use]
    pub fn count_by(mut self, columns: &[&'static str]) -> Table {
        self.count_by = columns.to_vec();
        self
    }

    /// The name of the table of counts.
    pub fn counts_name(&self) -> String {
        format!("{}_counts", self.name)
    }

    /// The place of a column.
    pub fn position(&self, name: &str) -> usize {
        self.columns
            .iter()
            .position(|column| column.name == name)
            .expect("indexes and counts name columns of their table")
    }

    /// The column of the stream's id.
    pub fn owner(&self) -> &Column {
        &self.columns[0]
    }

    /// The value the owner column has for a stream; `None` when its id cannot be one.
    pub fn owner_of(&self, id: &str) -> Option<Value> {
        match self.owner().kind {
            ColumnType::Id => id.parse().ok().map(Value::Id),
            _ => Some(id.into()),
        }
    }

    /// Why a row that a projector hands out does not fit, if it does not.
    pub fn misfit(&self, row: &Row) -> Option<String> {
        if row.len() != self.cells() {
            return Some(format!(
                "a row of {} has {} cells, not {}",
                self.name,
                row.len(),
                self.cells()
            ));
        }
        let mut cells = self.asked().zip(row);
        let bad = cells.find(|(column, value)| {
            !column.kind.holds(value) || (**value == Value::Null && !column.optional)
        });
        bad.map(|(column, _)| {
            format!(
                "the cell {}.{} holds what its type does not",
                self.name, column.name
            )
        })
    }

    /// Gives cells the types of their columns: an engine may have no type for them.
    pub(crate) fn typed(&self, row: &mut Row) {
        typed(&self.columns, row);
    }

    /// What is compared of it.
    pub(crate) fn shape(&self) -> Shape<'_> {
        Shape {
            name: self.name.into(),
            columns: Cow::Borrowed(&self.columns),
            key: self.key,
            counts: false,
        }
    }

    /// What is compared of its table of counts, if it has one.
    pub(crate) fn counts_shape(&self) -> Option<Shape<'_>> {
        if self.count_by.is_empty() {
            return None;
        }
        let columns = self.count_columns();
        Some(Shape {
            name: self.counts_name().into(),
            key: columns.len() - 1,
            columns: columns.into(),
            counts: true,
        })
    }

    /// Both.
    pub(crate) fn shapes(&self) -> impl Iterator<Item = Shape<'_>> {
        [self.shape()].into_iter().chain(self.counts_shape())
    }

    /// The statement that makes the table, without its further indexes.
    pub fn create(&self, engine: Engine) -> TableCreateStatement {
        create(
            self.name,
            &self.columns,
            key_at_once(self.key, engine),
            engine,
        )
    }

    /// The columns of the table of counts; all but the last are its key.
    pub fn count_columns(&self) -> Vec<Column> {
        let counted = self.count_by.iter();
        counted
            .map(|name| self.columns[self.position(name)].clone())
            .chain([Column {
                name: "n",
                kind: ColumnType::Int,
                optional: false,
            }])
            .collect()
    }

    /// The statement that makes the table of counts.
    pub fn create_counts(&self, engine: Engine) -> Option<TableCreateStatement> {
        if self.count_by.is_empty() {
            return None;
        }
        let columns = self.count_columns();
        let key = key_at_once(columns.len() - 1, engine);
        Some(create(&self.counts_name(), &columns, key, engine))
    }

    /// The statements that make its indexes.
    pub fn create_indexes(&self) -> Vec<IndexCreateStatement> {
        self.indexes
            .iter()
            .map(|index| {
                let mut statement = IndexStatement::create();
                statement.name(index.name).table(self.name);
                for (column, descending) in &index.columns {
                    statement.col((
                        *column,
                        if *descending {
                            IndexOrder::Desc
                        } else {
                            IndexOrder::Asc
                        },
                    ));
                }
                statement
            })
            .collect()
    }

    /// The definition as text, for fingerprints.
    pub fn describe(&self) -> String {
        format!("{self:?}")
    }
}

/// Gives cells the types of their columns.
pub(crate) fn typed(columns: &[Column], row: &mut Row) {
    for (column, value) in columns.iter().zip(row) {
        let cell = std::mem::replace(value, Value::Null);
        *value = column.kind.typed(cell);
    }
}

/// Columns of the key that is part of the table from the start: on SQLite rows lie in its order, on
/// PostgreSQL it is made after a bulk load, which is faster than keeping it meanwhile.
fn key_at_once(key: usize, engine: Engine) -> usize {
    match engine {
        Engine::Sqlite => key,
        Engine::Postgres => 0,
    }
}

/// A table of these columns; the first `key` of them are its key.
pub(crate) fn create(
    name: &str,
    columns: &[Column],
    key: usize,
    engine: Engine,
) -> TableCreateStatement {
    let mut statement = TableStatement::create();
    statement.table(Alias::new(name));
    for column in columns {
        let mut definition = column.kind.define(column.name, engine);
        if !column.optional {
            definition.not_null();
        }
        statement.col(definition);
    }
    if key > 0 {
        let mut primary = IndexStatement::create();
        for column in &columns[..key] {
            primary.col(column.name);
        }
        statement.primary_key(&mut primary);
    }
    statement
}
