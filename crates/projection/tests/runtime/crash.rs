//! The database crashes and comes back.

use super::*;
use docket_projection::Config;
use docket_testkit::postgres::Cluster;

pub(crate) async fn open(url: String, log: &PlainLog) -> Views {
    let config = Config {
        place: docket_projection::Place::Postgres(url.parse().unwrap()),
        incarnation: docket_domain::log::FIRST_INCARNATION,
        log: log.log.clone(),
        source: Arc::new(log.clone()),
        projectors: tally(),
        histories: Vec::new(),
        keep: Duration::ZERO,
    };
    Views::open(config, &|_| {}).await.unwrap()
}

/// The next answer, however long the database is away.
pub(crate) async fn answered(views: &Views) -> u64 {
    let until = tokio::time::Instant::now() + LONG * 2;
    loop {
        match views.view("tally").unwrap().snapshot().await {
            Ok(snapshot) => return snapshot.position(),
            Err(error @ ViewError::Unavailable(_)) => {
                assert!(tokio::time::Instant::now() < until, "{error}");
            }
            Err(error) => panic!("{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn after_a_crash_of_the_database_views_go_on_and_no_answer_goes_back() {
    let (cluster, log) = (Cluster::start(), PlainLog::default());
    let (one, two) = (
        open(cluster.url("postgres"), &log).await,
        open(cluster.url("postgres"), &log).await,
    );
    let runners = (one.start(), two.start());
    let events = history(40, 600, 5);
    let mut batches = events.chunks(60);
    for round in 0..4 {
        let mut seen = 0;
        for event in batches.next().unwrap() {
            seen = log.append(std::slice::from_ref(event)).await;
        }
        for views in [&one, &two] {
            comes_to(views, seen).await;
            assert!(answered(views).await >= seen);
        }
        cluster.kill();
        if round % 2 == 0 {
            // It goes on while the database is away.
            log.append(batches.next().unwrap()).await;
        }
        let away = one.view("tally").unwrap().snapshot().await;
        assert!(matches!(away.err(), Some(ViewError::Unavailable(_))));
        cluster.start_again();
        for views in [&one, &two] {
            assert!(answered(views).await >= seen);
        }
    }
    let head = log.history().await.len() as u64;
    let asked = docket_projection::rows_of(&Tally::PLAIN, &log.history().await);
    for views in [&one, &two] {
        comes_to(views, head).await;
        let mut stands = views.dump("tally").await.unwrap();
        stands.retain(|_, rows| !rows.is_empty());
        assert_eq!(stands, asked);
    }
    runners.0.stop().await;
    runners.1.stop().await;
}

#[tokio::test]
async fn views_follow_the_primary_and_no_answer_goes_back() {
    let (primary, log) = (Cluster::start(), PlainLog::default());
    let standby = Cluster::with().standby_of(&primary).start();
    let (one, two) = (primary.port(), standby.port());
    let url = format!("postgres://docket@127.0.0.1:{two},127.0.0.1:{one}/postgres");
    let views = open(url, &log).await;
    let runner = views.start();
    let events = history(40, 400, 5);
    let (before, after) = events.split_at(events.len() / 2);
    let seen = log.append(before).await;
    let view = views.view("tally").unwrap();
    view.wait(seen, LONG).await.unwrap();
    assert!(answered(&views).await >= seen);
    primary.kill();
    log.append(after).await;
    standby.promote();
    assert!(answered(&views).await >= seen);
    let head = log.history().await.len() as u64;
    view.wait(head, LONG).await.unwrap();
    let mut stands = views.dump("tally").await.unwrap();
    stands.retain(|_, rows| !rows.is_empty());
    let asked = docket_projection::rows_of(&Tally::PLAIN, &log.history().await);
    assert_eq!(stands, asked);
    runner.stop().await;
}
