//! What is in the log stays as it is, whoever asks.

#![allow(clippy::unwrap_used)]

use docket_store::{Expected, Log, verify};
use docket_store_conformance::given::{LOG, With, accept, append};
use docket_store_postgres::PostgresLog;
use docket_testkit::postgres::{Database, try_psql};

const COLUMNS: &str =
    "kind, schema, payload, sealed, metadata, recorded_at, leaf, NULL, NULL FROM docket_log.events";

async fn nine_events(database: &Database) -> PostgresLog {
    let log = PostgresLog::open(&database.url(), LOG).await.unwrap();
    for number in 1..=3 {
        let given = append(number)
            .on("a", Expected::Any, 1)
            .on("b", Expected::Any, 1)
            .on(number, Expected::Any, 1);
        accept(&log, given).await;
    }
    log
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_to_change_events_even_to_its_owner() {
    let database = Database::new();
    let log = nine_events(&database).await;
    let before = log.read_all(0, usize::MAX).await.unwrap();
    let tricks = [
        "UPDATE docket_log.events SET payload = '{}' WHERE position = 2".to_owned(),
        "UPDATE docket_log.events SET position = position".to_owned(),
        "DELETE FROM docket_log.events".to_owned(),
        "DELETE FROM docket_log.events WHERE position = 9".to_owned(),
        "TRUNCATE docket_log.events".to_owned(),
        "TRUNCATE docket_log.log, docket_log.security_audit".to_owned(),
        "SET session_replication_role = replica; DELETE FROM docket_log.events".to_owned(),
        "DELETE FROM docket_log.security_audit".to_owned(),
        "UPDATE docket_log.security_audit SET result = 'done'".to_owned(),
        "UPDATE docket_log.log SET id = gen_random_uuid()".to_owned(),
        "MERGE INTO docket_log.events USING (SELECT 9 AS p) AS s ON position = s.p WHEN MATCHED THEN DELETE".to_owned(),
        format!(
            "INSERT INTO docket_log.events SELECT 9, stream, version, {COLUMNS} WHERE position = 9
             ON CONFLICT (position) DO UPDATE SET payload = '{{}}'"
        ),
        format!("INSERT INTO docket_log.events SELECT 11, 'case/new', 1, {COLUMNS} WHERE position = 2"),
        format!(
            "INSERT INTO docket_log.events
             SELECT 9 + n, 'case/new' || n, 1, {COLUMNS}, generate_series(1, 3, 2) AS n WHERE position = 2"
        ),
    ];
    for trick in tricks {
        let error = try_psql(&database.url(), &trick).expect_err(&trick);
        assert!(
            error.contains("append only") || error.contains("without a gap"),
            "{trick}: {error}"
        );
    }
    assert_eq!(log.read_all(0, usize::MAX).await.unwrap(), before);
    assert_eq!(verify(&log, None, &mut |_| {}).await.unwrap().size, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_behind_the_triggers_is_found() {
    let database = Database::new();
    let log = nine_events(&database).await;
    database.psql(
        "ALTER TABLE docket_log.events DISABLE TRIGGER never_changed;
         UPDATE docket_log.events SET payload = '{}' WHERE position = 4;
         ALTER TABLE docket_log.events ENABLE ALWAYS TRIGGER never_changed",
    );
    let found = verify(&log, None, &mut |_| {}).await;
    assert!(found.is_err(), "{found:?}");
}
