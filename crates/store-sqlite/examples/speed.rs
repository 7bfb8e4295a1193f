//! Appends through the port beside the raw statement: the same rows, one `INSERT … SELECT … FROM
//! json_each(?)` a transaction on a connection with the same settings. Then reading back.
//!
//! `cargo run --release -p docket-store-sqlite --example speed [FOLDER]`

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods)] // a program to look at

use docket_store::{Append, Expected, Log, NewEvent, StreamAppend, StreamId, StreamRange};
use docket_store_sqlite::SqliteLog;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tempfile::TempDir;
use uuid::Uuid;

const STREAMS: u64 = 5_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let folder = std::env::args()
        .nth(1)
        .map_or_else(std::env::temp_dir, Into::into);
    let folder = TempDir::new_in(folder).unwrap();
    for batch in [1, 64, 256] {
        raw(
            &folder.path().join(format!("raw{batch}.db")),
            batch,
            if batch == 1 { 3_000 } else { 60_000 },
        )
        .await;
    }
    for callers in [1, 64, 256] {
        let log = SqliteLog::open(
            &folder.path().join(format!("log{callers}.db")),
            Uuid::from_u128(1),
        )
        .await
        .unwrap();
        appends(
            Arc::new(log),
            callers,
            if callers == 1 { 3_000 } else { 60_000 },
        )
        .await;
    }
    let log = SqliteLog::open(&folder.path().join("read.db"), Uuid::from_u128(1))
        .await
        .unwrap();
    reads(&log).await;
}

fn event(number: u64) -> NewEvent {
    NewEvent {
        kind: "SignedFor".to_owned(),
        schema: 1,
        payload: format!(
            "{{\"step\":\"superior-1\",\"state\":\"pending\",\"handler\":\"{}\",\"deadline\":{number}}}",
            Uuid::from_u128(number.into())
        ),
        sealed: Some(number.to_be_bytes().repeat(15)),
        metadata: format!(
            "{{\"at\":{number},\"actor\":\"{}\",\"role\":\"operator\"}}",
            Uuid::from_u128(number.into())
        ),
    }
}

async fn appends(log: Arc<SqliteLog>, callers: u64, total: u64) {
    let (next, began) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (log, next) = (log.clone(), next.clone());
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= total {
                        return;
                    }
                    let stream =
                        StreamId::new("declaration", Uuid::from_u128((number % STREAMS).into()));
                    let streams = vec![StreamAppend {
                        stream,
                        expected: Expected::Any,
                        events: vec![event(number)],
                    }];
                    let command = Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_be_bytes());
                    log.append(Append {
                        command,
                        at: number as i64,
                        streams,
                        documents: vec![],
                        keys: vec![],
                    })
                    .await
                    .unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    println!(
        "port, {callers:>3} callers: {:>7.0} rows/s",
        total as f64 / began.elapsed().as_secs_f64()
    );
}

async fn raw(path: &Path, batch: u64, total: u64) {
    drop(
        SqliteLog::open(path, Uuid::from_u128(1))
            .await
            .unwrap()
            .close()
            .await,
    );
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal);
    let mut connection = options
        .synchronous(SqliteSynchronous::Full)
        .connect()
        .await
        .unwrap();
    for index in ["DROP TRIGGER events_are_only_appended"] {
        sqlx::raw_sql(index).execute(&mut connection).await.unwrap();
    }
    let began = Instant::now();
    for first in (0..total).step_by(batch as usize) {
        let rows: Vec<_> = (first..first + batch).map(row).collect();
        let rows = serde_json::to_string(&rows).unwrap();
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let insert = sqlx::query(include_str!("../sql/append_events.sql")).bind(rows);
        insert.execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
    }
    println!(
        "raw, {batch:>3} rows a transaction: {:>7.0} rows/s",
        total as f64 / began.elapsed().as_secs_f64()
    );
}

fn row(number: u64) -> serde_json::Value {
    let event = event(number);
    let stream = format!("declaration/{}", Uuid::from_u128((number % STREAMS).into()));
    let command = Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_be_bytes())
        .simple()
        .to_string();
    let (sealed, leaf) = (hex::encode(event.sealed.unwrap()), "00".repeat(32));
    serde_json::json!([
        number + 1,
        stream,
        number / STREAMS + 1,
        event.kind,
        1,
        event.payload,
        sealed,
        event.metadata,
        number,
        leaf,
        command,
        1
    ])
}

async fn reads(log: &SqliteLog) {
    let total = 300_000;
    for first in (0..total).step_by(2_000) {
        let streams = (0..20).map(|stream| StreamAppend {
            stream: StreamId::new(
                "declaration",
                Uuid::from_u128(u128::from((first / 20 + stream * 7) % STREAMS)),
            ),
            expected: Expected::Any,
            events: (0..100).map(|number| event(first + number)).collect(),
        });
        let command = Uuid::new_v5(&Uuid::NAMESPACE_OID, &first.to_be_bytes());
        log.append(Append {
            command,
            at: 0,
            streams: streams.collect(),
            documents: vec![],
            keys: vec![],
        })
        .await
        .unwrap();
    }
    for limit in [200, 1_000, 10_000] {
        let (mut after, began) = (0, Instant::now());
        while after < total {
            after += log.read_all(after, limit).await.unwrap().len() as u64;
        }
        println!(
            "read_all, {limit:>5} a call: {:>7.0} rows/s",
            total as f64 / began.elapsed().as_secs_f64()
        );
    }
    let began = Instant::now();
    let range = StreamRange {
        category: "declaration".to_owned(),
        from: None,
        to: None,
        up_to: total,
    };
    let events = log.read_range(&range).await.unwrap();
    println!(
        "read_range: {:>7.0} rows/s",
        events.len() as f64 / began.elapsed().as_secs_f64()
    );
    let began = Instant::now();
    for number in 0..5_000_u128 {
        let stream = StreamId::new(
            "declaration",
            Uuid::from_u128(number * 7 % u128::from(STREAMS)),
        );
        log.read_stream(&stream, 0, 25).await.unwrap();
    }
    println!(
        "read_stream, 25 events: {:>5.0} µs",
        began.elapsed().as_micros() as f64 / 5_000.0
    );
    let began = Instant::now();
    for number in 0..5_000_u128 {
        let streams: Vec<_> = (0..6)
            .map(|stream| StreamId::new("declaration", Uuid::from_u128(number + stream)))
            .collect();
        log.versions(&streams).await.unwrap();
    }
    println!(
        "versions, 6 streams: {:>5.0} µs",
        began.elapsed().as_micros() as f64 / 5_000.0
    );
    let began = Instant::now();
    docket_store::verify(log, None, &mut |_| {}).await.unwrap();
    println!(
        "verify: {:>7.0} rows/s",
        total as f64 / began.elapsed().as_secs_f64()
    );
}
