//! What is made from `schema.sql` is not stale.

#![allow(clippy::unwrap_used)]

use docket_store_conformance::given::LOG;
use docket_store_postgres::PostgresLog;
use docket_testkit::postgres::Database;
use std::{env, fs};

const SHAPE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sql/own/shape.txt");

#[tokio::test(flavor = "multi_thread")]
async fn a_new_log_has_the_shape_that_is_checked_in() {
    let database = Database::new();
    let log = PostgresLog::open(&database.url(), LOG).await.unwrap();
    let shape = log.shape().await.unwrap().join("\n") + "\n";
    if env::var_os("DOCKET_REGEN").is_some() {
        fs::write(SHAPE, &shape).unwrap();
    }
    assert_eq!(
        shape,
        fs::read_to_string(SHAPE).unwrap(),
        "run `cargo xtask regen`"
    );
}
