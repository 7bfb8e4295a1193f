//! The runtime over a projector of its own.
#![allow(clippy::unwrap_used, missing_docs)]

mod tally;

use docket_domain::declaration::{DraftDeleted, Terminated};
use docket_domain::time::Instant;
use docket_domain::{Author, Envelope, PersonId, Role, Stream};
use docket_projection::testing::{
    Cast, Dice, PlainLog, Walk, fail_at, history, holds_the_laws, views,
};
use docket_projection::{Gate, History, Projector, ViewError, Views, WaitError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tally::Tally;

const LONG: Duration = Duration::from_secs(20);

fn tally() -> Vec<Arc<dyn Projector>> {
    vec![Arc::new(Tally::PLAIN)]
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

fn files(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.retain(|name| name.ends_with(".db"));
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

#[tokio::test]
async fn the_laws_hold() {
    for seed in 1..=6 {
        holds_the_laws(Arc::new(Tally::PLAIN), History::new(), seed).await;
    }
}

#[tokio::test]
async fn a_crash_between_rows_and_checkpoint_leaves_neither() {
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    let views = views(dir.path(), &log, tally()).await;
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

#[tokio::test]
async fn a_wait_ends_with_what_was_seen_when_the_time_is_up() {
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    let views = views(dir.path(), &log, tally()).await;
    let head = log.append(&history(2, 10, 1)).await;
    views.catch_up().await.unwrap();
    let view = views.view("tally").unwrap();
    assert_eq!(view.wait(head, Duration::ZERO).await, Ok(head));
    assert_eq!(
        view.wait(head + 1, Duration::ZERO).await,
        Err(WaitError::Behind { seen: head })
    );
}

#[tokio::test]
async fn an_unknown_event_stops_the_projector_and_parks_nothing() {
    use docket_store::{Append, Expected, Log, NewEvent, StreamAppend, StreamId};
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    let views = views(dir.path(), &log, tally()).await;
    let runner = views.start();
    let event = NewEvent {
        kind: "FromTheFuture".into(),
        schema: 1,
        payload: "{}".into(),
        sealed: None,
        metadata: "{}".into(),
    };
    let stream = StreamAppend {
        stream: StreamId::new("declaration", "x"),
        expected: Expected::Absent,
        events: vec![event],
    };
    let append = Append {
        command: uuid::Uuid::from_u128(9),
        at: 0,
        streams: vec![stream],
        documents: vec![],
        keys: vec![],
    };
    let position = log.log.append(append).await.unwrap().position;
    let ended = views.view("tally").unwrap().wait(position, LONG).await;
    assert!(matches!(ended, Err(WaitError::TooOld(_))), "{ended:?}");
    runner.stop().await;
    assert_eq!(views.parked("tally").await.unwrap(), vec![]);
    assert!(views.list().await.unwrap()[0].stopped.is_some());
}

#[tokio::test]
async fn a_broken_event_parks_its_declaration_alone_until_a_retry() {
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    let views = views(dir.path(), &log, tally()).await;
    let ((mut first, before), (mut second, others)) = (submitted(1), submitted(2));
    let first_events = log.append(&before).await;
    log.append(&others).await;
    let broken = log.append(&[terminated(&mut first)]).await;
    let head = log.append(&[terminated(&mut second)]).await;
    log.break_at(broken, true);
    views.catch_up().await.unwrap();
    let parked = views.parked("tally").await.unwrap();
    assert_eq!(parked.len(), 1);
    assert_eq!(
        (parked[0].position, parked[0].version),
        (broken, first_events + 1)
    );
    let behind = views
        .view("tally")
        .unwrap()
        .behind_since([first.stream(), second.stream()])
        .await
        .unwrap();
    assert_eq!(behind.keys().collect::<Vec<_>>(), [&first.stream()]);
    assert_eq!(views.list().await.unwrap()[0].checkpoint, head);
    assert!(
        !views.retry("tally", &parked[0].stream).await.unwrap(),
        "it is broken still"
    );
    log.break_at(broken, false);
    assert!(views.retry("tally", &parked[0].stream).await.unwrap());
    assert_eq!(views.parked("tally").await.unwrap(), vec![]);
    let rebuilt = views
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    assert!(rebuilt[0].differences.is_empty());
}

#[tokio::test]
async fn a_projector_that_panics_parks_the_declaration() {
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    let views = views(
        dir.path(),
        &log,
        vec![Arc::new(Tally {
            rule: "1",
            panics: true,
        })],
    )
    .await;
    let (mut walk, events) = submitted(1);
    log.append(&events).await;
    log.append(&[terminated(&mut walk)]).await;
    let head = log.append(&submitted(2).1).await;
    views.catch_up().await.unwrap();
    let parked = views.parked("tally").await.unwrap();
    assert_eq!(parked.len(), 1);
    assert!(
        parked[0].error.contains("fears the end"),
        "{}",
        parked[0].error
    );
    assert_eq!(views.list().await.unwrap()[0].checkpoint, head);
}

#[tokio::test]
async fn what_a_killed_build_left_is_gone_after_the_next_start() {
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    log.append(&history(4, 30, 1)).await;
    let first = views(dir.path(), &log, tally()).await;
    let before = first.sums("tally").await.unwrap();
    first.close().await;
    for orphan in ["tally-7.db", "tally-7.db-wal", "worklist-3.db"] {
        std::fs::write(dir.path().join(orphan), "half of a build").unwrap();
    }
    let second = views(dir.path(), &log, tally()).await;
    assert_eq!(files(dir.path()), ["registry.db", "tally-1.db"]);
    assert_eq!(second.sums("tally").await.unwrap(), before);
}

#[tokio::test]
async fn a_changed_fingerprint_builds_a_new_generation_and_drops_the_old() {
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    log.append(&history(4, 30, 1)).await;
    let old = views(dir.path(), &log, tally()).await;
    let (before, fingerprint) = (
        old.sums("tally").await.unwrap(),
        old.list().await.unwrap()[0].fingerprint.clone(),
    );
    old.close().await;
    drop(old);
    let new = views(
        dir.path(),
        &log,
        vec![Arc::new(Tally {
            rule: "2",
            panics: false,
        })],
    )
    .await;
    assert_eq!(new.sums("tally").await.unwrap(), before);
    assert_ne!(new.list().await.unwrap()[0].fingerprint, fingerprint);
    assert_eq!(new.list().await.unwrap()[0].generation, 2);
    assert_eq!(files(dir.path()), ["registry.db", "tally-2.db"]);
}

#[tokio::test]
async fn an_old_binary_keeps_its_generation_while_a_new_one_builds_its_own() {
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    log.append(&history(4, 30, 1)).await;
    let old = views(dir.path(), &log, tally()).await;
    let new = views(
        dir.path(),
        &log,
        vec![Arc::new(Tally {
            rule: "2",
            panics: false,
        })],
    )
    .await;
    log.append(&submitted(77).1).await;
    old.catch_up().await.unwrap();
    new.catch_up().await.unwrap();
    assert_eq!(
        old.sums("tally").await.unwrap(),
        new.sums("tally").await.unwrap()
    );
    assert_eq!(
        files(dir.path()),
        ["registry.db", "tally-1.db", "tally-2.db"]
    );
}

#[tokio::test]
async fn a_rebuild_under_load_switches_to_the_same_rows_and_never_goes_back() {
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    let views = views(dir.path(), &log, tally()).await;
    let runner = views.start();
    let view = views.view("tally").unwrap();
    let events = history(60, 900, 3);
    let (before, during) = events.split_at(400);
    view.wait(log.append(before).await, LONG).await.unwrap();
    let writing = async {
        for event in during {
            let position = log.append(std::slice::from_ref(event)).await;
            view.wait(position, LONG).await.unwrap();
            assert!(view.snapshot().await.unwrap().position() >= position);
        }
    };
    let rebuilding = async {
        for _ in 0..5 {
            let rebuilt = views
                .rebuild(&["tally"], Gate::Strict, &|_| {})
                .await
                .unwrap();
            assert_eq!(rebuilt[0].differences, Vec::<String>::new());
        }
    };
    tokio::join!(writing, rebuilding);
    runner.stop().await;
    assert_eq!(views.list().await.unwrap()[0].generation, 6);
    assert_eq!(files(dir.path()), ["registry.db", "tally-6.db"]);
}

#[tokio::test]
async fn two_processes_feed_one_generation_and_follow_a_switch() {
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    let (one, two) = (
        views(dir.path(), &log, tally()).await,
        views(dir.path(), &log, tally()).await,
    );
    let runners = (one.start(), two.start());
    let events = history(30, 400, 5);
    let (before, after) = events.split_at(200);
    let head = log.append(before).await;
    for views in [&one, &two] {
        views.view("tally").unwrap().wait(head, LONG).await.unwrap();
    }
    two.rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    let head = log.append(after).await;
    for views in [&one, &two] {
        views.view("tally").unwrap().wait(head, LONG).await.unwrap();
    }
    let (ones, twos) = (
        one.sums("tally").await.unwrap(),
        two.sums("tally").await.unwrap(),
    );
    assert_eq!(ones, twos);
    runners.0.stop().await;
    runners.1.stop().await;
    let rebuilt = one
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    assert_eq!(rebuilt[0].new, twos);
}

#[tokio::test]
async fn the_gate_names_what_differs_and_a_strict_one_switches_nothing() {
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    let views = views(dir.path(), &log, tally()).await;
    let (mut walk, events) = submitted(1);
    log.append(&events).await;
    let end = log.append(&[terminated(&mut walk)]).await;
    views.catch_up().await.unwrap();
    log.break_at(end, true);
    let refused = views.rebuild(&["tally"], Gate::Strict, &|_| {}).await;
    let Err(ViewError::Different(differences)) = refused else {
        panic!("{refused:?}")
    };
    assert!(
        differences.iter().any(|text| text.starts_with("tallies: ")),
        "{differences:?}"
    );
    assert_eq!(views.list().await.unwrap()[0].generation, 1);
    assert_eq!(files(dir.path()), ["registry.db", "tally-1.db"]);
}

#[tokio::test]
async fn a_deleted_drafts_name_is_nowhere_in_the_files() {
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    let views = views(dir.path(), &log, tally()).await;
    let mut walk = Walk::new(3);
    let draft = std::iter::from_fn(|| walk.step(now(), &mut Dice::new(2)))
        .take(1)
        .collect::<History>();
    let name = Cast::name(PersonId(walk.declaration().applicant.0));
    log.append(&draft).await;
    log.append(&history(3, 0, 1)).await;
    views.catch_up().await.unwrap();
    assert!(holds(dir.path(), &name), "the test would see the name");
    log.append(&[walk.add(now(), applicant(), DraftDeleted {})])
        .await;
    views.catch_up().await.unwrap();
    assert!(!holds(dir.path(), &name));
    assert_eq!(rows(&views).await, 0);
    views
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    assert!(!holds(dir.path(), &name));
}

fn holds(dir: &Path, text: &str) -> bool {
    std::fs::read_dir(dir).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    })
}

#[tokio::test]
async fn a_plan_counts_the_log_and_knows_the_last_rate() {
    let (dir, log) = (tempfile::tempdir().unwrap(), PlainLog::default());
    let views = views(dir.path(), &log, tally()).await;
    let head = log.append(&history(4, 30, 1)).await;
    views.catch_up().await.unwrap();
    let plan = views.plan(&["tally"]).await.unwrap();
    assert_eq!((plan.events, plan.eta_seconds), (head, 1));
    views
        .rebuild(&["tally"], Gate::Strict, &|_| {})
        .await
        .unwrap();
    assert!(views.plan(&["tally"]).await.unwrap().rate > 0);
    assert_eq!(views.plan(&["nothing"]).await.unwrap().events, head);
    assert_eq!(
        views.view("nothing").err(),
        Some(ViewError::Unknown("nothing".to_owned()))
    );
}
