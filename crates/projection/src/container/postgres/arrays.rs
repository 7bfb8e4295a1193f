//! Rows as one array per column: a statement of the same text for any number of them.

use crate::container::Result;
use crate::error::ViewError;
use crate::table::{Column, ColumnType};
use crate::value::{Cell, Value, date, utc};
use docket_domain::time;
use sqlx::Arguments;
use sqlx::postgres::PgArguments;
use uuid::Uuid;

/// The arrays of columns, cell by cell in the order of the rows.
pub(super) fn arrays<'a>(
    columns: &[Column],
    rows: impl Iterator<Item = Vec<Value>> + 'a,
) -> Result<PgArguments> {
    let mut cells: Vec<Vec<Value>> = columns.iter().map(|_| Vec::new()).collect();
    for row in rows {
        for (column, cell) in cells.iter_mut().zip(row) {
            column.push(cell);
        }
    }
    let mut arguments = PgArguments::default();
    for (column, cells) in columns.iter().zip(cells) {
        add(&mut arguments, column.kind, cells)?;
    }
    Ok(arguments)
}

/// Adds one array of cells.
pub(super) fn add(arguments: &mut PgArguments, kind: ColumnType, cells: Vec<Value>) -> Result<()> {
    let added = match kind {
        ColumnType::Id => arguments.add(all::<Uuid>(cells)),
        ColumnType::Code | ColumnType::Text => arguments.add(all::<String>(cells)),
        ColumnType::Int => arguments.add(all::<i64>(cells)),
        ColumnType::Instant => {
            let instants = all::<time::Instant>(cells).into_iter();
            arguments.add(instants.map(|at| at.map(utc)).collect::<Vec<_>>())
        }
        ColumnType::Day => {
            let days = all::<time::Day>(cells).into_iter();
            arguments.add(days.map(|day| day.map(date)).collect::<Vec<_>>())
        }
        ColumnType::Flag => arguments.add(all::<bool>(cells)),
        ColumnType::Bytes => arguments.add(
            all::<Bytes>(cells)
                .into_iter()
                .map(|bytes| bytes.map(|bytes| bytes.0))
                .collect::<Vec<_>>(),
        ),
    };
    added.map_err(|error| ViewError::Backend(error.to_string()))
}

struct Bytes(Vec<u8>);

impl Cell for Bytes {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(Bytes(bytes)),
            _ => None,
        }
    }
}

/// Rows were checked against their table, so that what is no cell of its type is an empty one.
fn all<T: Cell>(cells: Vec<Value>) -> Vec<Option<T>> {
    cells.into_iter().map(T::read).collect()
}
