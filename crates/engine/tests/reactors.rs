//! Reactors are fed in log order, behind a checkpoint, and wait per stream.
#![allow(clippy::unwrap_used, missing_docs)]

use async_trait::async_trait;
use docket_engine::Failure;
use docket_engine::reactors::{Outcome, Reaction, Reactor, ReactorRunner};
use docket_store::{Append, Expected, Log, MemoryLog, NewEvent, Recorded, StreamAppend, StreamId};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

/// Answers events of type `Asked`, fails for the streams that are told to, notes what it answered.
#[derive(Clone, Default)]
struct Notes {
    answered: Arc<Mutex<Vec<u64>>>,
    tried: Arc<Mutex<u32>>,
    failing: Arc<Mutex<BTreeSet<String>>>,
    too_old: Arc<AtomicBool>,
}

#[async_trait]
impl Reactor for Notes {
    const NAME: &'static str = "notes";

    fn reacts_to(kind: &str) -> bool {
        kind == "Asked"
    }

    async fn answer(&self, event: &Recorded) -> Reaction {
        *self.tried.lock().unwrap() += 1;
        if self.failing.lock().unwrap().contains(event.stream.id()) {
            return Reaction::Again(match self.too_old.load(Ordering::SeqCst) {
                true => Failure::NodeTooOld("level 2".into()),
                false => Failure::Busy,
            });
        }
        self.answered.lock().unwrap().push(event.position);
        Reaction::Done
    }
}

impl Notes {
    fn answered(&self) -> Vec<u64> {
        self.answered.lock().unwrap().clone()
    }

    fn fail(&self, stream: &str, fails: bool) {
        let mut failing = self.failing.lock().unwrap();
        if fails {
            failing.insert(stream.to_owned());
        } else {
            failing.remove(stream);
        }
    }
}

async fn append(log: &MemoryLog, stream: &str, kinds: &[&str]) {
    let events = kinds.iter().map(|kind| NewEvent {
        kind: (*kind).to_owned(),
        schema: 1,
        payload: "{}".into(),
        sealed: vec![1],
        metadata: "{}".into(),
    });
    let position = log.head().await.unwrap().position;
    log.append(Append {
        command: Uuid::from_u128(u128::from(position) + 1),
        at: 1,
        streams: vec![StreamAppend {
            stream: StreamId::new("unit", stream),
            expected: Expected::Any,
            events: events.collect(),
        }],
        documents: vec![],
        keys: vec![],
    })
    .await
    .unwrap();
}

async fn started(log: &Arc<MemoryLog>, notes: &Notes) -> ReactorRunner<Notes> {
    let log = Arc::clone(log) as Arc<dyn Log>;
    ReactorRunner::start(log, notes.clone()).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn events_are_answered_in_log_order_and_others_passed_over() {
    let (log, notes) = (Arc::new(MemoryLog::new(Uuid::nil())), Notes::default());
    append(&log, "a", &["Asked", "Other"]).await;
    append(&log, "b", &["Asked"]).await;
    let mut runner = started(&log, &notes).await;
    runner.step().await.unwrap();
    assert_eq!(notes.answered(), [1, 3]);
    assert_eq!(runner.done(), 3);
    runner.step().await.unwrap();
    assert_eq!(notes.answered(), [1, 3], "nothing is answered twice");
}

#[tokio::test(start_paused = true)]
async fn later_events_of_a_failing_stream_wait_and_other_streams_go_on() {
    let (log, notes) = (Arc::new(MemoryLog::new(Uuid::nil())), Notes::default());
    notes.fail("a", true);
    append(&log, "a", &["Asked"]).await;
    append(&log, "b", &["Asked"]).await;
    append(&log, "a", &["Asked"]).await;
    let mut runner = started(&log, &notes).await;
    runner.step().await.unwrap();
    assert_eq!(notes.answered(), [2]);
    assert_eq!(
        runner.done(),
        0,
        "the checkpoint stays in front of the first that waits"
    );
    notes.fail("a", false);
    runner.step().await.unwrap();
    assert_eq!(notes.answered(), [2], "not before its back-off is over");
    tokio::time::advance(Duration::from_secs(1)).await;
    runner.step().await.unwrap();
    assert_eq!(notes.answered(), [2, 1, 3]);
    assert_eq!(runner.done(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_keeps_failing_is_tried_ever_more_seldom_and_never_given_up() {
    let (log, notes) = (Arc::new(MemoryLog::new(Uuid::nil())), Notes::default());
    notes.fail("a", true);
    append(&log, "a", &["Asked"]).await;
    let mut runner = started(&log, &notes).await;
    for _ in 0..600 {
        runner.step().await.unwrap();
        tokio::time::advance(Duration::from_millis(500)).await;
    }
    let tried = *notes.tried.lock().unwrap();
    assert!((12..40).contains(&tried), "{tried} tries in five minutes");
    notes.fail("a", false);
    tokio::time::advance(Duration::from_secs(31)).await;
    runner.step().await.unwrap();
    assert_eq!(notes.answered(), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_behind_the_checkpoint_and_repeats_what_lay_beyond() {
    let (log, notes) = (Arc::new(MemoryLog::new(Uuid::nil())), Notes::default());
    let others = vec!["Other"; 1_000];
    append(&log, "a", &["Asked"]).await;
    for _ in 0..6 {
        append(&log, "a", &others).await;
    }
    let mut runner = started(&log, &notes).await;
    runner.step().await.unwrap();
    append(&log, "b", &["Asked"]).await;
    runner.step().await.unwrap();
    assert_eq!(notes.answered(), [1, 6_002]);
    drop(runner);
    let mut again = started(&log, &notes).await;
    again.step().await.unwrap();
    assert_eq!(
        notes.answered(),
        [1, 6_002, 6_002],
        "the first is behind the checkpoint"
    );
}

/// Met at once, or when the event is tried again.
#[tokio::test(start_paused = true)]
async fn a_build_that_is_too_old_ends_and_a_newer_one_answers_what_it_left() {
    for at_once in [true, false] {
        let (log, notes) = (Arc::new(MemoryLog::new(Uuid::nil())), Notes::default());
        notes.fail("a", true);
        notes.too_old.store(at_once, Ordering::SeqCst);
        append(&log, "a", &["Asked"]).await;
        let running = tokio::spawn(started(&log, &notes).await.run());
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(running.is_finished(), at_once);
        notes.too_old.store(true, Ordering::SeqCst);
        let ended = tokio::time::timeout(Duration::from_secs(31), running).await;
        assert_eq!(ended.unwrap().unwrap(), Outcome::TooOld("level 2".into()));
        let newer = Notes::default();
        started(&log, &newer).await.step().await.unwrap();
        assert_eq!(newer.answered(), [1]);
    }
}
