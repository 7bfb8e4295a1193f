//! What is in the log stays as it is, whoever asks.

#![allow(clippy::unwrap_used)]

use docket_store::{Expected, Log, verify};
use docket_store_conformance::given::{LOG, With, accept, append, hex_of, two_saves};
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
async fn the_database_refuses_to_change_documents_and_removes_only_superseded_or_erased_ones() {
    let database = Database::new();
    let log = PostgresLog::open(&database.url(), LOG).await.unwrap();
    two_saves(&log).await;
    let hash = |text: &[u8]| format!("'\\x{}'", hex_of(text));
    let (first, second, other) = (hash(b"first"), hash(b"second"), hash(b"other"));
    for trick in [
        "UPDATE docket_log.documents SET bytes = ''".to_owned(),
        "DELETE FROM docket_log.documents".to_owned(),
        "TRUNCATE docket_log.documents".to_owned(),
        "SET session_replication_role = replica; DELETE FROM docket_log.documents".to_owned(),
        format!(
            "INSERT INTO docket_log.documents VALUES ({first}, 'case/b', '')
             ON CONFLICT (hash) DO UPDATE SET bytes = ''"
        ),
    ] {
        let error = try_psql(&database.url(), &trick).expect_err(&trick);
        let told = error.contains("append only") || error.contains("documents are removed only");
        assert!(told, "{trick}: {error}");
    }
    for (hash, saved_at, by) in [
        (&first, 1, 2),
        (&first, 2, 3),
        (&first, 3, 1),
        (&second, 1, 3),
        (&other, 2, 3),
        (&first, 1, 4),
    ] {
        let note = format!("INSERT INTO docket_log.superseded VALUES ({hash}, {saved_at}, {by})");
        let error = try_psql(&database.url(), &note).expect_err(&note);
        assert!(error.contains("superseded names"), "{note}: {error}");
    }
    database.psql(&format!(
        "INSERT INTO docket_log.superseded VALUES ({first}, 1, 3)"
    ));
    for trick in [
        "UPDATE docket_log.superseded SET later_at = 4",
        "DELETE FROM docket_log.superseded",
        "TRUNCATE docket_log.superseded",
    ] {
        let error = try_psql(&database.url(), trick).expect_err(trick);
        assert!(error.contains("append only"), "{trick}: {error}");
    }
    let remove = |hash: &str| format!("DELETE FROM docket_log.documents WHERE hash = {hash}");
    database.psql(&remove(&first));
    try_psql(&database.url(), &remove(&other)).unwrap_err();
    database.psql("UPDATE docket_log.keys SET wrapped = '' WHERE stream = 'case/b'");
    database.psql(&remove(&other));
    try_psql(&database.url(), &remove(&second)).unwrap_err();
    assert_eq!(
        database.psql("SELECT count(*) FROM docket_log.documents"),
        "1"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_changes_only_by_ending_once_or_by_a_newer_wrapping() {
    let database = Database::new();
    let log = PostgresLog::open(&database.url(), LOG).await.unwrap();
    two_saves(&log).await;
    for trick in [
        "DELETE FROM docket_log.keys",
        "TRUNCATE docket_log.keys",
        "SET session_replication_role = replica; UPDATE docket_log.keys SET stream = 'case/c'",
        "UPDATE docket_log.keys SET wrapped = '\\x000000000261'",
        "UPDATE docket_log.keys SET wrapped = '\\x010000000162' WHERE stream = 'case/a'",
        "UPDATE docket_log.keys SET wrapped = '\\x010000000061' WHERE stream = 'case/a'",
        "UPDATE docket_log.keys SET wrapped = '\\x01000000026161' WHERE stream = 'case/a'",
        "INSERT INTO docket_log.keys VALUES ('case/a', '') ON CONFLICT (stream) DO UPDATE SET wrapped = '\\x00'",
    ] {
        let error = try_psql(&database.url(), trick).expect_err(trick);
        let told = error.contains("append only") || error.contains("keys only end");
        assert!(told, "{trick}: {error}");
    }
    for step in ["010000000261", "010000000361", ""] {
        database.psql(&format!(
            "UPDATE docket_log.keys SET wrapped = '\\x{step}' WHERE stream = 'case/a'"
        ));
    }
    let back = "UPDATE docket_log.keys SET wrapped = '\\x010000000461' WHERE stream = 'case/a'";
    try_psql(&database.url(), back).unwrap_err();
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
