use docket_domain::time::Instant;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock that stands until it is moved. Clones show the same time.
#[derive(Debug, Clone)]
pub struct FakeClock(Arc<AtomicI64>);

impl FakeClock {
    /// A clock that shows an instant.
    pub fn at(now: Instant) -> Self {
        Self(Arc::new(AtomicI64::new(now.micros())))
    }

    /// What it shows.
    pub fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::SeqCst))
    }

    /// Sets it.
    pub fn set(&self, now: Instant) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }

    /// Moves it on by so many days.
    pub fn advance_days(&self, days: i64) {
        self.set(self.now().plus_days(days));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instant;

    #[test]
    fn a_clone_shows_the_same_time() {
        let clock = FakeClock::at(instant("2026-03-02 09:00"));
        let other = clock.clone();
        clock.advance_days(8);
        assert_eq!(other.now(), instant("2026-03-10 09:00"));
    }
}
