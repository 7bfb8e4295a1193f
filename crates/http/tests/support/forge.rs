//! Changing what the log holds behind its back, as somebody who owns the database can.

use docket_testkit::engines::Scratch;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};

/// Changes the payload of an event and leaves its leaf.
pub async fn forge_payload(scratch: &Scratch, position: u64) {
    let set = format!("SET payload = payload || ' ' WHERE position = {position}");
    match scratch.database() {
        Some(database) => {
            database.psql(&format!(
                "ALTER TABLE docket_log.events DISABLE TRIGGER ALL; \
                 UPDATE docket_log.events {set}; \
                 ALTER TABLE docket_log.events ENABLE TRIGGER ALL"
            ));
        }
        None => on_sqlite(scratch, &set).await,
    }
}

/// The triggers are taken away for a moment and made again as they were.
async fn on_sqlite(scratch: &Scratch, set: &str) {
    let file = scratch.folder().join("docket.db");
    let options = SqliteConnectOptions::new().filename(file);
    let mut connection = options.connect().await.unwrap();
    let triggers: Vec<(String, String)> = sqlx::query_as(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'events'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let dropped = triggers
        .iter()
        .map(|(name, _)| format!("DROP TRIGGER {name}"));
    let update = std::iter::once(format!("UPDATE events {set}"));
    let made = triggers.iter().map(|(_, sql)| sql.clone());
    for statement in dropped.chain(update).chain(made) {
        let run = sqlx::raw_sql(AssertSqlSafe(statement));
        run.execute(&mut connection).await.unwrap();
    }
}
