//! Busy, late, closed, foreign and broken files.

#![allow(clippy::unwrap_used)]

mod place;

use docket_store::{AppendError, Expected, Log, LogError};
use docket_store_conformance::given::{LOG, With, accept, append, whole};
use docket_store_conformance::racing::at_once;
use docket_store_sqlite::{SqliteLog, SqliteOptions};
use place::Place;
use sqlx::Connection;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn a_locked_file_is_unavailable_and_then_available_again() {
    let place = Place::new();
    let log = place
        .log_with(SqliteOptions {
            busy_timeout: Duration::from_millis(20),
            ..Default::default()
        })
        .await;
    let mut other = place.connect().await;
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let refused = log.append(append(1).on("a", Expected::Absent, 1)).await;
    assert!(
        matches!(refused, Err(AppendError::Log(LogError::Unavailable(_)))),
        "{refused:?}"
    );
    lock.rollback().await.unwrap();
    assert!(
        !accept(&log, append(1).on("a", Expected::Absent, 1))
            .await
            .repeated
    );
}

#[tokio::test]
async fn an_append_that_waited_too_long_is_stale() {
    let place = Place::new();
    let log = place
        .log_with(SqliteOptions {
            stale_after: Duration::ZERO,
            ..Default::default()
        })
        .await;
    assert_eq!(
        log.append(append(1).on("a", Expected::Absent, 1)).await,
        Err(AppendError::Stale)
    );
    assert_eq!(log.head().await.unwrap().position, 0);
}

#[tokio::test]
async fn a_closed_log_is_unavailable() {
    let place = Place::new();
    let log = place.log().await;
    log.close().await.unwrap();
    let refused = log.append(append(1).on("a", Expected::Absent, 1)).await;
    assert!(
        matches!(refused, Err(AppendError::Log(LogError::Unavailable(_)))),
        "{refused:?}"
    );
    assert!(matches!(log.head().await, Err(LogError::Unavailable(_))));
    assert!(matches!(
        log.put_setting("a", b"b").await,
        Err(LogError::Unavailable(_))
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_under_load_loses_nothing_that_was_answered() {
    let place = Place::new();
    let log = Arc::new(place.log().await);
    let racing: Arc<dyn Log> = log.clone();
    let given = (0..500)
        .map(|number| append(number).on(number, Expected::Absent, 1))
        .collect();
    let racing = tokio::spawn(async move { at_once(&racing, given).await });
    let mut watch = log.watch();
    watch.wait_for(|position| *position > 20).await.unwrap();
    log.close().await.unwrap();
    let accepted = racing
        .await
        .unwrap()
        .iter()
        .filter(|outcome| outcome.is_ok())
        .count();
    assert!(accepted > 20);
    whole(&place.log().await, accepted as u64).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_insert_that_fails_harms_only_its_own_append() {
    let place = Place::new();
    let log: Arc<dyn Log> = Arc::new(place.log().await);
    let poison = "CREATE TRIGGER poison BEFORE INSERT ON events WHEN NEW.stream = 'case/13'
                  BEGIN SELECT RAISE(ABORT, 'poison'); END";
    place.execute(poison).await.unwrap();
    let mut other = place.connect().await;
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let given = (0..40)
        .map(|number| append(number).on(number, Expected::Absent, 1))
        .collect();
    let racing = tokio::spawn(async move { (at_once(&log, given).await, log) });
    tokio::task::yield_now().await;
    lock.rollback().await.unwrap();
    let (outcomes, log) = racing.await.unwrap();
    for (number, outcome) in outcomes.iter().enumerate() {
        match number {
            13 => assert!(
                matches!(outcome, Err(AppendError::Log(LogError::Backend(_)))),
                "{outcome:?}"
            ),
            _ => assert!(outcome.is_ok(), "{number}: {outcome:?}"),
        }
    }
    whole(&*log, 39).await;
}

#[tokio::test]
async fn a_checkpoint_empties_the_write_ahead_log() {
    let place = Place::new();
    let log = place.quiet_log().await;
    accept(&log, append(1).on("a", Expected::Absent, 100)).await;
    let wal = place.file().with_extension("db-wal");
    assert!(std::fs::metadata(&wal).unwrap().len() > 0);
    log.checkpoint().await.unwrap();
    assert_eq!(std::fs::metadata(&wal).unwrap().len(), 0);
    whole(&log, 100).await;
}

async fn refused(place: &Place) -> LogError {
    SqliteLog::open(&place.file(), LOG)
        .await
        .err()
        .expect("the file is refused")
}

#[tokio::test]
async fn a_foreign_file_is_refused_and_left_alone() {
    let place = Place::new();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(place.file())
        .create_if_missing(true);
    let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
    sqlx::raw_sql("CREATE TABLE theirs (x)")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let before = std::fs::read(place.file()).unwrap();
    assert!(matches!(refused(&place).await, LogError::Backend(_)));
    assert_eq!(std::fs::read(place.file()).unwrap(), before);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let place = Place::new();
    std::fs::write(
        place.file(),
        "plain text, long enough to be looked at as a header. ".repeat(40),
    )
    .unwrap();
    assert!(matches!(refused(&place).await, LogError::Corrupt { .. }));
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let place = Place::new();
    place.log().await.close().await.unwrap();
    place.execute("PRAGMA user_version = 2").await.unwrap();
    assert!(matches!(refused(&place).await, LogError::Backend(_)));
}

#[tokio::test]
async fn an_unreadable_folder_is_unavailable() {
    let missing = Place::new().file().join("docket.db");
    assert!(matches!(
        SqliteLog::open(&missing, LOG).await.err(),
        Some(LogError::Unavailable(_))
    ));
}
