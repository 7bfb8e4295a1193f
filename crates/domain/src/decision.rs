use crate::claim::{ClaimChange, ClaimFreed, ClaimTaken, YearLockCreated};
use crate::event::Event;
use crate::refusal::Warning;
use crate::stream::Stream;

/// What the log must hold of a changed stream for the decision to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// The version that the decision read.
    AsSeen,
    /// No event at all.
    Absent,
    /// Whatever stands there.
    Any,
}

/// Events for one stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The stream.
    pub stream: Stream,
    /// What it must be like.
    pub expected: Expectation,
    /// What happened.
    pub events: Vec<Event>,
}

/// An accepted command: what happened, on which streams, and what the user should know.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decision {
    /// The command's own stream first, then claims.
    pub changes: Vec<Change>,
    /// Warnings; they refuse nothing.
    pub warnings: Vec<Warning>,
}

impl Decision {
    /// Events on one stream that must stand where it was read.
    pub fn on(stream: Stream, events: Vec<Event>) -> Self {
        Self {
            changes: vec![Change {
                stream,
                expected: Expectation::AsSeen,
                events,
            }],
            warnings: Vec::new(),
        }
    }

    /// Adds events on a further stream, in the same transaction.
    pub fn and(mut self, stream: Stream, events: Vec<Event>) -> Self {
        self.changes.push(Change {
            stream,
            expected: Expectation::AsSeen,
            events,
        });
        self
    }

    /// Adds what the events do to claims, in the same transaction.
    pub fn claiming(mut self, claims: Vec<ClaimChange>) -> Self {
        self.changes.extend(claims.into_iter().map(Change::from));
        self
    }

    /// Adds warnings.
    pub fn warning(mut self, warnings: Vec<Warning>) -> Self {
        self.warnings = warnings;
        self
    }
}

impl From<ClaimChange> for Change {
    fn from(claim: ClaimChange) -> Self {
        let (stream, expected, event) = match claim {
            ClaimChange::TakeForGood { stream, by } => {
                (stream, Expectation::Absent, ClaimTaken { by }.into())
            }
            ClaimChange::Take { stream, by } => {
                (stream, Expectation::AsSeen, ClaimTaken { by }.into())
            }
            ClaimChange::Free { stream, by } => {
                (stream, Expectation::Any, ClaimFreed { by }.into())
            }
            ClaimChange::Count {
                stream,
                declaration,
            } => (
                stream,
                Expectation::Any,
                YearLockCreated { declaration }.into(),
            ),
        };
        Change {
            stream,
            expected,
            events: vec![event],
        }
    }
}
