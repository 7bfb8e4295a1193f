//! A generation in a file.

pub(crate) mod folder;
mod load;
mod open;
mod statement;
mod sums;
mod traces;
mod writer;

pub(crate) use load::Loader;
pub(crate) use open::{open, registry, registry_to_look_at};
pub(super) use sums::page;
pub(crate) use writer::Writer;

use super::Result;
use super::handle::Reader;
use crate::value::{Row, Value, number};
use sea_query::{SelectStatement, SqliteQueryBuilder, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::sqlite::SqliteRow;
use sqlx::{
    AssertSqlSafe, Row as _, Sqlite, SqliteConnection, SqlitePool, Transaction, TypeInfo, ValueRef,
};
use std::path::{Path, PathBuf};
use tokio::time::Instant;

/// The file of a generation, open to be read.
pub(crate) struct File {
    path: PathBuf,
    readers: SqlitePool,
    /// Since something was erased whose traces may lie in the write-ahead log: when to try next to
    /// remove them.
    traces: std::sync::Mutex<Option<Instant>>,
}

impl File {
    fn new(path: &Path, readers: SqlitePool) -> File {
        File {
            path: path.to_owned(),
            readers,
            traces: std::sync::Mutex::default(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) async fn acquire(&self) -> Result<Reader> {
        Ok(Reader::Sqlite(self.readers.acquire().await?))
    }

    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>> {
        Ok(self.readers.begin().await?)
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
    }
}

/// Runs a query.
pub(super) async fn select(
    connection: &mut SqliteConnection,
    statement: &SelectStatement,
) -> Result<Vec<Row>> {
    let (sql, values) = statement.build(SqliteQueryBuilder);
    let rows = sqlx::query_with(AssertSqlSafe(sql), plain(values))
        .fetch_all(connection)
        .await?;
    rows.iter().map(cells).collect()
}

/// Parameters as bytes and numbers, which is what the columns hold.
fn plain(values: Values) -> SqlxValues {
    SqlxValues(Values(values.0.into_iter().map(number).collect()))
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
