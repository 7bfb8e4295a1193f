//! One generation in a container of its own; on SQLite a file.

mod differ;
mod load;
mod open;
mod sums;
mod traces;
mod writer;

pub(crate) use differ::Applied;
pub(crate) use load::Loader;
pub use sums::TableSum;
pub(crate) use sums::{count_rows, sums as sums_of};

use crate::error::ViewError;
use crate::fold::Parked;
use crate::place::Place;
use crate::statement;
use crate::table::Table;
use crate::value::{Row, Value};
use docket_domain::time;
use sea_query::{SelectStatement, SqliteQueryBuilder};
use sea_query_sqlx::SqlxBinder;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection, SqlitePool, TypeInfo, ValueRef};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::time::Instant;
pub(crate) use writer::Writer;

pub(crate) type Result<T> = std::result::Result<T, ViewError>;

/// An open generation: one connection that writes, several that read.
pub(crate) struct Container {
    path: PathBuf,
    tables: Arc<[Table]>,
    writer: Mutex<Writer>,
    readers: SqlitePool,
    /// Since something was erased whose traces may lie in the write-ahead log: when to try next to
    /// remove them.
    traces: std::sync::Mutex<Option<Instant>>,
}

impl Container {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn tables(&self) -> &[Table] {
        &self.tables
    }

    pub(crate) fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Where it stands in the log.
    pub(crate) async fn place(&self) -> Result<Place> {
        let mut connection = self.readers.acquire().await?;
        place_of(&mut connection).await
    }

    /// The position of that place.
    pub(crate) async fn checkpoint(&self) -> Result<u64> {
        Ok(self.place().await?.position)
    }

    /// Streams that wait for somebody to look at them.
    pub(crate) async fn parked(&self) -> Result<Vec<Parked>> {
        let mut connection = self.readers.acquire().await?;
        select(&mut connection, &statement::read_parked())
            .await?
            .into_iter()
            .map(parked)
            .collect()
    }

    /// Rows of every table and a checksum of each.
    pub(crate) async fn sums(&self) -> Result<Vec<TableSum>> {
        let mut connection = self.readers.acquire().await?;
        sums::sums(&mut connection, &self.tables).await
    }

    /// Every row of every table, in the order of the key.
    pub(crate) async fn dump(&self) -> Result<BTreeMap<&'static str, Vec<Row>>> {
        let mut connection = self.readers.acquire().await?;
        let mut tables = BTreeMap::new();
        for table in self.tables.iter() {
            let mut rows = select(&mut connection, &statement::all(table)).await?;
            rows.iter_mut().for_each(|row| table.typed(row));
            tables.insert(table.name, rows);
        }
        Ok(tables)
    }

    /// Closes the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.lock().await.close().await;
    }
}

pub(crate) async fn place_of(connection: &mut SqliteConnection) -> Result<Place> {
    let rows = select(connection, &statement::read_checkpoint()).await?;
    let place = rows.first().and_then(|row| match row.as_slice() {
        [Value::Int(position), Value::Null] => Some((*position, None)),
        [Value::Int(position), Value::Bytes(leaf)] => {
            Some((*position, Some(leaf.as_slice().try_into().ok()?)))
        }
        _ => None,
    });
    let (position, leaf) =
        place.ok_or_else(|| ViewError::Backend("the container has no checkpoint".to_owned()))?;
    Ok(Place {
        position: position.unsigned_abs(),
        leaf,
    })
}

/// Runs a query.
pub(crate) async fn select(
    connection: &mut SqliteConnection,
    statement: &SelectStatement,
) -> Result<Vec<Row>> {
    let (sql, values) = statement.build_sqlx(SqliteQueryBuilder);
    let rows = sqlx::query_with(AssertSqlSafe(sql), values)
        .fetch_all(connection)
        .await?;
    rows.iter().map(cells).collect()
}

fn cells(row: &SqliteRow) -> Result<Row> {
    (0..row.len()).map(|at| cell(row, at)).collect()
}

fn cell(row: &SqliteRow, at: usize) -> Result<Value> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    Ok(match raw.type_info().name() {
        "INTEGER" | "BIGINT" | "BOOLEAN" | "INT4" | "INT8" => {
            Value::Int(row.try_get_unchecked(at)?)
        }
        "TEXT" => Value::Text(row.try_get_unchecked::<String, _>(at)?.into()),
        _ => Value::Bytes(row.try_get_unchecked(at)?),
    })
}

fn parked(row: Row) -> Result<Parked> {
    match <[Value; 5]>::try_from(row) {
        Ok(
            [
                Value::Text(stream),
                Value::Int(version),
                Value::Int(position),
                Value::Int(since),
                Value::Text(error),
            ],
        ) => Ok(Parked {
            stream: stream.into_owned(),
            version: version.unsigned_abs(),
            position: position.unsigned_abs(),
            since: time::Instant::from_micros(since),
            error: error.into_owned(),
        }),
        _ => Err(ViewError::Backend(
            "a parked stream cannot be read".to_owned(),
        )),
    }
}
