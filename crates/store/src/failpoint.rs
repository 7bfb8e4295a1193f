//! Named places where a test ends or freezes the process; nothing at all without the feature.
//!
//! `DOCKET_FAILPOINT=NAME[:NTH][:stop]` kills the process (SIGKILL) when it comes to the place for
//! the nth time, the first unless said otherwise; with `stop` it freezes (SIGSTOP) until somebody
//! sends SIGCONT, and goes on.
//!
//! `DOCKET_POISON=POSITION[,POSITION…]` makes events that no view can apply.

/// Marks a place by name: `docket_store::failpoint!("log.inserted")`.
///
/// The macro is chosen where this crate is built, so whoever names a place needs no feature of its
/// own, and a build without `failpoints` holds no trace of it.
#[cfg(feature = "failpoints")]
#[macro_export]
macro_rules! failpoint {
    ($name:literal) => {
        $crate::failpoint::reach($name)
    };
}

/// Marks a place by name: nothing in this build.
#[cfg(not(feature = "failpoints"))]
#[macro_export]
macro_rules! failpoint {
    ($name:literal) => {};
}

/// Marks where a view applies the event at a position: `docket_store::poison!(position)` panics when
/// the environment says that it cannot.
#[cfg(feature = "failpoints")]
#[macro_export]
macro_rules! poison {
    ($position:expr) => {
        $crate::failpoint::apply($position)
    };
}

/// Marks where a view applies an event: nothing in this build.
#[cfg(not(feature = "failpoints"))]
#[macro_export]
macro_rules! poison {
    ($position:expr) => {};
}

#[cfg(feature = "failpoints")]
pub use armed::{apply, reach};

#[cfg(feature = "failpoints")]
mod armed {
    use rustix::process::{Signal, getpid, kill_process};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    /// By when a process that was told to freeze stands still, on a busy machine too. The time in
    /// which it does counts, so that nobody waits on after a longer freeze.
    const STOPS_WITHIN: Duration = Duration::from_secs(2);

    /// What the environment asks for.
    #[derive(Debug, PartialEq, Eq)]
    struct Plan {
        name: String,
        nth: u64,
        freezes: bool,
    }

    /// Comes to a place. Called by [`failpoint!`](crate::failpoint!).
    ///
    /// # Panics
    /// When the environment asks for something that cannot be read: a drill that waits for a kill
    /// that never comes would prove nothing.
    pub fn reach(name: &'static str) {
        static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
        static PASSED: AtomicU64 = AtomicU64::new(0);
        let plan = PLAN.get_or_init(|| {
            let asked = std::env::var("DOCKET_FAILPOINT").ok()?;
            Some(Plan::parse(&asked).expect("DOCKET_FAILPOINT is NAME[:NTH][:stop]"))
        });
        let Some(plan) = plan.as_ref().filter(|plan| plan.name == name) else {
            return;
        };
        if PASSED.fetch_add(1, Ordering::SeqCst) + 1 == plan.nth {
            plan.strike();
        }
    }

    /// Applies an event, unless the environment names its position. Called by
    /// [`poison!`](crate::poison!).
    ///
    /// # Panics
    /// When it does, and when the environment cannot be read.
    pub fn apply(position: u64) {
        static POISONED: OnceLock<Vec<u64>> = OnceLock::new();
        let poisoned = POISONED.get_or_init(|| {
            let asked = std::env::var("DOCKET_POISON").unwrap_or_default();
            let positions = asked.split(',').filter(|position| !position.is_empty());
            positions
                .map(|position| {
                    position
                        .parse()
                        .expect("DOCKET_POISON is POSITION[,POSITION…]")
                })
                .collect()
        });
        assert!(!poisoned.contains(&position), "this event is poisoned");
    }

    impl Plan {
        fn parse(text: &str) -> Option<Self> {
            let (text, freezes) = match text.strip_suffix(":stop") {
                Some(rest) => (rest, true),
                None => (text, false),
            };
            let (name, nth) = match text.split_once(':') {
                Some((name, nth)) => (name, nth.parse().ok()?),
                None => (text, 1),
            };
            (!name.is_empty() && nth > 0).then(|| Self {
                name: name.to_owned(),
                nth,
                freezes,
            })
        }

        fn strike(&self) {
            let signal = if self.freezes {
                Signal::STOP
            } else {
                Signal::KILL
            };
            kill_process(getpid(), signal).expect("a process may send itself a signal");
            // A signal may go to another thread first: this one must not go on meanwhile.
            if self.freezes {
                return std::thread::sleep(STOPS_WITHIN);
            }
            loop {
                std::thread::park();
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn plan(name: &str, nth: u64, freezes: bool) -> Option<Plan> {
            let name = name.to_owned();
            Some(Plan { name, nth, freezes })
        }

        #[test]
        fn a_place_is_named_with_a_count_and_what_to_do() {
            assert_eq!(Plan::parse("log.looked"), plan("log.looked", 1, false));
            assert_eq!(Plan::parse("log.looked:3"), plan("log.looked", 3, false));
            assert_eq!(Plan::parse("log.looked:stop"), plan("log.looked", 1, true));
            assert_eq!(
                Plan::parse("log.looked:3:stop"),
                plan("log.looked", 3, true)
            );
            for unreadable in ["", ":2", "log.looked:0", "log.looked:x", "log.looked:2:go"] {
                assert_eq!(Plan::parse(unreadable), None, "{unreadable}");
            }
        }
    }
}
