//! What is in the log stays as it is, and what was done around the log is found.

#![allow(clippy::unwrap_used)]

mod place;

use docket_store::{Expected, LogError, PublishedHead, verify};
use docket_store_conformance::given::{With, accept, append, hex_of, two_saves};
use place::{Place, ReadAll};
use sqlx::AssertSqlSafe;

/// A log of nine events in three streams.
async fn nine_events() -> Place {
    let place = Place::new();
    let log = place.log().await;
    for number in 1..=3 {
        accept(
            &log,
            append(number)
                .on("a", Expected::Any, 1)
                .on("b", Expected::Any, 1)
                .on(number, Expected::Any, 1),
        )
        .await;
    }
    log.close().await.unwrap();
    place
}

const ROW: &str =
    "kind, schema, payload, sealed, metadata, recorded_at, leaf, command, command_size FROM events";

#[tokio::test]
async fn the_database_refuses_to_change_events() {
    let place = nine_events().await;
    let before = place.log().await.read().await;
    let tricks = [
        "UPDATE events SET payload = '{}' WHERE position = 2".to_owned(),
        "UPDATE events SET position = position".to_owned(),
        "UPDATE OR REPLACE events SET position = 1 WHERE position = 2".to_owned(),
        "DELETE FROM events".to_owned(),
        "DELETE FROM events WHERE position = 9".to_owned(),
        format!(
            "INSERT OR REPLACE INTO events SELECT 9, stream, version, {ROW} WHERE position = 9"
        ),
        format!("REPLACE INTO events SELECT 10, stream, version, {ROW} WHERE position = 9"),
        format!("REPLACE INTO events SELECT 10, 'case/new', 1, {ROW} WHERE position = 1"),
        format!("INSERT OR IGNORE INTO events SELECT 11, 'case/new', 1, {ROW} WHERE position = 2"),
        format!("INSERT INTO events SELECT 10, 'case/new', 2, {ROW} WHERE position = 2"),
        format!("INSERT INTO events SELECT NULL, 'case/new', 1, {ROW} WHERE position = 2"),
        format!(
            "INSERT INTO events SELECT 9, stream, version, {ROW} WHERE position = 9
             ON CONFLICT (position) DO UPDATE SET payload = '{{}}'"
        ),
    ];
    for trick in tricks {
        let error = place.execute(&trick).await.expect_err(&trick).to_string();
        assert!(error.contains("events are "), "{trick}: {error}");
    }
    assert_eq!(place.log().await.read().await, before);
}

#[tokio::test]
async fn the_database_refuses_to_change_the_audit_trail_and_the_identity() {
    let place = nine_events().await;
    place
        .execute("INSERT INTO security_audit (at, action, result) VALUES (1, 'sign', 'refused')")
        .await
        .unwrap();
    for trick in [
        "UPDATE security_audit SET result = 'done'",
        "DELETE FROM security_audit",
        "REPLACE INTO security_audit (id, at, action, result) VALUES (1, 1, 'sign', 'done')",
        "UPDATE log SET format = 2",
        "DELETE FROM log",
        "REPLACE INTO log SELECT * FROM log",
    ] {
        assert!(place.execute(trick).await.is_err(), "{trick}");
    }
}

/// Runs SQL and answers why it was refused.
async fn refused(place: &Place, sql: &str) -> String {
    place.execute(sql).await.expect_err(sql).to_string()
}

