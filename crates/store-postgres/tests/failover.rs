//! A standby takes over: nodes find it by themselves, and what was answered is there.

#![allow(clippy::unwrap_used)]

use docket_store::{AppendError, Expected, Log, LogError};
use docket_store_conformance::given::{LOG, With, accept, append, size, whole};
use docket_store_conformance::racing::at_once;
use docket_store_postgres::PostgresLog;
use docket_testkit::postgres::Cluster;
use std::sync::Arc;
use std::time::Duration;

/// A primary that answers once its standby has it too.
fn pair() -> (Cluster, Cluster) {
    let primary = Cluster::start();
    let standby = Cluster::with().standby_of(&primary).start();
    primary.psql(
        "postgres",
        "ALTER SYSTEM SET synchronous_standby_names = '*'",
    );
    primary.psql("postgres", "SELECT pg_reload_conf()");
    let in_step = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
    while primary.psql("postgres", in_step) != "1" {
        std::thread::sleep(Duration::from_millis(20));
    }
    (primary, standby)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_takes_over_with_everything_that_was_answered() {
    let (primary, standby) = pair();
    let url = format!(
        "postgres://docket@127.0.0.1:{},127.0.0.1:{}/postgres",
        primary.port(),
        standby.port()
    );
    let log: Arc<dyn Log> = Arc::new(PostgresLog::open(&url, LOG).await.unwrap());
    let given = (0..300).map(|number| append(number).on(number, Expected::Absent, 1));
    let appending = tokio::spawn({
        let (log, given) = (Arc::clone(&log), given.collect());
        async move { at_once(&log, given).await }
    });
    while size(&*log).await < 20 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    primary.kill();
    standby.promote();
    let answers = appending.await.unwrap();
    // Everybody who was not answered asks again, and now the standby answers.
    for number in 0..300 {
        accept(&*log, append(number).on(number, Expected::Absent, 1)).await;
    }
    whole(&*log, 300).await;
    let events = log.read_all(0, 1_000).await.unwrap();
    let mut answered = 0;
    for (number, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(appended) => {
                answered += 1;
                let event = &events[appended.position as usize - 1];
                assert_eq!(
                    event.stream,
                    docket_store_conformance::given::stream(number)
                );
            }
            Err(AppendError::Log(LogError::Unavailable(_))) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(
        answered > 0,
        "the fail-over came before anything was answered"
    );
}
