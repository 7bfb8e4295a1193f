//! What nobody uses any more goes, and what somebody uses stays.

use super::*;
use docket_projection::testing::views_that_keep;
use docket_projection::{Config, Place};
use sqlx::{Connection, Executor, PgConnection};

const LOOK: Duration = Duration::from_secs(11);
const DAY: Duration = Duration::from_secs(86_400);

fn next() -> Vec<Arc<dyn Projector>> {
    vec![Arc::new(Tally::CHANGED)]
}

#[tokio::test]
async fn the_generation_of_the_version_before_goes_when_its_last_node_has_stopped() {
    let (ground, log) = in_postgres().await;
    let old = views(&ground, &log, tally()).await;
    let new = views(&ground, &log, next()).await;
    new.keep_house_after(Duration::ZERO).await;
    new.keep_house_after(DAY).await;
    new.keep_house_after(DAY * 2).await;
    assert_eq!(containers(&ground).await, ["tally-1", "tally-2"]);
    old.catch_up().await.unwrap();
    old.close().await;
    nobody_uses_more_than(&ground, 1).await;
    new.keep_house_after(Duration::ZERO).await;
    assert_eq!(
        containers(&ground).await,
        ["tally-1", "tally-2"],
        "one look is not enough"
    );
    new.keep_house_after(LOOK).await;
    assert_eq!(containers(&ground).await, ["tally-2"]);
    let known = "SELECT string_agg(generation || ' ' || state, ', ' ORDER BY generation) \
         FROM docket_views.generations_of_logs";
    let known = ground.database().psql(known);
    assert!(
        known.starts_with("1 gone") || known.starts_with("1 dropped"),
        "{known}"
    );
    assert!(known.ends_with("2 live"), "{known}");
    assert!(rows(&new).await > 0);
}

#[tokio::test]
async fn the_generation_of_a_newer_version_outlives_a_restart_of_its_nodes() {
    let (ground, log) = in_postgres().await;
    let old = views(&ground, &log, tally()).await;
    let new = views(&ground, &log, next()).await;
    new.close().await;
    nobody_uses_more_than(&ground, 1).await;
    for passed in [Duration::ZERO, LOOK, LOOK * 10] {
        old.keep_house_after(passed).await;
        assert_eq!(containers(&ground).await, ["tally-1", "tally-2"]);
    }
    let again = views(&ground, &log, next()).await;
    assert_eq!(again.list().await.unwrap()[0].generation, 2);
    old.keep_house_after(DAY).await;
    assert_eq!(containers(&ground).await, ["tally-1", "tally-2"], "in use");
    again.close().await;
    nobody_uses_more_than(&ground, 1).await;
    old.keep_house_after(DAY * 2).await;
    old.keep_house_after(DAY * 3).await;
    assert_eq!(containers(&ground).await, ["tally-1"]);
    assert!(rows(&old).await > 0);
}

/// A privilege on what people with psql read, and a view of their own that reads it.
const THEIRS: &str = "GRANT SELECT ON docket.tallies TO PUBLIC; \
     CREATE VIEW public.mine AS SELECT * FROM docket.tallies";
const THEIRS_STAND: &str = "SELECT has_table_privilege('public', 'docket.tallies', 'SELECT') \
     AND (SELECT count(*) FROM public.mine) > 0";

#[tokio::test]
async fn privileges_and_views_of_people_stay_when_what_they_read_is_dropped() {
    let (ground, log) = in_postgres().await;
    let old = views(&ground, &log, tally()).await;
    let new = views(&ground, &log, next()).await;
    let psql = |sql: &str| ground.database().psql(sql);
    assert_eq!(read_by_people(&ground), "docket_tally_2");
    psql(THEIRS);
    new.close().await;
    nobody_uses_more_than(&ground, 1).await;
    assert_eq!(old.drop_old("tally").await.unwrap().len(), 1);
    assert_eq!(containers(&ground).await, ["tally-1"]);
    assert_eq!(read_by_people(&ground), "docket_tally_1");
    assert_eq!(psql(THEIRS_STAND), "t");
}

#[tokio::test]
async fn what_was_replaced_goes_after_people_were_given_what_answers() {
    let (ground, log) = in_postgres().await;
    let views = views(&ground, &log, tally()).await;
    let psql = |sql: &str| ground.database().psql(sql);
    psql(THEIRS);
    // As when the process that switched died before it published.
    psql(
        "CREATE SCHEMA docket_tally_7; \
         CREATE TABLE docket_tally_7.tallies AS SELECT * FROM docket_tally_1.tallies; \
         CREATE OR REPLACE VIEW docket.tallies AS SELECT * FROM docket_tally_7.tallies; \
         INSERT INTO docket_views.generations_of_logs \
         SELECT name, 7, log, fingerprint, 'gone', 0, 0, incarnation FROM docket_views.generations_of_logs",
    );
    views.keep_house_after(Duration::ZERO).await;
    assert_eq!(containers(&ground).await, ["tally-1"]);
    assert_eq!(read_by_people(&ground), "docket_tally_1");
    assert_eq!(psql(THEIRS_STAND), "t");
}