/// Rows of a table, counted.
async fn count(place: &Place, table: &str) -> i64 {
    let mut connection = place.connect().await;
    let sql = format!("SELECT count(*) FROM {table}");
    sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_database_refuses_to_change_documents_and_removes_only_superseded_or_erased_ones() {
    let place = Place::new();
    let log = place.log().await;
    two_saves(&log).await;
    let (first, second, other) = (hex_of(b"first"), hex_of(b"second"), hex_of(b"other"));
    for trick in [
        "UPDATE documents SET bytes = x'00'".to_owned(),
        "UPDATE documents SET stream = 'case/b'".to_owned(),
        "UPDATE OR REPLACE documents SET rowid = 1 WHERE rowid = 2".to_owned(),
        "DELETE FROM documents".to_owned(),
        format!("DELETE FROM documents WHERE hash = x'{first}'"),
        format!("REPLACE INTO documents VALUES (x'{first}', 'case/a', x'00')"),
        format!("REPLACE INTO documents VALUES (x'{first}', 'case/b', CAST('first' AS BLOB))"),
        format!(
            "REPLACE INTO documents (rowid, hash, stream, bytes) VALUES (1, x'{}', 'case/a', x'00')",
            "00".repeat(32)
        ),
    ] {
        let error = refused(&place, &trick).await;
        assert!(error.contains("documents are "), "{trick}: {error}");
    }
    // The document of position 1 is superseded by position 3, and by nothing else.
    for (hash, saved_at, by) in [
        (&first, 1, 2),
        (&first, 2, 3),
        (&first, 3, 1),
        (&second, 1, 3),
        (&other, 2, 3),
        (&first, 1, 4),
    ] {
        let note = format!("INSERT INTO superseded VALUES (x'{hash}', {saved_at}, {by})");
        let error = refused(&place, &note).await;
        assert!(error.contains("superseded names"), "{note}: {error}");
    }
    let note = format!("INSERT INTO superseded VALUES (x'{first}', 1, 3)");
    place.execute(&note).await.unwrap();
    for trick in [
        "UPDATE superseded SET later_at = 4",
        "DELETE FROM superseded",
        "REPLACE INTO superseded SELECT hash, 1, 3 FROM superseded",
    ] {
        let error = refused(&place, trick).await;
        assert!(error.contains("superseded "), "{trick}: {error}");
    }
    assert_eq!(count(&place, "documents").await, 3);
    let remove = |hash: &str| format!("DELETE FROM documents WHERE hash = x'{hash}'");
    place.execute(&remove(&first)).await.unwrap();
    refused(&place, &remove(&other)).await;
    place
        .execute("UPDATE keys SET wrapped = x'' WHERE stream = 'case/b'")
        .await
        .unwrap();
    place.execute(&remove(&other)).await.unwrap();
    refused(&place, &remove(&second)).await;
    assert_eq!(count(&place, "documents").await, 1);
}

#[tokio::test]
async fn a_key_changes_only_by_ending_once_or_by_a_newer_wrapping() {
    let place = Place::new();
    two_saves(&place.log().await).await;
    for trick in [
        "DELETE FROM keys",
        "UPDATE keys SET stream = 'case/c' WHERE stream = 'case/a'",
        "UPDATE OR REPLACE keys SET rowid = 1 WHERE rowid = 2",
        "UPDATE keys SET wrapped = x'000000000261'",
        "UPDATE keys SET wrapped = x'010000000162' WHERE stream = 'case/a'",
        "UPDATE keys SET wrapped = x'010000000061' WHERE stream = 'case/a'",
        "UPDATE keys SET wrapped = x'01000000026161' WHERE stream = 'case/a'",
        "REPLACE INTO keys VALUES ('case/a', x'00')",
        "REPLACE INTO keys (rowid, stream, wrapped) VALUES (1, 'case/c', x'00')",
    ] {
        let error = refused(&place, trick).await;
        assert!(error.contains("keys "), "{trick}: {error}");
    }
    for step in ["010000000261", "010000000361", ""] {
        let change = format!("UPDATE keys SET wrapped = x'{step}' WHERE stream = 'case/a'");
        place.execute(&change).await.unwrap();
    }
    let back = "UPDATE keys SET wrapped = x'010000000461' WHERE stream = 'case/a'";
    refused(&place, back).await;
}

/// Runs SQL behind the log's back and answers the position at which the check stops.
async fn broken_at(sql: &str) -> u64 {
    let place = nine_events().await;
    for trigger in [
        "events_are_never_updated",
        "events_are_never_deleted",
        "events_are_only_appended",
    ] {
        place
            .execute(&format!("DROP TRIGGER {trigger}"))
            .await
            .unwrap();
    }
    place.execute(sql).await.unwrap();
    match verify(&place.log().await, None, &mut |_| {}).await {
        Err(LogError::Corrupt { position, .. }) => position,
        other => panic!("{sql} was not found, but got {other:?}"),
    }
}

#[tokio::test]
async fn a_change_of_any_column_is_found_at_its_position() {
    for change in [
        "payload = payload || ' '",
        "metadata = '{}'",
        "sealed = zeroblob(90)",
        "kind = kind || 'x'",
        "schema = schema + 1",
        "recorded_at = recorded_at - 1",
        "recorded_at = recorded_at + 1",
        "stream = 'case/c', version = 1",
        "version = 17",
        "leaf = zeroblob(32)",
    ] {
        for position in [1, 5, 9] {
            let sql = format!("UPDATE events SET {change} WHERE position = {position}");
            assert_eq!(broken_at(&sql).await, position, "{sql}");
        }
    }
}

#[tokio::test]
async fn a_removed_event_is_found() {
    assert_eq!(broken_at("DELETE FROM events WHERE position = 5").await, 5);
    assert_eq!(broken_at("DELETE FROM events WHERE position = 1").await, 1);
}

#[tokio::test]
async fn a_swapped_pair_is_found() {
    let swap = "UPDATE events SET position = -4 WHERE position = 4; UPDATE events SET position = 4 WHERE position = 5;
                UPDATE events SET position = 5 WHERE position = -4";
    assert_eq!(broken_at(swap).await, 4);
}

#[tokio::test]
async fn events_cut_off_the_end_are_found_by_a_published_head() {
    let place = nine_events().await;
    let whole = verify(&place.log().await, None, &mut |_| {}).await.unwrap();
    place
        .execute("DROP TRIGGER events_are_never_deleted")
        .await
        .unwrap();
    place
        .execute("DELETE FROM events WHERE position > 7")
        .await
        .unwrap();
    let log = place.log().await;
    assert_eq!(verify(&log, None, &mut |_| {}).await.unwrap().size, 7);
    let published = PublishedHead {
        size: whole.size,
        root: whole.root,
    };
    let found = verify(&log, Some(published), &mut |_| {}).await;
    assert!(
        matches!(found, Err(LogError::Corrupt { position: 8, .. })),
        "{found:?}"
    );
}
