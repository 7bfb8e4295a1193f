//! Keys that were destroyed must be gone from every file, soon and after a crash too.

#![allow(clippy::unwrap_used)]

mod place;

use docket_store::{Append, Expected, KeyChange, Log};
use docket_store_conformance::given::{With, accept, append, stream, whole};
use place::Place;
use sqlx::Connection;
use std::time::Duration;

const WRAPPED: &[u8] = b"a wrapped key that must be gone when it was destroyed";

fn create() -> Append {
    let mut create = append(1).on("a", Expected::Absent, 1);
    create.keys.push(KeyChange::Create {
        stream: stream("a"),
        wrapped: WRAPPED.to_vec(),
    });
    create
}

fn destroy() -> Append {
    let mut destroy = append(2).on("a", Expected::Exact(1), 1);
    destroy.keys.push(KeyChange::Destroy {
        stream: stream("a"),
    });
    destroy
}

/// Returns when the writer has done what it does behind the append before.
async fn settle(log: &dyn Log) {
    let nothing = append(3).on("a", Expected::Exact(2), 0);
    assert_eq!(log.append(nothing).await.unwrap().position, 0);
}

#[tokio::test]
async fn a_destroyed_key_is_in_no_file() {
    let place = Place::new();
    let log = place.quiet_log().await;
    accept(&log, create()).await;
    assert!(place.holds(WRAPPED));
    accept(&log, destroy()).await;
    // With nobody waiting the writer empties the write-ahead log before it takes the next job.
    settle(&log).await;
    assert!(!place.holds(WRAPPED));
}

#[tokio::test]
async fn a_key_destroyed_before_a_crash_is_soon_in_no_file() {
    let place = Place::new();
    let log = place.quiet_log().await;
    let mut reader = place.connect().await;
    let mut reading = reader.begin().await.unwrap();
    sqlx::query("SELECT count(*) FROM events")
        .execute(&mut *reading)
        .await
        .unwrap();
    accept(&log, create()).await;
    accept(&log, destroy()).await;
    settle(&log).await;
    let crashed = place.crashed();
    assert!(
        crashed.holds(WRAPPED),
        "the reader keeps it in the write-ahead log"
    );
    let log = crashed.quiet_log().await;
    for _ in 0..100 {
        if !crashed.holds(WRAPPED) {
            return whole(&log, 2).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("a file still holds the destroyed key");
}
