//! A standby takes over: nodes find it by themselves, and what was answered is there.

#![allow(clippy::unwrap_used)]

use docket_store::{AppendError, Expected, Guarded, Log, LogError, Loss};
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

/// A primary whose standby has what was committed so far and hears of nothing more.
async fn cut_off(primary: &Cluster, standby: &Cluster, log: &dyn Log, events: u64) {
    for number in 0..events {
        accept(log, append(number).on(number, Expected::Absent, 1)).await;
    }
    let written = primary.psql("postgres", "SELECT pg_current_wal_lsn()");
    let followed = format!("SELECT pg_last_wal_replay_lsn() >= '{written}'");
    while standby.psql("postgres", &followed) != "t" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    standby.psql("postgres", "ALTER SYSTEM SET primary_conninfo = ''");
    standby.psql("postgres", "SELECT pg_reload_conf()");
    while standby.psql("postgres", "SELECT count(*) FROM pg_stat_wal_receiver") != "0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Asks until the primary is found again.
async fn refusal<T>(mut ask: impl AsyncFnMut() -> Result<T, LogError>) -> LogError {
    loop {
        match ask().await {
            Err(LogError::Unavailable(_)) => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(error) => return error,
            Ok(_) => panic!("the other log answered"),
        }
    }
}

/// Where the other log ends may change while it is looked at.
fn is_lost(error: &LogError) -> bool {
    matches!(error, LogError::Lost(Loss { seen: 25, .. }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_lacked_commits_is_noticed_also_when_it_has_grown_past_them() {
    for grown in [0, 8] {
        let primary = Cluster::start();
        let standby = Cluster::with().standby_of(&primary).start();
        let (one, two) = (primary.port(), standby.port());
        let url = format!("postgres://docket@127.0.0.1:{one},127.0.0.1:{two}/postgres");
        let log: Arc<dyn Log> = Arc::new(PostgresLog::open(&url, LOG).await.unwrap());
        cut_off(&primary, &standby, &*log, 20).await;
        for number in 20..25 {
            accept(&*log, append(number).on(number, Expected::Absent, 1)).await;
        }
        primary.kill();
        standby.promote();
        let alone = format!("postgres://docket@127.0.0.1:{two}/postgres");
        let other = PostgresLog::open(&alone, LOG).await.unwrap();
        for number in 100..100 + grown {
            accept(&other, append(number).on(number, Expected::Absent, 1)).await;
        }
        let guarded = Guarded::new(Arc::clone(&log));
        let read = refusal(async || guarded.read_all(0, 100).await).await;
        assert!(is_lost(&read), "{read}");
        let wanted = append(200).on("20", Expected::Any, 1);
        let written = refusal::<()>(async || match log.append(wanted.clone()).await {
            Err(AppendError::Log(error)) => Err(error),
            other => panic!("{other:?}"),
        });
        let written = written.await;
        assert!(is_lost(&written), "{written}");
        whole(&other, 20 + grown).await;
    }
}
