//! The database vanishes without a word.

use super::crash::{answered, open};
use super::*;
use docket_testkit::postgres::{Cut, Database, Proxy};
use tokio::time::Instant as Moment;

/// Longer than the longest limit and what comes before it, and much shorter than for ever.
const GIVEN_UP: Duration = Duration::from_secs(25);

#[tokio::test]
async fn views_go_on_by_themselves_when_the_database_vanished_without_a_word() {
    let (database, log) = (Database::new(), PlainLog::default());
    let proxy = Proxy::before(&database.url());
    let views = open(proxy.url(), &log).await;
    let runner = views.start();
    let view = views.view("tally").unwrap();
    let mut seen = 0;
    for event in history(6, 40, 1) {
        seen = log.append(&[event]).await;
        view.wait(seen, LONG).await.unwrap();
        view.snapshot().await.unwrap();
    }
    for walk in [77, 78] {
        // Several connections are idle, and one is in the middle of something.
        let (mut one, _two) = (
            view.snapshot().await.unwrap(),
            view.snapshot().await.unwrap(),
        );
        proxy.freeze();
        let started = Moment::now();
        let head = log.append(&submitted(walk).1).await;
        let asked = async {
            let mut select = sea_query::Query::select();
            select.column("declaration").from("tallies");
            one.select(&select).await.map(|rows| rows.len())
        };
        let (waited, asked) = tokio::join!(view.wait(head, LONG * 2), asked);
        assert_eq!(waited, Ok(head));
        assert!(
            matches!(asked, Err(ViewError::Unavailable(_))),
            "of a moment nothing is read twice: {asked:?}"
        );
        assert!(answered(&views).await >= head);
        let elapsed = started.elapsed();
        assert!(elapsed < GIVEN_UP, "{elapsed:?}");
        seen = head;
    }
    agrees(&views, &log).await;
    assert!(seen > 0);
    runner.stop().await;
}

#[tokio::test]
async fn a_node_stops_within_seconds_when_its_database_vanished_without_a_word() {
    let (database, log) = (Database::new(), PlainLog::default());
    let proxy = Proxy::before(&database.url());
    let views = open(proxy.url(), &log).await;
    let runner = views.start();
    let view = views.view("tally").unwrap();
    comes_to(&views, log.append(&history(6, 40, 1)).await).await;
    let _reading = view.snapshot().await.unwrap();
    proxy.freeze();
    // It is in the middle of a batch.
    log.append(&submitted(77).1).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let started = Moment::now();
    runner.stop().await;
    views.close().await;
    let elapsed = started.elapsed();
    assert!(elapsed < Duration::from_secs(12), "{elapsed:?}");
}

#[tokio::test]
async fn a_batch_that_stands_still_before_its_commit_is_written_once() {
    let (database, log) = (Database::new(), PlainLog::default());
    let proxy = Proxy::before(&database.url());
    let views = open(proxy.url(), &log).await;
    let runner = views.start();
    let view = views.view("tally").unwrap();
    comes_to(&views, log.append(&history(6, 40, 1)).await).await;
    proxy.cut_next(Cut::MessageInSilence, &[b"NOTIFY docket_views"]);
    let started = Moment::now();
    let head = log.append(&submitted(77).1).await;
    view.wait(head, LONG * 2).await.unwrap();
    assert_eq!(proxy.lost(), 1);
    assert!(started.elapsed() < GIVEN_UP, "{:?}", started.elapsed());
    agrees(&views, &log).await;
    runner.stop().await;
}

#[tokio::test]
async fn a_server_that_follows_another_is_never_read() {
    let (primary, log) = (
        docket_testkit::postgres::Cluster::start(),
        PlainLog::default(),
    );
    let views = open(primary.url("postgres"), &log).await;
    log.append(&history(6, 40, 1)).await;
    views.catch_up().await.unwrap();
    assert!(rows(&views).await > 0);
    let signal = standby_signal(&primary);
    primary.stop_immediate();
    std::fs::write(signal, "").unwrap();
    primary.start_again();
    assert_eq!(
        primary.psql("postgres", "SELECT pg_is_in_recovery()"),
        "t",
        "it was demoted"
    );
    let asked = views.view("tally").unwrap().snapshot().await;
    assert!(matches!(asked.err(), Some(ViewError::Unavailable(_))));
    let listed = views.list().await;
    assert!(
        matches!(listed, Err(ViewError::Unavailable(_))),
        "{listed:?}"
    );
}

/// The file by which a server starts as a standby.
fn standby_signal(cluster: &docket_testkit::postgres::Cluster) -> String {
    let data = cluster.psql("postgres", "SHOW data_directory");
    format!("{data}/standby.signal")
}
