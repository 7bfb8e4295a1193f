//! No statement walks a whole table, however long the log is.

#![allow(clippy::unwrap_used)]

use docket_store_conformance::given::LOG;
use docket_store_postgres::PostgresLog;
use docket_testkit::postgres::{Database, try_psql};

macro_rules! statements {
    ($(($name:literal, $parameters:literal)),+ $(,)?) => {
        [$(($name, $parameters, include_str!(concat!("../sql/", $name, ".sql")))),+]
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_finds_its_rows_by_an_index() {
    let database = Database::new();
    PostgresLog::open(&database.url(), LOG).await.unwrap();
    let statements = statements![
        ("audit_trail", "5"),
        ("command", "'00000000-0000-0000-0000-000000000001'"),
        ("destroy_key", "'{a,b}'"),
        ("document", r"'\x00'"),
        ("head", ""),
        ("keys", "'{a,b}'"),
        ("leaves", "7, 5"),
        (
            "look",
            "'{a,b}', '{00000000-0000-0000-0000-000000000001}', '{a}', 7"
        ),
        ("read_all", "7, 5"),
        ("read_range", "'a/1', 'a/9', 77"),
        ("read_stream", "'a/1', 3, 5"),
        ("setting", "'a'"),
        ("next_streams", "'a/', 'a0', 5"),
        ("versions", "'{a,b}'"),
        ("own/repeats", "'{00000000-0000-0000-0000-000000000001}'"),
        ("own/settle", "'7', 7"),
    ];
    for (name, parameters, sql) in statements {
        let execute = match parameters {
            "" => format!("EXPLAIN {sql}"),
            _ => format!("EXPLAIN EXECUTE asked({parameters})"),
        };
        let prepare = match parameters {
            "" => String::new(),
            _ => format!("PREPARE asked AS {sql};"),
        };
        // The tables are empty, so their cost says nothing: a walk is what is left without an index.
        let asked = format!(
            "SET enable_seqscan = off; SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan; {prepare} {execute}"
        );
        let plan = try_psql(&database.url(), &asked).unwrap();
        assert!(!plan.contains("Seq Scan"), "{name}: {plan}");
        let ordered = [
            "read_all",
            "read_stream",
            "read_range",
            "next_streams",
            "head",
            "leaves",
        ];
        let sorts = plan.contains("Sort") && ordered.contains(&name);
        assert!(!sorts, "{name}: {plan}");
    }
}
