use crate::value::{Cell, Row, Value};
use docket_domain::Category;
use sea_query::{
    ColumnDef, Index as IndexStatement, IndexCreateStatement, IndexOrder, Table as TableStatement,
    TableCreateStatement,
};
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
    /// Whether a cell may stand in such a column.
    pub fn holds(self, value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Id(_) => self == ColumnType::Id,
            Value::Text(_) => matches!(self, ColumnType::Code | ColumnType::Text),
            Value::Int(number) => match self {
                ColumnType::Flag => (0..=1).contains(number),
                ColumnType::Int | ColumnType::Instant | ColumnType::Day => true,
                _ => false,
            },
            Value::Bytes(_) => self == ColumnType::Bytes,
        }
    }

    fn define(self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        match self {
            ColumnType::Id | ColumnType::Bytes => column.blob(),
            ColumnType::Code | ColumnType::Text => column.text(),
            ColumnType::Int | ColumnType::Instant | ColumnType::Day | ColumnType::Flag => {
                column.big_integer()
            }
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
        self.columns.insert(
            self.key,
            Column {
                name,
                kind,
                optional: false,
            },
        );
        self.key += 1;
        self
    }

    /// Adds a column.
    #[must_use]
    pub fn column(mut self, name: &'static str, kind: ColumnType) -> Table {
        self.columns.push(Column {
            name,
            kind,
            optional: false,
        });
        self
    }

    /// Adds a column that may be empty.
    #[must_use]
    pub fn optional(mut self, name: &'static str, kind: ColumnType) -> Table {
        self.columns.push(Column {
            name,
            kind,
            optional: true,
        });
        self
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

    /// Why a row does not fit, if it does not.
    pub fn misfit(&self, row: &Row) -> Option<String> {
        if row.len() != self.columns.len() {
            return Some(format!(
                "a row of {} has {} cells, not {}",
                self.name,
                row.len(),
                self.columns.len()
            ));
        }
        let bad = self.columns.iter().zip(row).find(|(column, value)| {
            !column.kind.holds(value) || (**value == Value::Null && !column.optional)
        });
        bad.map(|(column, _)| {
            format!(
                "the cell {}.{} holds what its type does not",
                self.name, column.name
            )
        })
    }

    /// Gives cells the types of their columns: an engine may answer ids as bytes.
    pub(crate) fn typed(&self, row: &mut Row) {
        for (column, value) in self.columns.iter().zip(row) {
            if column.kind == ColumnType::Id
                && let Some(id) = Uuid::read(value.clone())
            {
                *value = Value::Id(id);
            }
        }
    }

    /// The statement that makes the table, without its further indexes.
    pub fn create(&self) -> TableCreateStatement {
        create(self.name.to_owned(), &self.columns, self.key)
    }

    /// The statement that makes the table of counts.
    pub fn create_counts(&self) -> Option<TableCreateStatement> {
        if self.count_by.is_empty() {
            return None;
        }
        let mut columns: Vec<Column> = self
            .count_by
            .iter()
            .map(|name| self.columns[self.position(name)].clone())
            .collect();
        let key = columns.len();
        columns.push(Column {
            name: "n",
            kind: ColumnType::Int,
            optional: false,
        });
        Some(create(self.counts_name(), &columns, key))
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

fn create(name: String, columns: &[Column], key: usize) -> TableCreateStatement {
    let mut statement = TableStatement::create();
    statement.table(name);
    for column in columns {
        let mut definition = column.kind.define(column.name);
        if !column.optional {
            definition.not_null();
        }
        statement.col(definition);
    }
    let mut primary = IndexStatement::create();
    for column in &columns[..key] {
        primary.col(column.name);
    }
    statement.primary_key(&mut primary);
    statement
}
