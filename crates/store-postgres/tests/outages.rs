//! The database restarts, the network loses an answer, another node freezes: an append is stored
//! once or the caller is told that it may ask again, and nobody waits for long.

#![allow(clippy::unwrap_used)]

use docket_store::{AppendError, Expected, Log, LogError};
use docket_store_conformance::given::{LOG, With, accept, append, size, whole};
use docket_store_conformance::racing::at_once;
use docket_store_postgres::{PostgresLog, PostgresOptions};
use docket_testkit::postgres::{Cluster, Cut, Database, Proxy, try_psql};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// The lock of sql/own/lock.sql.
const LOCK: &str = "SELECT pg_advisory_xact_lock(4921952873902404463)";

async fn open(url: &str) -> Arc<dyn Log> {
    Arc::new(PostgresLog::open(url, LOG).await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_a_commit_is_settled_from_the_log() {
    let database = Database::new();
    let proxy = Proxy::before(&database.url());
    let log = open(&proxy.url()).await;
    for number in 0..5 {
        proxy.cut_next(Cut::Answer, &[b"COMMIT\0"]);
        let appended = accept(&*log, append(number).on("a", Expected::Exact(number), 1)).await;
        assert!(!appended.repeated, "its own commit is no repeat");
        assert_eq!((appended.position, proxy.lost()), (number + 1, number + 1));
    }
    whole(&*log, 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_was_never_sent_is_done_again() {
    let database = Database::new();
    let proxy = Proxy::before(&database.url());
    let log = open(&proxy.url()).await;
    proxy.cut_next(Cut::Answer, &[b"SELECT pg_advisory_xact_lock"]);
    // Lost before anything was prepared: by a new connection.
    proxy.cut(true);
    let appending = tokio::spawn({
        let log = Arc::clone(&log);
        async move { log.append(append(1).on("a", Expected::Absent, 1)).await }
    });
    sleep(Duration::from_millis(300)).await;
    proxy.cut(false);
    let appended = appending.await.unwrap().unwrap();
    assert_eq!((appended.position, appended.repeated), (1, false));
    whole(&*log, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_entry_whose_commit_lost_its_answer_stands_once() {
    let database = Database::new();
    let proxy = Proxy::before(&database.url());
    let log = open(&proxy.url()).await;
    proxy.cut_next(Cut::Answer, &[b"COMMIT\0"]);
    let entry = docket_store::AuditEntry {
        at: 1,
        actor: None,
        unit: None,
        action: "sign".to_owned(),
        subject: None,
        result: "refused".to_owned(),
        code: Some("NOT_YOURS".to_owned()),
        correlation: None,
    };
    log.audit(vec![entry.clone()]).await.unwrap();
    assert_eq!(proxy.lost(), 1);
    assert_eq!(log.audit_trail(10).await.unwrap(), [entry]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_freezes_while_it_holds_the_lock_stops_the_others_for_five_seconds_at_most() {
    let database = Database::new();
    let log = open(&database.url()).await;
    accept(&*log, append(1).on("a", Expected::Absent, 1)).await;
    // A session without the time-outs of a node's own, so that only the others can end it.
    let url = database.url();
    let frozen = std::thread::spawn(move || {
        try_psql(&url, &format!("BEGIN; {LOCK}; SELECT pg_sleep(60); COMMIT"))
    });
    let locks = "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
                 WHERE locktype = 'advisory' AND datname = current_database()";
    while database.psql(locks) == "0" {
        sleep(Duration::from_millis(5)).await;
    }
    let began = Instant::now();
    let appended = accept(&*log, append(2).on("a", Expected::Exact(1), 1)).await;
    assert_eq!(appended.position, 2);
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    let ended = frozen.join().unwrap().unwrap_err();
    assert!(ended.contains("terminating connection"), "{ended}");
    whole(&*log, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_cut_off_with_its_batch_half_sent_gives_the_lock_back_and_stores_once() {
    let database = Database::new();
    let proxy = Proxy::before(&database.url());
    let (cut_off, other) = (open(&proxy.url()).await, open(&database.url()).await);
    proxy.cut_next(Cut::MessageInSilence, &[b"COMMIT\0"]);
    let waiting = tokio::spawn({
        let log = Arc::clone(&cut_off);
        async move { log.append(append(1).on("a", Expected::Absent, 1)).await }
    });
    while proxy.lost() == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    let began = Instant::now();
    accept(&*other, append(2).on("b", Expected::Absent, 1)).await;
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    // Its own append is told to be asked again, or done: in no case lost or doubled.
    match waiting.await.unwrap() {
        Ok(appended) => assert_eq!(appended.position, 2),
        Err(error) => assert!(matches!(error, AppendError::Log(LogError::Unavailable(_)))),
    }
    accept(&*cut_off, append(1).on("a", Expected::Absent, 1)).await;
    whole(&*other, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_is_tried_again() {
    let database = Database::new();
    let log = open(&database.url()).await;
    accept(&*log, append(1).on("a", Expected::Absent, 1)).await;
    let url = database.url();
    // It writes the document first and takes the lock second: the other way round than a node.
    let hash = docket_store::sha256(b"text")
        .map(|byte| format!("{byte:02x}"))
        .concat();
    let rival = std::thread::spawn(move || {
        let text = format!(
            r"BEGIN; INSERT INTO docket_log.documents VALUES ('\x{hash}', 'case/a', 'text');
              SELECT pg_sleep(0.5); {LOCK}; ROLLBACK"
        );
        try_psql(&url, &text)
    });
    sleep(Duration::from_millis(250)).await;
    let given = append(2)
        .on("a", Expected::Exact(1), 1)
        .document("a", b"text");
    let appended = log.append(given).await.unwrap();
    assert_eq!((appended.position, appended.repeated), (2, false));
    _ = rival.join().unwrap();
    let document = log.document(&docket_store::sha256(b"text")).await.unwrap();
    assert_eq!(document, Some(b"text".to_vec()));
    whole(&*log, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_the_database_loses_nothing_that_was_answered() {
    let cluster = Cluster::start();
    let log = open(&cluster.url("postgres")).await;
    let mut stored = 0;
    for round in 0..3 {
        let given = (0..200).map(|number| {
            let number = round * 1_000 + number;
            append(number).on(number, Expected::Absent, 1)
        });
        let appending = tokio::spawn({
            let (log, given) = (Arc::clone(&log), given.collect());
            async move { at_once(&log, given).await }
        });
        sleep(Duration::from_millis(15)).await;
        cluster.kill();
        cluster.start_again();
        for answer in appending.await.unwrap() {
            match answer {
                Ok(appended) => stored += u64::from(!appended.repeated),
                Err(AppendError::Log(LogError::Unavailable(_))) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
    }
    assert!(size(&*log).await >= stored);
    assert!(stored > 0, "nothing was answered at all");
    // Whatever was not answered is settled by asking again.
    for number in (0..3_000).filter(|number| number % 1_000 < 200) {
        accept(&*log, append(number).on(number, Expected::Absent, 1)).await;
    }
    whole(&*log, 600).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_stays_away_is_told_within_seconds_and_comes_back_by_itself() {
    let cluster = Cluster::start();
    let log = open(&cluster.url("postgres")).await;
    accept(&*log, append(1).on("a", Expected::Absent, 1)).await;
    cluster.stop_immediate();
    let began = Instant::now();
    let refused = log.append(append(2).on("a", Expected::Exact(1), 1)).await;
    assert!(
        matches!(refused, Err(AppendError::Log(LogError::Unavailable(_)))),
        "{refused:?}"
    );
    assert!(matches!(log.head().await, Err(LogError::Unavailable(_))));
    assert!(
        began.elapsed() < Duration::from_secs(12),
        "{:?}",
        began.elapsed()
    );
    cluster.start_again();
    accept(&*log, append(2).on("a", Expected::Exact(1), 1)).await;
    whole(&*log, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_wait_for_the_disk_waits_all_the_same() {
    let database = Database::new();
    database.psql(&format!(
        "ALTER DATABASE \"{}\" SET synchronous_commit = off",
        database.name()
    ));
    let log = PostgresLog::open(&database.url(), LOG).await.unwrap();
    database.psql(
        "CREATE TABLE seen (value text);
         CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
         CREATE TRIGGER look AFTER INSERT ON docket_log.events FOR EACH STATEMENT EXECUTE FUNCTION look()",
    );
    accept(&log, append(1).on("a", Expected::Absent, 1)).await;
    assert_eq!(database.psql("SELECT value FROM seen"), "on");
}

/// Options under which a silent database is noticed at once.
fn impatient() -> PostgresOptions {
    PostgresOptions {
        readers: 2,
        answer_within: Duration::from_secs(1),
        ..PostgresOptions::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_were_cut_off_without_a_word_are_replaced() {
    let database = Database::new();
    let proxy = Proxy::before(&database.url());
    let log = PostgresLog::open_with(&proxy.url(), LOG, impatient()).await;
    let log = log.unwrap();
    accept(&log, append(1).on("a", Expected::Absent, 1)).await;
    for round in 1..=4 {
        proxy.cut_next(Cut::MessageInSilence, &[b"sqlx_s_"]);
        let began = Instant::now();
        while proxy.lost() < round {
            let asked = log.head().await;
            assert!(
                matches!(asked, Ok(_) | Err(LogError::Unavailable(_))),
                "{asked:?}"
            );
        }
        assert_eq!(log.head().await.unwrap().position, 1);
        assert!(
            began.elapsed() < Duration::from_secs(4),
            "{:?}",
            began.elapsed()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_connections_and_keeps_silent_is_passed_over() {
    let database = Database::new();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = database
        .url()
        .replacen('@', &format!("@127.0.0.1:{port},"), 1);
    let log = PostgresLog::open_with(&url, LOG, impatient())
        .await
        .unwrap();
    accept(&log, append(1).on("a", Expected::Absent, 1)).await;
    assert_eq!(size(&log).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_is_not_read_while_its_primary_is_away() {
    let primary = Cluster::start();
    let standby = Cluster::with().standby_of(&primary).start();
    let url = format!(
        "postgres://docket@127.0.0.1:{},127.0.0.1:{}/postgres",
        standby.port(),
        primary.port()
    );
    let log = PostgresLog::open(&url, LOG).await.unwrap();
    accept(&log, append(1).on("a", Expected::Absent, 1)).await;
    primary.stop_immediate();
    let asked = log.head().await;
    assert!(matches!(asked, Err(LogError::Unavailable(_))), "{asked:?}");
    primary.start_again();
    assert_eq!(log.head().await.unwrap().position, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_to_be_listened_to_is_polled() {
    let database = Database::new();
    let proxy = Proxy::before(&database.url());
    proxy.garble("LISTEN", "LISTEM");
    let (here, there) = (open(&proxy.url()).await, open(&database.url()).await);
    let mut newest = here.watch();
    for position in 1..=3 {
        accept(&*there, append(position).on("a", Expected::Any, 1)).await;
        let seen = newest.wait_for(|newest| *newest >= position);
        timeout(Duration::from_secs(5), seen)
            .await
            .unwrap()
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_remembers_the_log_is_told_of_every_connection_that_is_made_anew() {
    let server = Cluster::start();
    let log = open(&server.url("postgres")).await;
    let mut connections = log.connections();
    accept(&*log, append(1).on("a", Expected::Absent, 1)).await;
    log.head().await.unwrap();
    // To look, to write, to read and to follow.
    connections.wait_for(|made| *made >= 4).await.unwrap();
    let stood = *connections.borrow();
    server.stop_immediate();
    server.start_again();
    log.head().await.unwrap();
    assert!(*connections.borrow() > stood);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_that_a_role_was_given_end_no_session_of_a_log() {
    let database = Database::new();
    let settings = [
        "statement_timeout = 1",
        "lock_timeout = 1",
        "idle_in_transaction_session_timeout = 1",
        "idle_session_timeout = 20",
        "default_transaction_read_only = on",
        "default_transaction_isolation = 'serializable'",
        "search_path = nowhere",
        "standard_conforming_strings = off",
    ];
    let name = database.name();
    let settings = settings.map(|setting| format!("ALTER DATABASE \"{name}\" SET {setting};"));
    database.psql(&settings.concat());
    let log = open(&database.url()).await;
    let other = Database::new();
    let of_log = format!("FROM pg_stat_activity WHERE datname = '{name}'");
    for number in 1..=3 {
        accept(&*log, append(number).on("a", Expected::Any, 200)).await;
        log.head().await.unwrap();
        let sessions = other.psql(&format!("SELECT string_agg(pid::text, ',') {of_log}"));
        sleep(Duration::from_millis(100)).await;
        let ended = format!(
            "SELECT count(*) FROM unnest('{{{sessions}}}'::int[]) AS pid \
             WHERE pid NOT IN (SELECT pid {of_log})"
        );
        assert_eq!(other.psql(&ended), "0");
    }
}
