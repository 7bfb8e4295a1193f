//! No statement walks a whole table, however long the log is.

#![allow(clippy::unwrap_used)]

mod place;

use place::Place;
use sqlx::AssertSqlSafe;

macro_rules! statements {
    ($($name:literal),+ $(,)?) => { [$(($name, include_str!(concat!("../sql/", $name, ".sql")))),+] };
}

#[tokio::test]
async fn every_statement_finds_its_rows_by_an_index() {
    let place = Place::new();
    place.log().await.close().await.unwrap();
    let mut connection = place.connect().await;
    let statements = statements![
        "append_document",
        "audit_trail",
        "command",
        "destroy_key",
        "document",
        "head",
        "keys",
        "leaves",
        "look",
        "put_setting",
        "read_all",
        "read_range",
        "read_stream",
        "setting",
        "next_streams",
        "versions",
    ];
    for (name, sql) in statements {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain)
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let steps: Vec<&str> = plan.iter().map(|(_, _, _, step)| step.as_str()).collect();
        let tables = ["events", "keys", "documents", "settings", "security_audit"];
        let walks = |step: &&str| {
            tables
                .iter()
                .any(|table| step.starts_with(&format!("SCAN {table}")))
        };
        // The newest row is found by a walk from the end that stops at once.
        let allowed = usize::from(["head", "look", "audit_trail"].contains(&name));
        assert!(
            steps.iter().copied().filter(walks).count() <= allowed,
            "{name}: {steps:?}"
        );
        let sorts = steps.iter().any(|step| step.contains("TEMP B-TREE"));
        assert!(!sorts, "{name}: {steps:?}");
    }
}
