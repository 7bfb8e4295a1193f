use super::{Container, Result, Writer};
use crate::statement::{CHECKPOINT, PARKED};
use crate::table::Table;
use sea_query::{ColumnDef, SqliteQueryBuilder, Table as TableStatement, TableCreateStatement};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

const READ_BUSY: Duration = Duration::from_secs(10);
/// Another process that feeds the same generation takes moments; a write that fails is tried again,
/// and others wait for it.
const WRITE_BUSY: Duration = Duration::from_secs(2);
const READERS: u32 = 4;

impl Container {
    /// Opens a generation.
    pub(crate) async fn open(path: &Path, tables: Arc<[Table]>) -> Result<Container> {
        let writer = Writer::new(writing(path).connect().await?);
        Self::with(path, tables, writer).await
    }

    async fn with(path: &Path, tables: Arc<[Table]>, writer: Writer) -> Result<Container> {
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false)
            .connect_with(reading(path))
            .await?;
        let container = Container {
            path: path.to_owned(),
            tables,
            writer: Mutex::new(writer),
            readers,
            traces: std::sync::Mutex::default(),
        };
        // Whoever had it open before may have erased something and gone.
        container.note_traces();
        container.clear_traces().await;
        Ok(container)
    }
}

/// Rows that are deleted are zeroed; a commit need not reach the disk, because the log has it all.
pub(super) fn writing(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(WRITE_BUSY)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-16384")
}

fn reading(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(READ_BUSY)
}

/// A connection to a file that nobody else knows yet, and that is dropped if the load is cut short:
/// no journal, nothing forced to disk until the end.
pub(super) async fn loading(path: &Path) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Off)
        .synchronous(SqliteSynchronous::Off)
        .locking_mode(sqlx::sqlite::SqliteLockingMode::Exclusive)
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-32768");
    Ok(options.connect().await?)
}

pub(super) async fn create_tables(writer: &mut Writer, tables: &[Table]) -> Result<()> {
    for statement in [checkpoint_table(), parked_table()] {
        writer.run(statement.to_string(SqliteQueryBuilder)).await?;
    }
    for table in tables {
        for mut statement in [Some(table.create()), table.create_counts()]
            .into_iter()
            .flatten()
        {
            // A stream's rows lie together, in the order of the key.
            writer
                .run(
                    statement
                        .extra("WITHOUT ROWID")
                        .to_string(SqliteQueryBuilder),
                )
                .await?;
        }
    }
    Ok(())
}

pub(super) async fn create_indexes(writer: &mut Writer, tables: &[Table]) -> Result<()> {
    for statement in tables.iter().flat_map(Table::create_indexes) {
        writer.run(statement.to_string(SqliteQueryBuilder)).await?;
    }
    Ok(())
}

fn checkpoint_table() -> TableCreateStatement {
    TableStatement::create()
        .table(CHECKPOINT)
        .col(ColumnDef::new("one").big_integer().not_null().primary_key())
        .col(ColumnDef::new("position").big_integer().not_null())
        .col(ColumnDef::new("leaf").blob())
        .to_owned()
}

fn parked_table() -> TableCreateStatement {
    TableStatement::create()
        .table(PARKED)
        .col(ColumnDef::new("stream").text().not_null().primary_key())
        .col(ColumnDef::new("version").big_integer().not_null())
        .col(ColumnDef::new("position").big_integer().not_null())
        .col(ColumnDef::new("since").big_integer().not_null())
        .col(ColumnDef::new("error").text().not_null())
        .to_owned()
}
