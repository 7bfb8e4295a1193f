//! A file that is put in the place of the log's under a running process.

#![allow(clippy::unwrap_used)]

mod place;

use docket_store::{AppendError, Expected, Guarded, Log, LogError, Loss};
use docket_store_conformance::given::{With, accept, append, whole};
use docket_store_sqlite::SqliteLog;
use place::Place;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Stores events by number, a stream each.
async fn store(log: &SqliteLog, numbers: std::ops::Range<u64>) {
    for number in numbers {
        accept(log, append(number).on(number, Expected::Absent, 1)).await;
    }
}

/// A copy of the log as it is now, beside it.
async fn copy(place: &Place, log: &SqliteLog) -> PathBuf {
    log.checkpoint().await.unwrap();
    let copy = place.file().with_extension("copy");
    fs::copy(place.file(), &copy).unwrap();
    copy
}

/// Puts a file in the place of the log, as docs/operations.md says.
fn put_back(place: &Place, copy: &Path) {
    for suffix in ["-wal", "-shm"] {
        let mut name = place.file().as_os_str().to_owned();
        name.push(suffix);
        let _ = fs::remove_file(name);
    }
    fs::rename(copy, place.file()).unwrap();
}

async fn until_lost(log: &dyn Log) -> Loss {
    loop {
        if let Some(loss) = log.loss() {
            return loss;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_is_noticed_and_neither_read_nor_written() {
    let place = Place::new();
    let log = Arc::new(place.log().await);
    store(&log, 0..10).await;
    let older = copy(&place, &log).await;
    store(&log, 10..15).await;
    put_back(&place, &older);
    let refused = log.append(append(90).on(90, Expected::Absent, 1)).await;
    let refused = refused.unwrap_err();
    let loss = Loss { seen: 15, ends: 10 };
    assert_eq!(refused, AppendError::Log(LogError::Lost(loss)));
    assert_eq!(until_lost(&*log).await, loss);
    let guarded = Guarded::new(Arc::clone(&log) as _);
    assert_eq!(guarded.read_all(0, 10).await, Err(LogError::Lost(loss)));
    assert_eq!(guarded.head().await, Err(LogError::Lost(loss)));
    // Who finds out what was lost reads the log that is there, once it is looked at.
    while log.head().await.unwrap().position != 10 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_that_grew_past_is_noticed() {
    let place = Place::new();
    let log = Arc::new(place.log().await);
    store(&log, 0..10).await;
    let older = copy(&place, &log).await;
    store(&log, 10..12).await;
    let elsewhere = Place::new();
    fs::rename(&older, elsewhere.file()).unwrap();
    let other = elsewhere.log().await;
    store(&other, 20..30).await;
    let grown = copy(&elsewhere, &other).await;
    put_back(&place, &grown);
    let loss = until_lost(&*log).await;
    assert_eq!(loss, Loss { seen: 12, ends: 20 });
    let refused = log.append(append(90).on(90, Expected::Absent, 1)).await;
    assert_eq!(refused.unwrap_err(), AppendError::Log(LogError::Lost(loss)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_copy_put_back_is_the_log_again() {
    let place = Place::new();
    let log = Arc::new(place.log().await);
    store(&log, 0..10).await;
    let older = copy(&place, &log).await;
    store(&log, 10..12).await;
    log.checkpoint().await.unwrap();
    let newest = place.file().with_extension("newest");
    fs::copy(place.file(), &newest).unwrap();
    put_back(&place, &older);
    until_lost(&*log).await;
    put_back(&place, &newest);
    while log.loss().is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    store(&log, 12..14).await;
    whole(&*log, 14).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_moved_away_takes_nothing_and_is_not_begun_anew() {
    let place = Place::new();
    let log = place.log().await;
    store(&log, 0..10).await;
    log.checkpoint().await.unwrap();
    let away = place.file().with_extension("away");
    fs::rename(place.file(), &away).unwrap();
    let refused = log.append(append(90).on(90, Expected::Absent, 1)).await;
    assert!(
        matches!(refused, Err(AppendError::Log(LogError::Unavailable(_)))),
        "{refused:?}"
    );
    assert!(!place.file().exists());
    fs::rename(&away, place.file()).unwrap();
    store(&log, 10..12).await;
    whole(&log, 12).await;
}