#[tokio::test]
async fn a_drop_that_cannot_be_noted_is_put_off_as_a_whole() {
    let (ground, log) = in_postgres().await;
    let old = views(&ground, &log, tally()).await;
    let new = views(&ground, &log, next()).await;
    new.close().await;
    nobody_uses_more_than(&ground, 1).await;
    let mut clerk = PgConnection::connect(&ground.database().url())
        .await
        .unwrap();
    let mut held = clerk.begin().await.unwrap();
    held.execute("LOCK TABLE docket_views.generations_of_logs IN SHARE MODE")
        .await
        .unwrap();
    assert_eq!(old.drop_old("tally").await.unwrap(), []);
    assert_eq!(read_by_people(&ground), "docket_tally_2");
    assert_eq!(containers(&ground).await, ["tally-1", "tally-2"]);
    held.rollback().await.unwrap();
    assert_eq!(old.drop_old("tally").await.unwrap().len(), 1);
    assert_eq!(containers(&ground).await, ["tally-1"]);
    assert_eq!(read_by_people(&ground), "docket_tally_1");
}

#[tokio::test]
async fn people_read_the_newest_generation_whichever_node_switched_last() {
    let (ground, log) = in_postgres().await;
    let old = views_that_keep(DAY, &ground, &log, tally()).await;
    old.rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    let new = views(&ground, &log, next()).await;
    assert_eq!(read_by_people(&ground), "docket_tally_3");
    assert_eq!(old.roll_back("tally", &|_| {}).await.unwrap().generation, 1);
    assert_eq!(read_by_people(&ground), "docket_tally_3");
    assert!(rows(&new).await > 0);
}

/// Somebody who may do in the database what a node does, but not read what another role built.
const CLERK: &str = "CREATE ROLE clerk LOGIN; \
     DO $$ BEGIN EXECUTE format('GRANT ALL ON DATABASE %I TO clerk', current_database()); END $$; \
     GRANT ALL ON SCHEMA docket_views, docket TO clerk; \
     GRANT ALL ON ALL TABLES IN SCHEMA docket_views TO clerk";

#[tokio::test]
async fn a_node_that_may_not_read_a_generation_leaves_it_to_those_who_may() {
    let (ground, log) = in_postgres().await;
    let first = views(&ground, &log, tally()).await;
    let psql = |sql: &str| ground.database().psql(sql);
    psql(CLERK);
    let url = ground.database().url();
    let (_, host) = url.split_once('@').unwrap();
    let config = Config {
        place: Place::Postgres(format!("postgres://clerk@{host}").parse().unwrap()),
        incarnation: docket_domain::log::FIRST_INCARNATION,
        log: log.log.clone(),
        source: Arc::new(log.clone()),
        projectors: tally(),
        histories: Vec::new(),
        keep: Duration::ZERO,
    };
    let opened = Views::open(config, &|_| {}).await;
    let known = psql("SELECT name || generation || state FROM docket_views.generations_of_logs");
    psql("DROP OWNED BY clerk; DROP ROLE clerk");
    let error = opened.err().unwrap();
    assert!(
        matches!(&error, ViewError::Backend(said) if said.contains("permission denied")),
        "{error}"
    );
    assert_eq!(known, "tally1live");
    assert!(rows(&first).await > 0);
}

#[tokio::test]
async fn a_build_that_was_cut_short_beside_a_server_on_files_goes() {
    let (ground, log) = (Ground::new(Engine::Sqlite), PlainLog::default());
    log.append(&history(40, 600, 1)).await;
    let server = views(&ground, &log, tally()).await;
    let tool = views(&ground, &log, tally()).await;
    let cut_short = async {
        tokio::select! {
            biased;
            () = async {
                while containers(&ground).await.len() < 2 {
                    tokio::task::yield_now().await;
                }
            } => {}
            _ = tool.rebuild(&["tally"], Gate::Strict, &|_| {}) => panic!("too fast to be cut short"),
        }
    };
    cut_short.await;
    drop(tool);
    assert_eq!(containers(&ground).await, ["tally-1", "tally-2"]);
    let until = tokio::time::Instant::now() + LONG;
    server.keep_house_after(Duration::ZERO).await;
    while containers(&ground).await.len() > 1 {
        assert!(tokio::time::Instant::now() < until);
        tokio::time::sleep(Duration::from_millis(50)).await;
        server.keep_house_after(LOOK).await;
    }
    assert_eq!(containers(&ground).await, ["tally-1"]);
    assert!(rows(&server).await > 0);
}
