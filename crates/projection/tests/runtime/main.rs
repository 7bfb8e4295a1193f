//! The runtime over a projector of its own.
#![allow(clippy::unwrap_used, missing_docs)]

mod another_log;
mod busy;
mod changing;
mod crash;
mod erasing;
mod house;
mod keeping;
mod limits;
mod nodes;
mod paces;
mod parked;
mod past;
mod phases;
mod rebuilding;
mod silence;
mod tally;
mod trouble;
mod verifying;

use docket_domain::declaration::{DraftDeleted, Terminated};
use docket_domain::time::Instant;
use docket_domain::{Author, DeclarationId, Envelope, PersonId, Role, Stream};
use docket_projection::testing::{
    Cast, Dice, Ground, PlainLog, Walk, fail_at, history, holds_the_laws, views,
};
use docket_projection::{Engine, Gate, History, Projector, Value, ViewError, Views, WaitError};
use std::sync::Arc;
use std::time::Duration;
use tally::{Tally, Twin};

docket_projection::on_both_engines!(
    the_laws_hold,
    a_crash_between_rows_and_checkpoint_leaves_neither,
    a_wait_ends_with_what_was_seen_when_the_time_is_up,
    what_a_killed_build_left_is_gone_after_the_next_start,
    a_changed_fingerprint_builds_a_new_generation_and_drops_the_old,
    an_old_binary_keeps_its_generation_while_a_new_one_builds_its_own,
    a_plan_counts_the_log_and_knows_what_the_last_rebuild_took,
);

const LONG: Duration = Duration::from_secs(20);

fn tally() -> Vec<Arc<dyn Projector>> {
    vec![Arc::new(Tally::PLAIN)]
}

fn twins() -> Vec<Arc<dyn Projector>> {
    vec![Arc::new(Tally::PLAIN), Arc::new(Twin)]
}

async fn rows(views: &Views) -> usize {
    views
        .dump("tally")
        .await
        .unwrap()
        .values()
        .map(Vec::len)
        .sum()
}

/// The containers that stand, as `view-number`. Schemas that were replaced go later.
async fn containers(ground: &Ground) -> Vec<String> {
    let mut names: Vec<String> = match ground {
        Ground::Folder(dir) => std::fs::read_dir(dir.path())
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| name.strip_suffix(".db").map(str::to_owned))
            .filter(|name| name != "registry")
            .collect(),
        Ground::Database(database) => database
            .psql(
                "SELECT replace(replace(nspname, 'docket_', ''), '_', '-') FROM pg_namespace \
                 WHERE nspname ~ '^docket_.*_[0-9]+$' AND nspname NOT IN \
                 (SELECT 'docket_' || name || '_' || generation \
                  FROM docket_views.generations_of_logs WHERE state = 'gone')",
            )
            .lines()
            .map(str::to_owned)
            .collect(),
    };
    names.sort();
    names
}

fn now() -> Instant {
    Instant::parse("2026-03-02T09:00:00+08:00").unwrap()
}

fn applicant() -> Author {
    Author {
        person: Some(Cast::person(100)),
        role: Role::Applicant,
        unit: None,
    }
}

/// A declaration that was submitted.
fn submitted(n: u64) -> (Walk, History) {
    for seed in 1.. {
        let (mut walk, mut dice) = (Walk::new(n), Dice::new(seed));
        let mut events = History::new();
        while let Some(event) = walk.step(now(), &mut dice) {
            events.push(event);
            if walk.declaration().submitted_at.is_some() {
                return (walk, events);
            }
        }
    }
    unreachable!("some seed submits it")
}

fn terminated(walk: &mut Walk) -> (Stream, Envelope) {
    let event = Terminated {
        steps: Vec::new(),
        year: 2026,
        personal: None,
    };
    walk.add(now(), applicant(), event)
}

async fn the_laws_hold(ground: Ground) {
    for seed in 1..=6 {
        let ground = &Ground::new(ground.engine());
        holds_the_laws(ground, Arc::new(Tally::PLAIN), History::new(), seed).await;
    }
}

async fn a_crash_between_rows_and_checkpoint_leaves_neither(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    let head = log.append(&history(5, 40, 1)).await;
    fail_at(head);
    assert_eq!(
        views.catch_up().await,
        Err(ViewError::Unavailable("failpoint".to_owned()))
    );
    assert_eq!(
        (
            rows(&views).await,
            views.list().await.unwrap()[0].checkpoint
        ),
        (0, 0)
    );
    views.catch_up().await.unwrap();
    assert!(rows(&views).await > 0);
    assert_eq!(views.list().await.unwrap()[0].checkpoint, head);
    assert!(
        views
            .rebuild(&["tally"], Gate::Strict, &|_| {})
            .await
            .unwrap()[0]
            .differences
            .is_empty()
    );
}

async fn a_wait_ends_with_what_was_seen_when_the_time_is_up(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    let head = log.append(&history(2, 10, 1)).await;
    views.catch_up().await.unwrap();
    let view = views.view("tally").unwrap();
    assert_eq!(view.wait(head, Duration::ZERO).await, Ok(head));
    assert_eq!(
        view.wait(head + 1, Duration::ZERO).await,
        Err(WaitError::Behind { seen: head })
    );
}

