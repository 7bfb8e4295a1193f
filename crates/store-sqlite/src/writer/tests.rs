#![allow(clippy::unwrap_used)]
use crate::options::{Place, SqliteOptions};
use crate::{Durability, SqliteLog, open};
use docket_store::{Append, AppendError, Expected, Log, LogError};
use docket_store_conformance::given::{LOG, With, accept, append, size, whole};
use docket_store_conformance::racing::at_once;
use sqlx::AssertSqlSafe;
use std::sync::Arc;
use tempfile::TempDir;

/// A log whose first write connection was changed; those that follow it are as ever.
async fn log(folder: &TempDir, pragma: &str) -> SqliteLog {
    let place = Place::new(&folder.path().join("docket.db"), SqliteOptions::default());
    let (mut connection, id) = open::open(&place, LOG).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("PRAGMA {pragma}")))
        .execute(&mut connection)
        .await
        .unwrap();
    SqliteLog::start(place, connection, id).await.unwrap()
}

/// Bytes for which a file of 60 pages has no place.
const LARGE: usize = 250_000;

/// A log to which SQLite says that the disk is full, unless little is to be written.
async fn full(folder: &TempDir) -> SqliteLog {
    log(folder, "max_page_count = 60").await
}

fn large(number: u64) -> Append {
    append(number)
        .on(number, Expected::Absent, 1)
        .document(number, &[7; LARGE])
}

fn unavailable<T>(answer: &Result<T, AppendError>) -> bool {
    matches!(answer, Err(AppendError::Log(LogError::Unavailable(_))))
}

#[tokio::test]
async fn a_full_disk_refuses_one_append_and_not_the_next() {
    let folder = TempDir::new().unwrap();
    let log = full(&folder).await;
    let refused = log.append(large(1)).await;
    assert!(unavailable(&refused), "{refused:?}");
    assert_eq!(size(&log).await, 0);
    assert!(!accept(&log, large(1)).await.repeated);
    assert!(accept(&log, large(1)).await.repeated);
    whole(&log, 1).await;
}

#[tokio::test]
async fn a_full_disk_stores_of_a_batch_what_it_answers() {
    let folder = TempDir::new().unwrap();
    let log: Arc<dyn Log> = Arc::new(full(&folder).await);
    let given: Vec<_> = (0..40)
        .map(|number| match number {
            13 => large(number),
            _ => append(number).on(number, Expected::Absent, 1),
        })
        .collect();
    let answers = at_once(&log, given.clone()).await;
    assert!(unavailable(&answers[13]), "{:?}", answers[13]);
    for (number, (append, answer)) in given.into_iter().zip(answers).enumerate() {
        assert!(
            answer.is_ok() || unavailable(&answer),
            "{number}: {answer:?}"
        );
        assert_eq!(accept(&*log, append).await.repeated, answer.is_ok());
    }
    whole(&*log, 40).await;
}

#[tokio::test]
async fn a_full_disk_refuses_a_setting_and_keeps_none_of_it() {
    let folder = TempDir::new().unwrap();
    let log = full(&folder).await;
    let value = vec![7; LARGE];
    assert!(matches!(
        log.put_setting("large", &value).await,
        Err(LogError::Unavailable(_))
    ));
    assert_eq!(log.setting("large").await.unwrap(), None);
    log.put_setting("large", &value).await.unwrap();
    assert_eq!(log.setting("large").await.unwrap(), Some(value));
}

#[tokio::test]
async fn durability_is_what_the_write_connection_has() {
    for (pragma, synchronous) in [("synchronous = FULL", 2), ("synchronous = OFF", 0)] {
        let folder = TempDir::new().unwrap();
        let found = log(&folder, pragma).await.durability().await.unwrap();
        let expected = Durability {
            journal_mode: "wal".to_owned(),
            synchronous,
        };
        assert_eq!(found, expected, "{pragma}");
    }
}
