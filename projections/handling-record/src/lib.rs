//! 办理记录: what happened to a declaration, as people read it (§5.11, §12).
//!
//! A row per shown event holds ids, codes and the texts frozen in it; [`render`] makes the table
//! of it for whoever asks, with units' names and deadlines as they are now. A changed label needs no
//! rebuild.
//!
//! What this crate must never do: show an unmasked name to anyone but an auditor who asks for it,
//! show 推荐意见 to the applicant, or keep a name before the declaration was submitted.

mod event;
mod projector;
mod query;
mod render;

pub use event::Happened;
pub use projector::HandlingRecordProjector;
pub use query::{Entry, HandlingRecord, Operator, Pending as PendingAfter, Record};
pub use render::{Asks, Line, Lookup, Pending, render};

/// The view's name.
pub const NAME: &str = "handling-record";
