//! What work on views tells of its phases.

use super::*;
use docket_domain::{Category, Envelope};
use docket_projection::{ColumnType, Config, Folded, Opened, Phase, Progress, Rows};
use docket_projection::{Source, SourceError, Table, row};
use docket_store::Recorded;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

/// How often old and new are compared before a difference is one.
const MEETINGS: usize = 4;

docket_projection::on_both_engines!(
    each_phase_of_a_rebuild_tells_how_far_it_is,
    a_difference_is_looked_for_in_the_phase_that_compares,
    every_meeting_counts_and_the_next_plan_knows_one_without_a_look,
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

    /// The phases in their order.
    fn phases(self) -> Vec<Course> {
        let told = self.0.into_inner().unwrap();
        let same =
            |one: &Progress, other: &Progress| (one.phase, one.began) == (other.phase, other.began);
        told.chunk_by(same).map(Course::of).collect()
    }
}

/// What was told of a phase.
#[derive(Debug)]
struct Course {
    phase: Phase,
    /// How much was done, time after time.
    done: Vec<u64>,
    /// What there was in the end.
    total: u64,
}

impl Course {
    fn of(told: &[Progress]) -> Course {
        let last = told.last().unwrap();
        Course {
            phase: last.phase,
            done: told.iter().map(|told| told.done).collect(),
            total: last.total,
        }
    }

    /// From nothing to all of it; what is told at the very end says nothing of how it got there.
    fn goes_to_its_end(&self) {
        assert_eq!(self.done[0], 0, "{self:?} is told when it begins");
        assert!(self.done.is_sorted(), "{self:?}");
        assert_eq!(self.done.last(), Some(&self.total), "{self:?}");
    }
}

fn names(phases: &[Course]) -> Vec<Phase> {
    phases.iter().map(|course| course.phase).collect()
}

/// Rows of each table of a view, of its counts too.
async fn rows_of_each(views: &Views, name: &str) -> Vec<u64> {
    let sums = views.sums(name).await.unwrap();
    sums.iter().map(|sum| sum.rows).collect()
}

/// What is told while so many rows are gone through, each time never more than there are.
struct Steps {
    done: u64,
    total: u64,
    told: Vec<u64>,
}

impl Steps {
    fn of(total: u64) -> Steps {
        Steps {
            done: 0,
            total,
            told: vec![0],
        }
    }

    fn go(&mut self, rows: impl IntoIterator<Item = u64>) {
        for rows in rows {
            self.done += rows;
            self.told.push(self.done.min(self.total));
        }
    }

    fn end(mut self) -> Vec<u64> {
        self.told.push(self.total);
        self.told
    }
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
        incarnation: docket_domain::log::FIRST_INCARNATION,
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
    for course in &phases {
        course.goes_to_its_end();
        let total = match course.phase {
            Phase::Replaying => head,
            // Of each view an index and its end.
            Phase::Indexing => 4,
            Phase::CatchingUp => 2 * during.len() as u64,
            // Of old and new.
            Phase::Comparing => 2 * rows,
            _ => 2,
        };
        assert_eq!(course.total, total, "{course:?}");
    }
    let replayed = &phases[0].done;
    assert_eq!(replayed[replayed.len() - 2], head, "{replayed:?}");
    let mut steps = Steps::of(2 * rows);
    for name in ["tally", "twin"] {
        for _ in ["old", "new"] {
            steps.go(rows_of_each(&views, name).await);
        }
    }
    assert_eq!(phases[3].done, steps.end(), "table after table");
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
    let each = rows_of_each(&views, "tally").await;
    let of_both = 2 * each.iter().sum::<u64>();
    let mut steps = Steps::of(2 * rows);
    for meeting in 0..MEETINGS {
        if meeting > 0 {
            steps.total += of_both;
        }
        steps.go(each.clone());
        steps.go(each.clone());
        // The look at the pages of both.
        steps.total += of_both;
        steps.go(each.iter().map(|rows| 2 * rows));
    }
    assert_eq!(
        (phases[3].total, &phases[3].done),
        (steps.total, &steps.end())
    );
    let plan = views.plan(&["tally"]).await.unwrap();
    assert!(plan.comparison_seconds.is_some(), "it was timed");
}