/// One schema that is known to be built, by nobody any more, and one that nobody knows.
const ORPHANS: &str = "CREATE SCHEMA docket_tally_7; CREATE SCHEMA docket_worklist_3; \
     CREATE TABLE docket_tally_7.docket_checkpoint (position bigint); \
     CREATE TABLE docket_worklist_3.docket_checkpoint (position bigint); \
     INSERT INTO docket_views.generations_of_logs \
     SELECT name, 7, log, fingerprint, 'building', 0, 0, incarnation FROM docket_views.generations_of_logs";

async fn what_a_killed_build_left_is_gone_after_the_next_start(ground: Ground) {
    let log = PlainLog::default();
    log.append(&history(4, 30, 1)).await;
    let first = views(&ground, &log, tally()).await;
    let before = first.sums("tally").await.unwrap();
    first.close().await;
    match &ground {
        Ground::Folder(dir) => {
            for orphan in ["tally-7.db", "tally-7.db-wal", "worklist-3.db"] {
                std::fs::write(dir.path().join(orphan), "half of a build").unwrap();
            }
        }
        Ground::Database(database) => _ = database.psql(ORPHANS),
    }
    let second = views(&ground, &log, tally()).await;
    assert_eq!(containers(&ground).await, ["tally-1"]);
    assert_eq!(second.sums("tally").await.unwrap(), before);
}

async fn a_changed_fingerprint_builds_a_new_generation_and_drops_the_old(ground: Ground) {
    let log = PlainLog::default();
    log.append(&history(4, 30, 1)).await;
    let old = views(&ground, &log, tally()).await;
    let (before, fingerprint) = (
        old.sums("tally").await.unwrap(),
        old.list().await.unwrap()[0].fingerprint.clone(),
    );
    old.close().await;
    drop(old);
    nobody_uses_more_than(&ground, 0).await;
    let new = views(&ground, &log, vec![Arc::new(Tally::CHANGED)]).await;
    assert_eq!(new.sums("tally").await.unwrap(), before);
    assert_ne!(new.list().await.unwrap()[0].fingerprint, fingerprint);
    assert_eq!(new.list().await.unwrap()[0].generation, 2);
    assert_eq!(containers(&ground).await, ["tally-2"]);
}

async fn an_old_binary_keeps_its_generation_while_a_new_one_builds_its_own(ground: Ground) {
    let log = PlainLog::default();
    log.append(&history(4, 30, 1)).await;
    let old = views(&ground, &log, tally()).await;
    let new = views(&ground, &log, vec![Arc::new(Tally::CHANGED)]).await;
    log.append(&submitted(77).1).await;
    old.catch_up().await.unwrap();
    new.catch_up().await.unwrap();
    assert_eq!(
        old.sums("tally").await.unwrap(),
        new.sums("tally").await.unwrap()
    );
    assert_eq!(containers(&ground).await, ["tally-1", "tally-2"]);
}

async fn a_plan_counts_the_log_and_knows_what_the_last_rebuild_took(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, twins()).await;
    let head = log.append(&history(4, 30, 1)).await;
    views.catch_up().await.unwrap();
    let plan = views.plan(&["tally"]).await.unwrap();
    assert_eq!((plan.events, plan.replay_seconds), (head, 1));
    assert_eq!(plan.comparison_seconds, None, "nothing was compared yet");
    assert_eq!(plan.eta_seconds, plan.replay_seconds);
    views
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    let plan = views.plan(&["tally"]).await.unwrap();
    assert!(plan.measured && plan.rate > 0 && plan.bytes > 0, "{plan:?}");
    let comparison = plan.comparison_seconds.unwrap();
    assert!(comparison >= 1, "of a moment at least");
    assert_eq!(plan.eta_seconds, plan.replay_seconds + comparison);
    let both = views.plan(&["tally", "twin"]).await.unwrap();
    assert_eq!(both.comparison_seconds, None, "one of them was compared");
    assert_eq!(
        views.plan(&["nothing"]).await.err(),
        Some(ViewError::Unknown("nothing".to_owned()))
    );
    assert_eq!(
        views.view("nothing").err(),
        Some(ViewError::Unknown("nothing".to_owned()))
    );
}

/// What stands is what the log asks for, folded from nothing.
async fn agrees(views: &Views, log: &PlainLog) {
    let mut stands = views.dump("tally").await.unwrap();
    stands.retain(|_, rows| !rows.is_empty());
    let asked = docket_projection::rows_of(&Tally::PLAIN, &log.history().await);
    assert_eq!(stands, asked);
}

/// A place in PostgreSQL, and a log that has something in it.
async fn in_postgres() -> (Ground, PlainLog) {
    let (ground, log) = (Ground::new(Engine::Postgres), PlainLog::default());
    log.append(&history(4, 30, 1)).await;
    (ground, log)
}

/// The generation that people with psql read.
fn read_by_people(ground: &Ground) -> String {
    ground.database().psql(
        "SELECT substring(definition FROM 'docket_tally_[0-9]+') \
         FROM pg_views WHERE schemaname = 'docket' AND viewname = 'tallies'",
    )
}

/// Waits until the server of a database knows that a node is gone; a file's lock goes with its node.
async fn nobody_uses_more_than(ground: &Ground, locks: usize) {
    let Ground::Database(database) = ground else {
        return;
    };
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let until = tokio::time::Instant::now() + LONG;
    while database.psql(held).parse::<usize>().unwrap() > locks {
        assert!(tokio::time::Instant::now() < until);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until a node's view has come to a position.
async fn comes_to(views: &Views, position: u64) {
    let view = views.view("tally").unwrap();
    view.wait(position, LONG).await.unwrap();
}
