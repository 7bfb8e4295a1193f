//! What an application role gets, and what is asked about server and role.
#![allow(clippy::unwrap_used)]

use docket_store::{Append, Expected, KeyChange, Log, NewEvent, StreamAppend, StreamId};
use docket_store_postgres::{PostgresLog, grant, surroundings};
use docket_testkit::postgres::{Database, try_psql};
use uuid::Uuid;

/// A role of its own, since roles belong to the whole server.
fn role(database: &Database) -> String {
    let role = format!("node_of_{}", database.name());
    database.psql(&format!("CREATE ROLE {role} LOGIN"));
    role
}

fn as_role(database: &Database, role: &str) -> String {
    database.psql(&format!("ALTER ROLE {role} PASSWORD 'geheim'"));
    let url = database.url();
    let (_, rest) = url.split_once('@').unwrap();
    format!("postgres://{role}:geheim@{rest}")
}

fn drop_role(database: &Database, role: &str) {
    database.psql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

fn first_event() -> Append {
    let event = NewEvent {
        kind: "LogCreated".into(),
        schema: 1,
        payload: "{}".into(),
        sealed: vec![1],
        metadata: "{}".into(),
    };
    let stream = StreamId::new("log", "log");
    Append {
        command: Uuid::from_u128(1),
        at: 1,
        streams: vec![StreamAppend {
            stream: stream.clone(),
            expected: Expected::Absent,
            events: vec![event],
        }],
        documents: Vec::new(),
        keys: vec![KeyChange::Create {
            stream,
            wrapped: vec![1],
        }],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_granted_role_appends_and_can_neither_change_nor_remove_an_event() {
    let database = Database::new();
    let owner = PostgresLog::open(&database.url(), Uuid::from_u128(1)).await;
    owner.unwrap().close().await.unwrap();
    let role = role(&database);
    let url = as_role(&database, &role);
    assert!(PostgresLog::open(&url, Uuid::nil()).await.is_err());
    grant(&database.url(), &role).await.unwrap();
    let log = PostgresLog::open(&url, Uuid::nil()).await.unwrap();
    assert_eq!(log.id(), Uuid::from_u128(1));
    log.append(first_event()).await.unwrap();
    log.put_setting("name", b"value").await.unwrap();
    log.put_setting("name", b"other").await.unwrap();
    assert_eq!(log.head().await.unwrap().position, 1);
    for change in [
        "UPDATE docket_log.events SET payload = ''",
        "DELETE FROM docket_log.events",
        "TRUNCATE docket_log.events",
        "DROP TABLE docket_log.events",
        "ALTER TABLE docket_log.events DISABLE TRIGGER ALL",
        "UPDATE docket_log.log SET format = 2",
        "DELETE FROM docket_log.security_audit",
        "DELETE FROM docket_log.documents",
        "DELETE FROM docket_log.keys",
    ] {
        let refused = try_psql(&url, change).unwrap_err();
        assert!(
            refused.contains("permission denied") || refused.contains("must be owner"),
            "{change}: {refused}"
        );
    }
    log.close().await.unwrap();
    drop_role(&database, &role);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_learns_which_role_could_change_events() {
    let database = Database::new();
    let log = PostgresLog::open(&database.url(), Uuid::from_u128(1)).await;
    let log = log.unwrap();
    let found = surroundings(&database.url()).await.unwrap();
    assert!(found.may_change_events, "an owner could");
    assert!(found.connections_used >= 2 && found.connections_max > found.connections_reserved);
    assert_eq!(
        (found.standbys, found.synchronous_standbys.as_str()),
        (0, "")
    );
    let role = role(&database);
    grant(&database.url(), &role).await.unwrap();
    let url = as_role(&database, &role);
    let found = surroundings(&url).await.unwrap();
    assert_eq!(
        (found.role.as_str(), found.may_change_events),
        (role.as_str(), false)
    );
    database.psql(&format!("GRANT DELETE ON docket_log.events TO {role}"));
    assert!(surroundings(&url).await.unwrap().may_change_events);
    log.close().await.unwrap();
    drop_role(&database, &role);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_is_not_there_is_granted_nothing() {
    let database = Database::new();
    let log = PostgresLog::open(&database.url(), Uuid::from_u128(1)).await;
    log.unwrap().close().await.unwrap();
    let refused = grant(
        &database.url(),
        "nobody\"; DROP TABLE docket_log.events; --",
    )
    .await;
    assert!(refused.unwrap_err().to_string().contains("does not exist"));
    assert_eq!(database.psql("SELECT count(*) FROM docket_log.events"), "0");
}