async fn every_meeting_counts_and_the_next_plan_knows_one_without_a_look(ground: Ground) {
    const FIRST: Duration = Duration::from_millis(500);
    const LOOK: Duration = Duration::from_secs(3);
    let log = PlainLog::default();
    let views = views(&ground, &log, tally()).await;
    log.append(&history(10, 100, 3)).await;
    views.catch_up().await.unwrap();
    crate::verifying::tamper_with(&ground, "tally", "UPDATE tallies SET applicant = 'x'").await;
    let tables = rows_of_each(&views, "tally").await.len();
    let times = AtomicUsize::new(0);
    // The first table of the first meeting takes its time, and so does the last look.
    let slow = |told: Progress| {
        if told.phase == Phase::Comparing {
            let time = times.fetch_add(1, Ordering::Relaxed);
            if time == 1 {
                std::thread::sleep(FIRST);
            } else if time == MEETINGS * 3 * tables {
                std::thread::sleep(LOOK);
            }
        }
    };
    let rebuilt = views.rebuild(&["tally"], Gate::Report, &slow).await;
    let took = rebuilt.unwrap()[0].comparison_seconds;
    assert!(took >= (FIRST + LOOK).as_secs_f64(), "{took}");
    let plan = views.plan(&["tally"]).await.unwrap();
    let planned = plan.comparison_seconds.unwrap();
    assert!((1..LOOK.as_secs()).contains(&planned), "{plan:?}");
}

/// The phases of a view that is built beside the generation of another meaning.
const BESIDE: [Phase; 5] = [
    Phase::Replaying,
    Phase::Indexing,
    Phase::Comparing,
    Phase::CatchingUp,
    Phase::Switching,
];

/// The tally as another version has it, with a table more.
struct Grown;

impl Projector for Grown {
    fn name(&self) -> &'static str {
        Tally::PLAIN.name()
    }

    fn rule(&self) -> &'static str {
        "3"
    }

    fn tables(&self) -> Vec<Table> {
        let more = Table::of_states("ages", Category::Declaration, "declaration", ColumnType::Id)
            .column("version", ColumnType::Int);
        let mut tables = Tally::PLAIN.tables();
        tables.push(more);
        tables
    }

    fn rows(&self, folded: &Folded, rows: &mut Rows) {
        Tally::PLAIN.rows(folded, rows);
        if let Some(declaration) = folded.declaration() {
            rows.add("ages", row![declaration.id, declaration.version]);
        }
    }

    fn entries(&self, after: &Folded, event: &Envelope, rows: &mut Rows) {
        Tally::PLAIN.entries(after, event, rows);
    }
}

async fn views_that_are_built_first_tell_their_phases_too(ground: Ground) {
    let log = PlainLog::default();
    let head = log.append(&history(10, 100, 3)).await;
    let views: [(Arc<dyn Projector>, &[Phase]); 3] = [
        (
            Arc::new(Tally::PLAIN),
            &[
                Phase::Replaying,
                Phase::Indexing,
                Phase::CatchingUp,
                Phase::Switching,
            ],
        ),
        // Beside the generation of another meaning.
        (Arc::new(Tally::CHANGED), &BESIDE),
        (Arc::new(Grown), &BESIDE),
    ];
    for (projector, phases) in views {
        let config = Config {
            place: ground.place(),
            incarnation: docket_domain::log::FIRST_INCARNATION,
            log: log.log.clone(),
            source: Arc::new(log.clone()),
            projectors: vec![projector],
            histories: Vec::new(),
            keep: Duration::ZERO,
        };
        let heard = Heard::default();
        let views = Views::open(config, &|told| heard.hear(told)).await.unwrap();
        assert_eq!(views.list().await.unwrap()[0].checkpoint, head);
        let heard = heard.phases();
        assert_eq!(names(&heard), phases);
        heard.iter().for_each(Course::goes_to_its_end);
        if let Some(compared) = heard.iter().find(|course| course.phase == Phase::Comparing) {
            // Tables of counts are not compared, and none that only one has.
            let each = rows_of_each(&views, "tally").await;
            let mut steps = Steps::of(2 * (each[0] + each[2]));
            steps.go([2 * each[0], 2 * each[2]]);
            assert_eq!(compared.done, steps.end());
        }
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
    phases.iter().for_each(Course::goes_to_its_end);
}
