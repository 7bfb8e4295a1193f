//! What work on views tells of its phases.

use super::*;
use docket_projection::{Config, Opened, Phase, Progress, Source, SourceError};
use docket_store::Recorded;
use std::sync::{Mutex, OnceLock};

docket_projection::on_both_engines!(
    each_phase_of_a_rebuild_tells_how_far_it_is,
    a_difference_is_looked_for_in_the_phase_that_compares,
    views_that_are_built_first_tell_their_phases_too,
    a_repair_tells_what_it_verifies_and_what_it_mends,
);

/// Everything that is told.
#[derive(Default)]
struct Heard(Mutex<Vec<Progress>>);

impl Heard {
    fn hear(&self, progress: Progress) {
        self.0.lock().unwrap().push(progress);
    }

    /// The phases in their order, each with what it told first and last.
    fn phases(self) -> Vec<(Phase, Progress, Progress)> {
        let mut phases: Vec<(Phase, Progress, Progress)> = Vec::new();
        for told in self.0.into_inner().unwrap() {
            match phases.last_mut() {
                Some((phase, _, last)) if *phase == told.phase => *last = told,
                _ => phases.push((told.phase, told, told)),
            }
        }
        phases
    }
}

fn names(phases: &[(Phase, Progress, Progress)]) -> Vec<Phase> {
    phases.iter().map(|(phase, _, _)| *phase).collect()
}

/// A log to which others append, and which the live views follow, while it is replayed.
struct Busy {
    log: PlainLog,
    more: Mutex<History>,
    views: OnceLock<Views>,
}

#[async_trait::async_trait]
impl Source for Busy {
    async fn open(&self, events: &[Recorded]) -> Result<Vec<Opened>, SourceError> {
        self.log.open(events).await
    }

    async fn open_cold(&self, events: &[Recorded]) -> Result<Vec<Opened>, SourceError> {
        let more = std::mem::take(&mut *self.more.lock().unwrap());
        if let (Some(views), false) = (self.views.get(), more.is_empty()) {
            self.log.append(&more).await;
            views.catch_up().await.unwrap();
        }
        self.log.open_cold(events).await
    }
}

async fn each_phase_of_a_rebuild_tells_how_far_it_is(ground: Ground) {
    let log = PlainLog::default();
    let events = history(60, 900, 3);
    let (before, during) = events.split_at(events.len() / 2);
    let head = log.append(before).await;
    let busy = Arc::new(Busy {
        log: log.clone(),
        more: Mutex::default(),
        views: OnceLock::new(),
    });
    let config = Config {
        place: ground.place(),
        log: log.log.clone(),
        source: busy.clone(),
        projectors: twins(),
        histories: Vec::new(),
        keep: Duration::ZERO,
    };
    let views = Views::open(config, &|_| {}).await.unwrap();
    assert!(busy.views.set(views.clone()).is_ok());
    *busy.more.lock().unwrap() = during.to_vec();
    let heard = Heard::default();
    let rebuilt = views
        .rebuild(&["tally", "twin"], Gate::Strict, &|told| heard.hear(told))
        .await
        .unwrap();
    let phases = heard.phases();
    assert_eq!(names(&phases), Phase::REBUILD);
    let rows: u64 = views
        .list()
        .await
        .unwrap()
        .iter()
        .map(|view| view.rows)
        .sum();
    for (phase, first, last) in phases {
        assert_eq!(first.done, 0, "{phase:?} is told when it begins");
        assert_eq!(last.done, last.total, "{phase:?}");
        let total = match phase {
            Phase::Replaying => head,
            // Of each view an index and its end.
            Phase::Indexing => 4,
            Phase::CatchingUp => 2 * during.len() as u64,
            // Of old and new.
            Phase::Comparing => 2 * rows,
            _ => 2,
        };
        assert_eq!(last.total, total, "{phase:?}");
    }
    assert!(rebuilt.iter().all(|view| view.comparison_seconds > 0.0));
}

async fn a_difference_is_looked_for_in_the_phase_that_compares(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    log.append(&history(10, 100, 3)).await;
    views.catch_up().await.unwrap();
    let rows = views.list().await.unwrap()[0].rows;
    crate::verifying::tamper_with(&ground, "tally", "UPDATE tallies SET applicant = 'x'").await;
    let heard = Heard::default();
    let refused = views
        .rebuild(&["tally"], Gate::Strict, &|told| heard.hear(told))
        .await;
    assert!(
        matches!(refused, Err(ViewError::Different(_))),
        "{refused:?}"
    );
    let phases = heard.phases();
    assert_eq!(names(&phases), Phase::REBUILD[..4], "nothing is switched");
    let (_, _, last) = phases[3];
    assert_eq!(last.done, last.total);
    // Four meetings, each with a look at the pages.
    assert!(last.total >= 8 * 2 * rows, "{last:?}");
    let plan = views.plan(&["tally"]).await.unwrap();
    assert!(plan.comparison_seconds.is_some(), "it was timed");
}

async fn views_that_are_built_first_tell_their_phases_too(ground: Ground) {
    let log = PlainLog::default();
    let head = log.append(&history(10, 100, 3)).await;
    for (projector, phases) in [
        (
            Tally::PLAIN,
            &[
                Phase::Replaying,
                Phase::Indexing,
                Phase::CatchingUp,
                Phase::Switching,
            ][..],
        ),
        // Beside the generation of another meaning.
        (
            Tally::CHANGED,
            &[
                Phase::Replaying,
                Phase::Indexing,
                Phase::Comparing,
                Phase::CatchingUp,
                Phase::Switching,
            ],
        ),
    ] {
        let config = Config {
            place: ground.place(),
            log: log.log.clone(),
            source: Arc::new(log.clone()),
            projectors: vec![Arc::new(projector)],
            histories: Vec::new(),
            keep: Duration::ZERO,
        };
        let heard = Heard::default();
        let views = Views::open(config, &|told| heard.hear(told)).await.unwrap();
        assert_eq!(views.list().await.unwrap()[0].checkpoint, head);
        assert_eq!(names(&heard.phases()), phases);
        views.close().await;
    }
}

async fn a_repair_tells_what_it_verifies_and_what_it_mends(ground: Ground) {
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    log.append(&submitted(1).1).await;
    views.catch_up().await.unwrap();
    crate::verifying::tamper_with(&ground, "tally", "UPDATE tallies SET applicant = 'x'").await;
    let heard = Heard::default();
    views
        .repair("tally", &|told| heard.hear(told))
        .await
        .unwrap();
    let phases = heard.phases();
    let right = [Phase::Verifying, Phase::Mending, Phase::Verifying];
    assert_eq!(names(&phases), right);
    for (phase, first, last) in phases {
        assert_eq!((first.done, last.done), (0, last.total), "{phase:?}");
    }
}
