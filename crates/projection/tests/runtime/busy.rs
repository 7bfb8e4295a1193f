//! Operators' commands while the log never comes to rest.

use super::*;
use docket_projection::{Phase, Progress, Scope};
use std::sync::Mutex;
use tokio::time::Instant as Moment;

docket_projection::on_both_engines!(
    a_command_catches_up_with_what_the_log_held_when_it_began,
    every_command_begins_its_work_under_steady_writes,
);

/// How long a command may take before it begins its work.
const SOON: Duration = Duration::from_secs(2);

/// Appends an event about every millisecond until it is dropped: no look at the log finds nothing.
struct Writer(tokio::task::JoinHandle<()>);

impl Writer {
    fn start(log: &PlainLog) -> Writer {
        let log = log.clone();
        Writer(tokio::spawn(async move {
            for event in history(400, 12_000, 11) {
                log.append(&[event]).await;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            panic!("the log came to rest before the command began");
        }))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        assert!(!self.0.is_finished(), "it writes to the end");
        self.0.abort();
    }
}

async fn a_command_catches_up_with_what_the_log_held_when_it_began(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, twins()).await;
    log.append(&submitted(7_000).1).await;
    let writer = Writer::start(&log);
    tokio::time::sleep(Duration::from_millis(50)).await;
    for _ in 0..3 {
        let head = log.history().await.len() as u64;
        let told = Mutex::new(Vec::new());
        let tell = |progress: Progress| told.lock().unwrap().push(progress);
        let caught_up = tokio::time::timeout(SOON, views.catch_up_telling(&tell)).await;
        caught_up
            .expect("it ends although the log goes on")
            .unwrap();
        for info in views.list().await.unwrap() {
            assert!(info.checkpoint >= head, "{} behind {head}", info.checkpoint);
        }
        let told = told.into_inner().unwrap();
        assert!(told.iter().all(|at| at.phase == Phase::CatchingUp));
        let last = told.last().unwrap();
        assert_eq!(last.done, last.total, "{told:?}");
    }
    drop(writer);
}

/// Runs a command as the command line does; how long it took until its own work was told.
async fn begins_after<T>(
    views: &Views,
    work: impl AsyncFnOnce(&(dyn Fn(Progress) + Sync)) -> Result<T, ViewError>,
) -> Duration {
    let asked = Moment::now();
    let begun = Mutex::new(None);
    views.catch_up().await.unwrap();
    let tell = |_: Progress| {
        begun.lock().unwrap().get_or_insert_with(|| asked.elapsed());
    };
    let done = tokio::time::timeout(LONG, work(&tell)).await;
    done.expect("it ends although the log goes on").unwrap();
    begun.into_inner().unwrap().expect("it tells of its work")
}

async fn every_command_begins_its_work_under_steady_writes(ground: Ground) {
    let log = PlainLog::default();
    let open = || docket_projection::testing::views_that_keep(LONG * 60, &ground, &log, tally());
    let (views, node) = (open().await, open().await);
    log.append(&submitted(7_000).1).await;
    let writer = Writer::start(&log);
    let runner = node.start();
    let waits = [
        begins_after(&views, async |tell| {
            views
                .rebuild(&["tally"], Gate::Strict, tell)
                .await
                .map(|_| ())
        })
        .await,
        begins_after(&views, async |tell| {
            views.roll_back("tally", tell).await.map(|_| ())
        })
        .await,
        begins_after(&views, async |tell| {
            views.verify("tally", Scope::All, tell).await.map(|_| ())
        })
        .await,
        begins_after(&views, async |tell| {
            views.repair("tally", tell).await.map(|_| ())
        })
        .await,
    ];
    drop(writer);
    runner.stop().await;
    assert!(waits.iter().all(|wait| *wait < SOON), "{waits:?}");
}
