//! What a process has seen of the log, and whether the log still holds it.

use crate::{Leaf, LogError, Recorded};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An event by which a log is recognised: where it stands, and the hash of its header, which covers
/// its place and its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Its position.
    pub position: u64,
    /// Its leaf.
    pub leaf: Leaf,
}

impl Mark {
    /// The mark of an event, by its stored leaf.
    pub fn of(event: &Recorded) -> Self {
        Self {
            position: event.position,
            leaf: event.leaf,
        }
    }
}

/// The log does not hold any more what this process has seen of it: an older copy was put in its
/// place, or a standby took over that lacked the last commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// The newest position that was seen.
    pub seen: u64,
    /// Where the log ended when the loss was found.
    pub ends: u64,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seen, ends } = self;
        match ends < seen {
            true => write!(f, "it ends at position {ends} and was seen up to {seen}"),
            false => write!(f, "it holds another event at position {seen} than was seen"),
        }
    }
}

/// The newest event that a process has seen: for adapters, who compare it with the log whenever a
/// connection is made anew, before anything is answered from there, and with every batch they
/// write.
///
/// Leaves cover the position, so an event that stands says that nothing before it was lost: events
/// are only ever lost from the end.
#[derive(Debug, Default)]
pub struct Seen(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    newest: Option<Mark>,
    loss: Option<Loss>,
}

impl Seen {
    /// The event to look for on a connection.
    pub fn newest(&self) -> Option<Mark> {
        self.lock().newest
    }

    /// Whether the log lost it.
    pub fn loss(&self) -> Option<Loss> {
        self.lock().loss
    }

    /// An event was read or written. While the log has lost what was seen, nothing that it holds
    /// instead takes its place.
    pub fn saw(&self, mark: Mark) {
        let mut state = self.lock();
        let known = state.newest.map_or(0, |newest| newest.position);
        if state.loss.is_none() && mark.position > known {
            state.newest = Some(mark);
        }
    }

    /// Events were read; hands them on.
    pub fn saw_all(&self, events: Vec<Recorded>) -> Vec<Recorded> {
        let newest = events.iter().max_by_key(|event| event.position);
        if let Some(newest) = newest {
            self.saw(Mark::of(newest));
        }
        events
    }

    /// Compares the event that was asked for with the leaf that a connection found in its place, in
    /// a log that ends at `ends`. A log that holds it again, because the right copy was put back, is
    /// whole again.
    ///
    /// # Errors
    /// [`LogError::Lost`] when the log does not hold it.
    pub fn compare(
        &self,
        asked: Option<Mark>,
        found: Option<Leaf>,
        ends: u64,
    ) -> Result<(), LogError> {
        let Some(mark) = asked else { return Ok(()) };
        let mut state = self.lock();
        if found == Some(mark.leaf) {
            if state.newest == asked {
                state.loss = None;
            }
            return Ok(());
        }
        let seen = state.newest.map_or(mark.position, |newest| newest.position);
        let loss = Loss { seen, ends };
        state.loss = Some(loss);
        Err(LogError::Lost(loss))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn mark(position: u64, leaf: u8) -> Mark {
        Mark {
            position,
            leaf: [leaf; 32],
        }
    }

    /// A process that has seen a log up to position 9.
    fn seen() -> Seen {
        let seen = Seen::default();
        seen.compare(None, None, 9).unwrap();
        seen.saw(mark(9, 9));
        seen
    }

    #[test]
    fn a_log_that_grew_is_the_same_log() {
        let seen = seen();
        seen.compare(seen.newest(), Some([9; 32]), 12).unwrap();
        seen.saw(mark(12, 12));
        seen.saw(mark(7, 7));
        assert_eq!((seen.newest(), seen.loss()), (Some(mark(12, 12)), None));
    }

    #[test]
    fn a_log_that_ends_before_or_grew_past_again_has_lost_something_until_it_is_put_back() {
        for (ends, found, told) in [
            (5, None, "it ends at position 5 and was seen up to 9"),
            (
                12,
                Some([8; 32]),
                "it holds another event at position 9 than was seen",
            ),
        ] {
            let seen = seen();
            let lost = seen.compare(seen.newest(), found, ends).unwrap_err();
            assert!(lost.to_string().contains(told), "{lost}");
            assert_eq!(seen.loss(), Some(Loss { seen: 9, ends }));
            // What the other log holds does not hide it.
            seen.saw(mark(20, 20));
            assert_eq!(seen.newest(), Some(mark(9, 9)));
            seen.compare(seen.newest(), Some([9; 32]), 10).unwrap();
            seen.saw(mark(10, 10));
            assert_eq!((seen.newest(), seen.loss()), (Some(mark(10, 10)), None));
        }
    }

    #[test]
    fn an_earlier_event_that_stands_does_not_make_up_for_a_later_one_that_does_not() {
        let seen = seen();
        seen.compare(seen.newest(), None, 8).unwrap_err();
        seen.compare(Some(mark(4, 4)), Some([4; 32]), 8).unwrap();
        assert!(seen.loss().is_some());
    }
}
