//! The machine's clock, and the demo's.

use docket_domain::time::Instant;
use docket_engine::Clock;
use docket_store::{Log, LogError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// 2026-03-02 09:00 +08:00, where every demo begins.
pub const DEMO_START: Instant = Instant::from_micros(1_772_413_200_000_000);
/// The setting that holds how far the demo's clock has come, in microseconds, big endian.
const OFFSET: &str = "demo/clock_offset";

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // the one place where the machine is asked for the time
    fn now(&self) -> Instant {
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The demo's clock. While data is made it stands where it is set; afterwards it runs on with real
/// time from where it stood, and can be moved forward. It never runs backwards.
#[derive(Debug)]
pub struct DemoClock(Mutex<Face>);

#[derive(Debug, Clone, Copy)]
struct Face {
    at: Instant,
    running_since: Option<tokio::time::Instant>,
}

impl Face {
    fn now(&self) -> Instant {
        let elapsed = self
            .running_since
            .map(|since| since.elapsed())
            .unwrap_or_default();
        self.at
            .plus_micros(i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX))
    }
}

impl DemoClock {
    /// A clock that stands.
    pub fn standing(at: Instant) -> Self {
        Self(Mutex::new(Face {
            at,
            running_since: None,
        }))
    }

    /// A clock that stands where a log's demo stood last: never before the log's newest event.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn of_log(log: &dyn Log) -> Result<Self, LogError> {
        let stored = log
            .setting(OFFSET)
            .await?
            .and_then(|bytes| bytes.try_into().ok());
        let offset = stored.map_or(0, i64::from_be_bytes);
        let newest = Instant::from_micros(log.head().await?.recorded_at);
        Ok(Self::standing(DEMO_START.plus_micros(offset).max(newest)))
    }

    /// Sets it forward to an instant; an earlier one changes nothing.
    pub fn set(&self, at: Instant) {
        let mut face = self.lock();
        let now = face.now();
        *face = Face {
            at: now.max(at),
            running_since: face.running_since.map(|_| tokio::time::Instant::now()),
        };
    }

    /// Whether it stands at an instant or behind it: what happens then may have happened.
    pub fn is_past(&self, at: Instant) -> bool {
        self.now() >= at
    }

    /// Lets it run.
    pub fn run(&self) {
        let mut face = self.lock();
        *face = Face {
            at: face.now(),
            running_since: Some(tokio::time::Instant::now()),
        };
    }

    /// Moves it forward by whole days and answers the instant it shows then.
    pub fn advance(&self, days: u32) -> Instant {
        let to = self.now().plus_days(i64::from(days));
        self.set(to);
        to
    }

    /// Stores how far it has come, so that a restart goes on from here.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn store(&self, log: &dyn Log) -> Result<(), LogError> {
        let offset = self.now().micros() - DEMO_START.micros();
        log.put_setting(OFFSET, &offset.to_be_bytes()).await
    }

    fn lock(&self) -> MutexGuard<'_, Face> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Instant {
        self.lock().now()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use docket_store::MemoryLog;

    #[test]
    fn the_demo_begins_on_the_second_of_march() {
        assert_eq!(DEMO_START.to_rfc3339(), "2026-03-02T09:00:00+08:00");
    }

    #[test]
    fn a_standing_clock_moves_only_when_it_is_told_to_and_never_back() {
        let clock = DemoClock::standing(DEMO_START);
        clock.set(DEMO_START.plus_days(2));
        clock.set(DEMO_START.plus_days(1));
        assert_eq!(clock.now(), DEMO_START.plus_days(2));
        assert_eq!(clock.advance(8), DEMO_START.plus_days(10));
        assert_eq!(clock.now(), DEMO_START.plus_days(10));
    }

    #[test]
    fn a_running_clock_goes_on_from_where_it_stood() {
        let clock = DemoClock::standing(DEMO_START);
        clock.run();
        let moved = clock.advance(1);
        assert!(moved >= DEMO_START.plus_days(1));
        assert!(clock.now() >= moved);
    }

    #[tokio::test]
    async fn a_restart_goes_on_where_the_clock_was_stored() {
        let log = MemoryLog::new(uuid::Uuid::from_u128(1));
        let clock = DemoClock::standing(DEMO_START);
        clock.advance(8);
        clock.store(&log).await.unwrap();
        assert_eq!(
            DemoClock::of_log(&log).await.unwrap().now(),
            DEMO_START.plus_days(8)
        );
    }
}
