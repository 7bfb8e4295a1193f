//! The worklist as it was: tab lists and counts of every unit at any position of the log, and what
//! moved between two.
//!
//! One row per declaration, unit and range of positions in which the unit was shown the same step
//! in the same state. A row holds ids and codes only, so nothing in it has to be erased while its
//! declaration stands; names, numbers of identity and titles are those of the declaration as it is,
//! found when the list is read.
//!
//! What this crate must never do: hold anything of a person, or show anything of a draft.

mod diff;
mod projector;
mod query;

pub use diff::{Diff, Moved};
pub use projector::WorklistHistoryProjector;
pub use query::WorklistHistory;

/// The view's name.
pub const NAME: &str = "worklist-history";
