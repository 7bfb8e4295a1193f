use super::{File, Writer};
use crate::container::handle::Readers;
use crate::container::{self, Container, Result};
use crate::engine::Engine;
use crate::progress::Told;
use crate::statement::create_own;
use crate::table::Table;
use sea_query::SqliteQueryBuilder;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const READ_BUSY: Duration = Duration::from_secs(10);
/// Another process that feeds the same generation takes moments; a write that fails is tried again,
/// and others wait for it.
const WRITE_BUSY: Duration = Duration::from_secs(2);
const READERS: u32 = 4;

/// Opens the container of a file.
pub(crate) async fn open(path: &Path, tables: Arc<[Table]>) -> Result<Container> {
    let writer = Writer::new(writing(path).connect().await?);
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .test_before_acquire(false)
        .connect_with(reading(path))
        .await?;
    let file = File::new(path, readers);
    // Whoever had it open before may have erased something and gone.
    file.note_traces();
    file.clear_traces().await;
    Ok(Container::new(
        tables,
        container::Writer::Sqlite(writer),
        Readers::Sqlite(file),
    ))
}

/// Opens the file of a registry.
pub(crate) async fn registry(path: &Path) -> Result<Writer> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(READ_BUSY);
    Ok(Writer::new(options.connect().await?))
}

/// The registry of a folder that has one, or an empty one that lies nowhere: to look at it.
pub(crate) async fn registry_to_look_at(path: &Path) -> Result<(Writer, bool)> {
    let is_there = path.exists();
    let options = match is_there {
        true => SqliteConnectOptions::new().filename(path),
        false => SqliteConnectOptions::new().in_memory(true),
    };
    let connection = options.busy_timeout(READ_BUSY).connect().await?;
    Ok((Writer::new(connection), is_there))
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
    for statement in create_own(Engine::Sqlite) {
        writer.run(statement.to_string(SqliteQueryBuilder)).await?;
    }
    for table in tables {
        let both = [
            Some(table.create(Engine::Sqlite)),
            table.create_counts(Engine::Sqlite),
        ];
        for mut statement in both.into_iter().flatten() {
            // A stream's rows lie together, in the order of the key.
            let statement = statement.extra("WITHOUT ROWID");
            writer.run(statement.to_string(SqliteQueryBuilder)).await?;
        }
    }
    Ok(())
}

pub(super) async fn create_indexes(
    writer: &mut Writer,
    tables: &[Table],
    told: Told<'_>,
) -> Result<()> {
    for statement in tables.iter().flat_map(Table::create_indexes) {
        writer.run(statement.to_string(SqliteQueryBuilder)).await?;
        told(1);
    }
    Ok(())
}
