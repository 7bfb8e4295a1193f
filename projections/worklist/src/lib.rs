//! The worklist: every tab of every unit, with exact counts (§5.1, §13A.5).
//!
//! One row per declaration and unit that has a step in it, for the step that the unit is shown. A
//! row holds ids, codes and what decisions froze; the deadline in force, units' names and what the
//! caller may do are found when it is read.
//!
//! What this crate must never do: mask silently (callers choose, see [`Item::masked`]), decide, or
//! show anything of a draft.

mod cursor;
mod filter;
mod item;
mod list;
mod projector;
mod query;

pub use cursor::Cursor;
pub use filter::{Filter, From};
pub use item::{DeadlineBasis, Handler, Item, read_target};
pub use list::List;
pub use projector::{WorklistProjector, shown};
pub use query::{Counts, Page, Question, Worklist};

/// The view's name.
pub const NAME: &str = "worklist";
/// Rows that may be reached by jumping to a page, and up to which totals are exact.
pub const REACH: u64 = 10_000;
