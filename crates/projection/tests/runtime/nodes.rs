//! Several nodes on one database.

use super::crash::open;
use super::*;
use docket_projection::{Place, Runner};
use docket_testkit::postgres::Proxy;
use tokio::sync::watch;
use tokio::time::Instant as Moment;

fn database() -> Ground {
    Ground::new(Engine::Postgres)
}

/// Two nodes that run, the one that feeds first.
struct Two {
    leader: (Views, Runner),
    other: (Views, Runner),
}

impl Two {
    async fn start(ground: &Ground, log: &PlainLog) -> Two {
        let leader = views(ground, log, tally()).await;
        let first = leader.start();
        holds(&mut leader.leads("tally").unwrap()).await;
        let other = views(ground, log, tally()).await;
        let second = other.start();
        Two {
            leader: (leader, first),
            other: (other, second),
        }
    }
}

async fn holds(lease: &mut watch::Receiver<bool>) {
    let held = tokio::time::timeout(LONG, lease.wait_for(|held| *held)).await;
    held.expect("the lease comes").unwrap();
}

#[tokio::test]
async fn one_node_feeds_and_both_answer() {
    let (ground, log) = (database(), PlainLog::default());
    let two = Two::start(&ground, &log).await;
    let (leader, other) = (&two.leader.0, &two.other.0);
    let mut slowest = Duration::ZERO;
    for event in history(20, 200, 1) {
        let position = log.append(&[event]).await;
        let started = Moment::now();
        let view = other.view("tally").unwrap();
        view.wait(position, LONG).await.unwrap();
        slowest = slowest.max(started.elapsed());
        assert!(view.snapshot().await.unwrap().position() >= position);
        assert!(!*other.leads("tally").unwrap().borrow());
    }
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    agrees(leader, &log).await;
    agrees(other, &log).await;
    assert!(*leader.leads("tally").unwrap().borrow());
    two.leader.1.stop().await;
    two.other.1.stop().await;
}

#[tokio::test]
async fn another_node_takes_over_when_the_one_that_feeds_dies() {
    let (ground, log) = (database(), PlainLog::default());
    let two = Two::start(&ground, &log).await;
    let other = &two.other.0;
    let position = log.append(&history(8, 80, 1)).await;
    comes_to(other, position).await;
    two.leader.1.kill();
    let started = Moment::now();
    let position = log.append(&submitted(77).1).await;
    comes_to(other, position).await;
    assert!(
        started.elapsed() < Duration::from_secs(6),
        "{:?}",
        started.elapsed()
    );
    assert!(*other.leads("tally").unwrap().borrow());
    agrees(other, &log).await;
    two.other.1.stop().await;
}

/// What a node says keeps its view from moving, once it can be asked.
async fn stopped(views: &Views) -> Option<String> {
    match views.list().await {
        Ok(list) => list[0].stopped.clone(),
        Err(error) => Some(error.to_string()),
    }
}

