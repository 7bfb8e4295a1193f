//! Whatever somebody changes in the schema is told.

#![allow(clippy::unwrap_used)]

use docket_store::Inspect;
use docket_store_conformance::given::LOG;
use docket_store_postgres::PostgresLog;
use docket_testkit::postgres::Database;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_changed_in_the_schema_is_told() {
    let database = Database::new();
    let log = PostgresLog::open(&database.url(), LOG).await.unwrap();
    assert_eq!(
        log.schema_differences().await.unwrap(),
        Vec::<String>::new()
    );
    for (change, back, told) in [
        (
            "ALTER TABLE docket_log.events ENABLE TRIGGER never_changed",
            "ALTER TABLE docket_log.events ENABLE ALWAYS TRIGGER never_changed",
            "trigger O ",
        ),
        (
            "ALTER TABLE docket_log.keys DISABLE TRIGGER never_removed",
            "ALTER TABLE docket_log.keys ENABLE ALWAYS TRIGGER never_removed",
            "trigger D ",
        ),
        (
            "ALTER TABLE docket_log.events ADD COLUMN note text",
            "ALTER TABLE docket_log.events DROP COLUMN note",
            "column events.note text",
        ),
        (
            "ALTER TABLE docket_log.events ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE docket_log.events DISABLE ROW LEVEL SECURITY",
            "row security",
        ),
        (
            "CREATE RULE away AS ON INSERT TO docket_log.documents DO INSTEAD NOTHING",
            "DROP RULE away ON docket_log.documents",
            "rule documents.away",
        ),
        (
            "CREATE TABLE public.more () INHERITS (docket_log.events)",
            "DROP TABLE public.more",
            "child of events: public.more",
        ),
        (
            "DROP INDEX docket_log.events_command",
            "CREATE UNIQUE INDEX events_command ON docket_log.events (command) WHERE command IS NOT NULL",
            "index CREATE UNIQUE INDEX events_command",
        ),
    ] {
        database.psql(change);
        let differences = log.schema_differences().await.unwrap();
        assert!(
            differences.iter().any(|line| line.contains(told)),
            "{change}: {differences:?}"
        );
        database.psql(back);
        assert_eq!(
            log.schema_differences().await.unwrap(),
            Vec::<String>::new(),
            "{back}"
        );
    }
    database.psql(
        "CREATE OR REPLACE FUNCTION docket_log.refuse_change() RETURNS trigger LANGUAGE plpgsql
         AS 'BEGIN RETURN NULL; END'",
    );
    let differences = log.schema_differences().await.unwrap();
    assert!(
        differences
            .iter()
            .all(|line| line.contains("function refuse_change")),
        "{differences:?}"
    );
    assert_eq!(differences.len(), 2);
}
