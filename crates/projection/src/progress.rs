//! How far long work has come, phase by phase.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// What a rebuild, a verification or a repair is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The log is read, folded and written to new generations.
    Replaying,
    /// Their indexes and counts are made: a step for each index, and one for what else a view needs.
    Indexing,
    /// What came meanwhile is applied, in the order of the log.
    CatchingUp,
    /// Old and new are read and compared.
    Comparing,
    /// The new generations come to answer, one after the other.
    Switching,
    /// Rows are compared with the log.
    Verifying,
    /// Wrong rows are written anew.
    Mending,
}

impl Phase {
    /// Those of a rebuild, as they follow each other.
    pub const REBUILD: [Phase; 5] = [
        Phase::Replaying,
        Phase::Indexing,
        Phase::CatchingUp,
        Phase::Comparing,
        Phase::Switching,
    ];

    /// Its name for machines.
    pub fn code(self) -> &'static str {
        match self {
            Phase::Replaying => "replaying",
            Phase::Indexing => "indexing",
            Phase::CatchingUp => "catching_up",
            Phase::Comparing => "comparing",
            Phase::Switching => "switching",
            Phase::Verifying => "verifying",
            Phase::Mending => "mending",
        }
    }

    /// What is counted in it.
    pub fn unit(self) -> &'static str {
        match self {
            Phase::Replaying | Phase::CatchingUp => "events",
            Phase::Indexing => "steps",
            Phase::Comparing => "rows",
            Phase::Switching => "views",
            Phase::Verifying => "groups",
            Phase::Mending => "streams",
        }
    }
}

/// How far a phase has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The phase.
    pub phase: Phase,
    /// What it has gone through, counted in its unit.
    pub done: u64,
    /// What there is, as far as is known: 0 before it was counted.
    pub total: u64,
    /// When the phase began.
    pub began: Instant,
}

impl Progress {
    /// How long the phase has taken up to now.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// How much it has gone through a second.
    pub fn rate(&self) -> u64 {
        per_second(self.done, self.elapsed().as_secs_f64())
    }

    /// Seconds the phase will take yet: what is left takes as long as what is done took. Not known
    /// before anything is done.
    pub fn eta_seconds(&self) -> Option<u64> {
        seconds_left(self.done, self.total, self.elapsed())
    }

    /// The part of a rebuild that is done, from 0 to 1; each of its phases counts the same.
    pub fn part(&self) -> f64 {
        let before = Phase::REBUILD.iter().filter(|phase| **phase < self.phase);
        let within = match self.total {
            0 => 0.0,
            total => self.done as f64 / total as f64,
        };
        ((before.count() as f64 + within) / Phase::REBUILD.len() as f64).min(1.0)
    }
}

/// Seconds work will take yet, from how long what is done of it took. Not known before anything is.
pub fn seconds_left(done: u64, total: u64, elapsed: Duration) -> Option<u64> {
    let left = total.saturating_sub(done) as f64;
    let each = (done > 0).then(|| elapsed.as_secs_f64() / done as f64)?;
    Some((left * each).ceil() as u64)
}

/// So many a second.
pub fn per_second(count: u64, seconds: f64) -> u64 {
    (count as f64 / seconds.max(0.001)) as u64
}

/// Hears how far work has come.
pub(crate) type Tell<'a> = &'a (dyn Fn(Progress) + Sync);

/// Hears of so much more that is done.
pub(crate) type Told<'a> = &'a (dyn Fn(u64) + Sync);

/// A phase while it goes on.
pub(crate) struct Stage<'a> {
    phase: Phase,
    began: Instant,
    done: AtomicU64,
    total: AtomicU64,
    tell: Tell<'a>,
}

impl<'a> Stage<'a> {
    /// Begins a phase, and tells so.
    pub(crate) fn begin(phase: Phase, total: u64, tell: Tell<'a>) -> Self {
        let stage = Self {
            phase,
            began: Instant::now(),
            done: AtomicU64::new(0),
            total: AtomicU64::new(total),
            tell,
        };
        stage.tell(0);
        stage
    }

    /// What there is was counted a while ago: there may be more by now.
    fn tell(&self, done: u64) {
        let total = self.total.load(Ordering::Relaxed);
        (self.tell)(Progress {
            phase: self.phase,
            done: done.min(total),
            total,
            began: self.began,
        });
    }

    /// So much is done.
    pub(crate) fn at(&self, done: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.tell(done);
    }

    /// So much more is done.
    pub(crate) fn add(&self, more: u64) {
        self.tell(self.done.fetch_add(more, Ordering::Relaxed) + more);
    }

    /// There is so much more to do than was thought.
    pub(crate) fn expect(&self, more: u64) {
        self.total.fetch_add(more, Ordering::Relaxed);
    }

    /// All of it is done.
    pub(crate) fn end(&self) {
        self.at(self.total.load(Ordering::Relaxed));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::Mutex;

    fn at(phase: Phase, done: u64) -> Progress {
        Progress {
            phase,
            done,
            total: 100,
            began: Instant::now(),
        }
    }

    #[test]
    fn what_is_left_takes_as_long_as_what_is_done_took() {
        let elapsed = Duration::from_secs(10);
        let eta = |done| seconds_left(done, 100, elapsed);
        assert_eq!(eta(0), None);
        assert_eq!(eta(20), Some(40));
        assert_eq!(eta(100), Some(0));
    }

    #[test]
    fn a_rebuild_goes_from_0_to_1_through_its_phases() {
        let parts = Phase::REBUILD.map(|phase| [at(phase, 0).part(), at(phase, 100).part()]);
        let parts = parts.as_flattened();
        assert!(parts.is_sorted(), "{parts:?}");
        assert_eq!((parts[0], parts[3], parts[9]), (0.0, 0.4, 1.0));
    }

    #[test]
    fn nothing_is_told_beyond_what_there_is() {
        let told = Mutex::new(Vec::new());
        let tell = |progress: Progress| {
            told.lock().unwrap().push((progress.done, progress.total));
        };
        let stage = Stage::begin(Phase::Comparing, 10, &tell);
        stage.add(7);
        stage.add(7);
        stage.expect(20);
        stage.add(1);
        stage.end();
        let told = told.into_inner().unwrap();
        assert_eq!(told, [(0, 10), (7, 10), (10, 10), (15, 30), (30, 30)]);
    }
}