/// Waits until nothing keeps a node's view from moving.
async fn is_not_stopped(views: &Views) {
    let until = Moment::now() + LONG;
    while let Some(why) = stopped(views).await {
        assert!(Moment::now() < until, "another node feeds it: {why}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_node_that_lost_its_lease_in_an_outage_is_not_stopped_for_ever() {
    let (ground, log) = (database(), PlainLog::default());
    let proxy = Proxy::before(&ground.database().url());
    let leader = open(proxy.url(), &log).await;
    let first = leader.start();
    holds(&mut leader.leads("tally").unwrap()).await;
    let other = views(&ground, &log, tally()).await;
    let second = other.start();
    comes_to(&leader, log.append(&history(8, 80, 1)).await).await;
    let mut leads = leader.leads("tally").unwrap();
    proxy.cut(true);
    let missed = log.append(&submitted(77).1).await;
    let lost = tokio::time::timeout(LONG, leads.wait_for(|leads| !leads)).await;
    lost.expect("its lease ends").unwrap();
    comes_to(&other, missed).await;
    proxy.cut(false);
    is_not_stopped(&leader).await;
    assert!(*other.leads("tally").unwrap().borrow(), "it fed all along");
    assert!(!*leads.borrow());
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn an_event_that_a_newer_node_has_passed_stops_no_view_any_more() {
    let (ground, log) = (database(), PlainLog::default());
    let (old, newer) = (
        views(&ground, &log, tally()).await,
        views(&ground, &log, tally()).await,
    );
    let runner = old.start();
    let position = log.append_unknown().await;
    let ended = old.view("tally").unwrap().wait(position, LONG).await;
    assert!(matches!(ended, Err(WaitError::TooOld(_))), "{ended:?}");
    assert!(stopped(&old).await.is_some());
    // The newer node knows the event, which asks for no row.
    newer.rewind("tally", position).await.unwrap();
    comes_to(&old, position).await;
    is_not_stopped(&old).await;
    runner.stop().await;
}

#[tokio::test]
async fn a_node_that_stops_hands_over_at_once() {
    let (ground, log) = (database(), PlainLog::default());
    let two = Two::start(&ground, &log).await;
    let other = &two.other.0;
    let mut leads = other.leads("tally").unwrap();
    assert!(!*leads.borrow());
    two.leader.1.stop().await;
    let started = Moment::now();
    holds(&mut leads).await;
    assert!(started.elapsed() < Duration::from_secs(2));
    two.other.1.stop().await;
    assert!(!*leads.borrow());
}

#[tokio::test]
async fn two_runners_at_once_write_the_same_rows() {
    let (ground, log) = (database(), PlainLog::default());
    let (one, two) = (
        views(&ground, &log, tally()).await,
        views(&ground, &log, tally()).await,
    );
    let runners = (one.start_without_leases(), two.start_without_leases());
    let mut dice = Dice::new(4);
    let events = history(40, 600, 9);
    let mut rest = events.as_slice();
    while !rest.is_empty() {
        let (batch, others) = rest.split_at(rest.len().min(1 + dice.roll(6) as usize));
        let position = log.append(batch).await;
        rest = others;
        if dice.roll(4) == 0 {
            for views in [&one, &two] {
                comes_to(views, position).await;
            }
        }
    }
    let head = log.history().await.len() as u64;
    for views in [&one, &two] {
        comes_to(views, head).await;
        agrees(views, &log).await;
    }
    runners.0.stop().await;
    runners.1.stop().await;
    one.rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
}

#[tokio::test]
async fn a_stream_that_the_other_node_parked_is_known_to_be_behind() {
    let (ground, log) = (database(), PlainLog::default());
    let two = Two::start(&ground, &log).await;
    let other = &two.other.0;
    let (mut walk, events) = submitted(1);
    log.append(&events).await;
    let end = terminated(&mut walk);
    log.break_at(log.history().await.len() as u64 + 1, true);
    let broken = log.append(&[end]).await;
    let view = other.view("tally").unwrap();
    view.wait(broken, LONG).await.unwrap();
    let behind = view.behind_since([walk.stream()]).await.unwrap();
    assert_eq!(behind.len(), 1, "it is parked");
    log.break_at(broken, false);
    let parked = two.leader.0.parked("tally").await.unwrap();
    assert!(
        two.leader
            .0
            .retry("tally", &parked[0].stream)
            .await
            .unwrap()
    );
    let until = Moment::now() + LONG;
    while !view.behind_since([walk.stream()]).await.unwrap().is_empty() {
        assert!(Moment::now() < until, "it is parked no more");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    two.leader.1.stop().await;
    two.other.1.stop().await;
}

#[tokio::test]
async fn other_work_is_led_by_one_node_and_taken_over() {
    let (ground, log) = (database(), PlainLog::default());
    let two = Two::start(&ground, &log).await;
    let (mut first, mut second) = (
        two.leader.0.lease("reactors"),
        two.other.0.lease("reactors"),
    );
    tokio::select! {
        () = holds(&mut first) => {}
        () = holds(&mut second) => {}
    }
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let held = (*first.borrow(), *second.borrow());
    assert_ne!(held.0, held.1, "one of them has it");
    let (gone, stays, mut lease) = match held.0 {
        true => (two.leader.1, two.other.1, second),
        false => (two.other.1, two.leader.1, first),
    };
    gone.kill();
    holds(&mut lease).await;
    stays.stop().await;
}

#[tokio::test]
async fn where_there_is_one_node_it_leads() {
    let (ground, log) = (Ground::new(Engine::Sqlite), PlainLog::default());
    let views = views(&ground, &log, tally()).await;
    assert!(*views.leads("tally").unwrap().borrow());
    assert!(*views.lease("reactors").borrow());
}

#[tokio::test]
async fn of_several_nodes_that_start_at_once_one_builds() {
    let (ground, log) = (database(), PlainLog::default());
    let head = log.append(&history(60, 900, 3)).await;
    let opened = futures::future::join_all((0..4).map(|_| views(&ground, &log, tally()))).await;
    for views in &opened {
        let info = &views.list().await.unwrap()[0];
        assert_eq!((info.generation, info.checkpoint), (1, head));
        agrees(views, &log).await;
    }
    assert_eq!(containers(&ground).await, ["tally-1"]);
}

#[tokio::test]
async fn a_generation_that_was_replaced_goes_with_its_last_user() {
    let (ground, log) = (database(), PlainLog::default());
    let tool = views(&ground, &log, tally()).await;
    let reader = views(&ground, &log, tally()).await;
    log.append(&history(4, 30, 1)).await;
    tool.catch_up().await.unwrap();
    tool.rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    let stands = || {
        ground
            .database()
            .psql("SELECT to_regnamespace('docket_tally_1') IS NOT NULL")
    };
    assert_eq!(stands(), "t", "the reader has not followed yet");
    assert!(rows(&reader).await > 0);
    reader.close().await;
    tool.rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    assert_eq!(stands(), "f");
    assert_eq!(containers(&ground).await, ["tally-3"]);
}

#[tokio::test]
async fn nodes_that_run_follow_a_rebuild_and_clean_up_after_it() {
    let (ground, log) = (database(), PlainLog::default());
    let two = Two::start(&ground, &log).await;
    let (leader, other) = (&two.leader.0, &two.other.0);
    let position = log.append(&history(8, 80, 1)).await;
    comes_to(other, position).await;
    other
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    let position = log.append(&submitted(77).1).await;
    for views in [leader, other] {
        comes_to(views, position).await;
    }
    let stands = || {
        ground
            .database()
            .psql("SELECT to_regnamespace('docket_tally_1') IS NOT NULL")
    };
    let until = Moment::now() + LONG;
    while stands() == "t" || leader.list().await.unwrap()[0].generation == 1 {
        assert!(Moment::now() < until);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    agrees(leader, &log).await;
    agrees(other, &log).await;
    two.leader.1.stop().await;
    two.other.1.stop().await;
}

#[tokio::test]
async fn a_query_that_meets_a_dropped_generation_follows() {
    let (ground, log) = (database(), PlainLog::default());
    let (node, tool) = (
        views(&ground, &log, tally()).await,
        views(&ground, &log, tally()).await,
    );
    log.append(&history(4, 30, 1)).await;
    for views in [&node, &tool] {
        views.catch_up().await.unwrap();
    }
    let seen = node.view("tally").unwrap().seen();
    tool.rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    ground.database().psql("DROP SCHEMA docket_tally_1 CASCADE");
    let snapshot = node.view("tally").unwrap().snapshot().await.unwrap();
    assert!(snapshot.position() >= seen);
    assert_eq!(node.list().await.unwrap()[0].generation, 2);
}

#[tokio::test]
async fn a_wrong_url_is_told_at_once() {
    let config = docket_projection::Config {
        place: Place::Postgres("postgres://docket@127.0.0.1:1/nothing".parse().unwrap()),
        incarnation: docket_domain::log::FIRST_INCARNATION,
        log: PlainLog::default().log,
        source: Arc::new(PlainLog::default()),
        projectors: tally(),
        histories: Vec::new(),
        keep: Duration::ZERO,
    };
    let opened = Views::open(config, &|_| {}).await;
    assert!(matches!(opened.err(), Some(ViewError::Unavailable(_))));
}

#[tokio::test]
async fn people_with_psql_read_what_answers_in_its_own_types() {
    let (ground, log) = (database(), PlainLog::default());
    let views = views(&ground, &log, tally()).await;
    log.append(&history(4, 30, 1)).await;
    views.catch_up().await.unwrap();
    let psql = |sql: &str| ground.database().psql(sql);
    let types = psql(
        "SELECT string_agg(column_name || ' ' || data_type, ', ' ORDER BY ordinal_position) \
         FROM information_schema.columns WHERE table_schema = 'docket' GROUP BY table_name \
         ORDER BY table_name",
    );
    assert_eq!(
        types.lines().collect::<Vec<_>>(),
        [
            "declaration uuid, unit uuid, version bigint, applicant text, state text",
            "unit uuid, state text, n bigint",
            "declaration uuid, version bigint, at timestamp with time zone, kind text",
        ]
    );
    psql(
        "CREATE ROLE analyst; GRANT USAGE ON SCHEMA docket TO analyst; \
          GRANT SELECT ON docket.tallies TO analyst",
    );
    let stand = rows(&views).await;
    let counted = || {
        let count = |table: &str| psql(&format!("SELECT count(*) FROM docket.{table}"));
        count("tallies").parse::<usize>().unwrap() + count("tally_events").parse::<usize>().unwrap()
    };
    assert_eq!(counted(), stand);
    views
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    assert_eq!(counted(), stand);
    let read = psql("SELECT definition FROM pg_views WHERE schemaname = 'docket'");
    assert!(read.contains("docket_tally_2.") && !read.contains("docket_tally_1."));
    let allowed = psql("SELECT has_table_privilege('analyst', 'docket.tallies', 'SELECT')");
    assert_eq!(allowed, "t", "a rebuild takes no privilege away");
    psql("DROP OWNED BY analyst; DROP ROLE analyst");
}
