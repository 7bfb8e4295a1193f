//! Limits that somebody gave a role or a database, and a server that refuses what others allow.

use super::crash::open;
use super::*;
use docket_testkit::postgres::{Database, Proxy};

/// What would end every statement and every session, or let none write.
const DEFAULTS: &[&str] = &[
    "statement_timeout = 1",
    "lock_timeout = 1",
    "idle_in_transaction_session_timeout = 1",
    "idle_session_timeout = 20",
    "default_transaction_isolation = 'serializable'",
    "default_transaction_read_only = on",
];

#[tokio::test]
async fn limits_that_a_role_was_given_end_no_build() {
    let (database, log) = (Database::new(), PlainLog::default());
    let name = database.name();
    let set = DEFAULTS
        .iter()
        .map(|setting| format!("ALTER DATABASE \"{name}\" SET {setting};"));
    database.psql(&set.collect::<String>());
    log.append(&history(6, 200, 1)).await;
    let views = open(database.url(), &log).await;
    views.catch_up().await.unwrap();
    views
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    log.append(&submitted(77).1).await;
    views.catch_up().await.unwrap();
    agrees(&views, &log).await;
}

#[tokio::test]
async fn a_node_that_may_not_listen_follows_all_the_same() {
    let (database, log) = (Database::new(), PlainLog::default());
    let proxy = Proxy::before(&database.url());
    proxy.garble("LISTEN", "LISTEM");
    let (feeds, deaf) = (
        open(database.url(), &log).await,
        open(proxy.url(), &log).await,
    );
    let runners = [feeds.start(), deaf.start()];
    let view = deaf.view("tally").unwrap();
    for event in history(6, 10, 1) {
        let head = log.append(&[event]).await;
        view.wait(head, LONG).await.unwrap();
    }
    for runner in runners {
        runner.stop().await;
    }
}
