use anyhow::Result;
use docket_store::{Log, Recorded};
use docket_store_sqlite::SqliteLog;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};
use std::path::Path;
use std::time::Instant;
use uuid::Uuid;

/// Rows a second when the very rows of a log go into an empty one of the same schema, `batch` rows
/// a transaction in one bulk statement, with fsync on and nothing decided, sealed or hashed. The
/// trigger that checks each insert is dropped; nothing else is.
pub async fn raw_append(folder: &Path, rows: &[Recorded], batch: usize) -> Result<f64> {
    let path = folder.join(format!("raw-{batch}.db"));
    SqliteLog::open(&path, Uuid::from_u128(1))
        .await?
        .close()
        .await?;
    let mut connection = connect(&path).await?;
    sqlx::raw_sql("DROP TRIGGER events_are_only_appended")
        .execute(&mut connection)
        .await?;
    let batches: Vec<String> = rows.chunks(batch).map(batch_text).collect::<Result<_>>()?;
    let began = Instant::now();
    for text in &batches {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let insert = include_str!("../../crates/store-sqlite/sql/append_events.sql");
        sqlx::query(insert)
            .bind(text)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
    }
    Ok(rows.len() as f64 / began.elapsed().as_secs_f64())
}

async fn connect(path: &Path) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("cache_size", "-16384");
    Ok(options.connect().await?)
}

fn batch_text(rows: &[Recorded]) -> Result<String> {
    let rows: Vec<_> = rows.iter().map(values).collect();
    Ok(serde_json::to_string(&rows)?)
}

fn values(row: &Recorded) -> serde_json::Value {
    let command = Uuid::new_v5(&Uuid::NAMESPACE_OID, &row.position.to_be_bytes());
    json!([
        row.position,
        row.stream.as_str(),
        row.version,
        row.kind,
        row.schema,
        row.payload,
        hex::encode(&row.sealed),
        row.metadata,
        row.recorded_at,
        hex::encode(row.leaf),
        command.simple().to_string(),
        1,
    ])
}

/// Rows a second when a log file is read back whole as one JSON array a page of `page` rows: the
/// fastest way sqlx reads SQLite.
pub async fn raw_read_back(path: &Path, page: i64) -> Result<f64> {
    let mut connection = connect(path).await?;
    let began = Instant::now();
    let (mut after, mut rows) = (0_i64, 0_u64);
    loop {
        let row = sqlx::query(
            "SELECT json_group_array(json_array(position, stream, version, kind, schema, payload, hex(sealed), \
             metadata, recorded_at, hex(leaf))) AS page, count(*) AS found, max(position) AS last \
             FROM (SELECT * FROM events WHERE position > ?1 ORDER BY position LIMIT ?2)",
        )
        .bind(after)
        .bind(page)
        .fetch_one(&mut connection)
        .await?;
        let found: i64 = row.try_get("found")?;
        if found == 0 {
            return Ok(rows as f64 / began.elapsed().as_secs_f64());
        }
        let text: String = row.try_get("page")?;
        std::hint::black_box(&text);
        rows += found.unsigned_abs();
        after = row.try_get("last")?;
    }
}

/// Reads every event of a log.
///
/// # Errors
/// When it cannot be read.
pub async fn all_events(log: &dyn Log) -> Result<Vec<Recorded>> {
    let mut events: Vec<Recorded> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.position);
        let page = log.read_all(after, 1_000).await?;
        if page.is_empty() {
            return Ok(events);
        }
        events.extend(page);
    }
}
