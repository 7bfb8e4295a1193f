//! A rebuild with any number of jobs and at either pace.

use super::*;
use docket_projection::{Config, Opened, Pace, Phase, Progress, Rebuild, Source, SourceError};
use docket_store::Recorded;
use std::num::NonZeroUsize;
use std::sync::Mutex;

docket_projection::on_both_engines!(
    any_number_of_jobs_and_either_pace_make_the_same_rows,
    progress_is_told_range_by_range,
    a_polite_rebuild_reads_one_range_at_a_time_and_rests,
);

fn rebuild(jobs: usize, pace: Pace) -> Rebuild {
    Rebuild {
        gate: Gate::Strict,
        jobs: NonZeroUsize::new(jobs).unwrap(),
        pace,
    }
}

async fn any_number_of_jobs_and_either_pace_make_the_same_rows(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, twins()).await;
    log.append(&history(150, 2_500, 3)).await;
    views.catch_up().await.unwrap();
    for (jobs, pace) in [
        (1, Pace::Full),
        (2, Pace::Full),
        (7, Pace::Full),
        (1, Pace::Polite),
        (4, Pace::Polite),
    ] {
        let rebuilt = views
            .rebuild(&["tally", "twin"], rebuild(jobs, pace), &|_| {})
            .await
            .unwrap();
        for view in rebuilt {
            assert_eq!(view.new, view.old, "{jobs} jobs, {pace:?}");
            assert!(view.new.iter().any(|sum| sum.rows > 100), "{:?}", view.new);
            assert!(view.events > 1_000, "{}", view.events);
        }
    }
}

/// What a rebuild tells of its progress while it reads the log.
async fn told(views: &Views, pace: Pace) -> Vec<Progress> {
    let told = Mutex::new(Vec::new());
    views
        .rebuild(&["tally"], rebuild(2, pace), &|progress| {
            told.lock().unwrap().push(progress);
        })
        .await
        .unwrap();
    let mut told = told.into_inner().unwrap();
    told.retain(|told| told.phase == Phase::Replaying);
    told
}

async fn progress_is_told_range_by_range(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    let head = log.append(&history(300, 3_000, 3)).await;
    views.catch_up().await.unwrap();
    for (pace, ranges) in [(Pace::Full, 2), (Pace::Polite, 9)] {
        let told = told(&views, pace).await;
        assert!(told.len() > ranges, "{pace:?}: {told:?}");
        assert!(told.is_sorted_by_key(|progress| progress.done), "{told:?}");
        assert!(told.iter().all(|told| told.total == head));
        assert_eq!((told[0].done, told[0].eta_seconds()), (0, None));
        assert!(told[1].done < head && told[1].rate() > 0, "{told:?}");
        assert!(told[1].eta_seconds().is_some());
        assert_eq!(told.last().unwrap().done, head, "{told:?}");
    }
}

/// Opens events slowly, and knows when.
struct Slow {
    inner: PlainLog,
    open: Mutex<Opens>,
}

#[derive(Default)]
struct Opens {
    now: usize,
    most: usize,
    /// How long nothing was opened between two ranges.
    rests: Vec<Duration>,
    ended: Option<tokio::time::Instant>,
}

const SLOW: Duration = Duration::from_millis(20);

#[async_trait::async_trait]
impl Source for Slow {
    async fn open(&self, events: &[Recorded]) -> Result<Vec<Opened>, SourceError> {
        self.inner.open(events).await
    }

    async fn open_cold(&self, events: &[Recorded]) -> Result<Vec<Opened>, SourceError> {
        {
            let mut open = self.open.lock().unwrap();
            open.now += 1;
            open.most = open.most.max(open.now);
            let rest = open.ended.map(|ended| ended.elapsed());
            open.rests.extend(rest);
        }
        tokio::time::sleep(SLOW).await;
        let opened = self.inner.open_cold(events).await;
        let mut open = self.open.lock().unwrap();
        open.now -= 1;
        open.ended = Some(tokio::time::Instant::now());
        opened
    }
}

async fn a_polite_rebuild_reads_one_range_at_a_time_and_rests(ground: Ground) {
    let log = PlainLog::default();
    log.append(&history(150, 2_500, 3)).await;
    let slow = Arc::new(Slow {
        inner: log.clone(),
        open: Mutex::default(),
    });
    let config = Config {
        place: ground.place(),
        incarnation: docket_domain::log::FIRST_INCARNATION,
        log: log.log.clone(),
        source: slow.clone(),
        projectors: tally(),
        histories: Vec::new(),
        keep: std::time::Duration::ZERO,
    };
    let views = Views::open(config, &|_| {}).await.unwrap();
    for pace in [Pace::Full, Pace::Polite] {
        *slow.open.lock().unwrap() = Opens::default();
        told(&views, pace).await;
        let open = std::mem::take(&mut *slow.open.lock().unwrap());
        match pace {
            Pace::Full => assert!(open.most > 1, "nothing is read ahead"),
            Pace::Polite => {
                assert_eq!(open.most, 1);
                assert!(open.rests.len() > 5, "{:?}", open.rests);
                assert!(
                    open.rests.iter().all(|rest| *rest >= SLOW),
                    "{:?}",
                    open.rests
                );
            }
        }
    }
}
