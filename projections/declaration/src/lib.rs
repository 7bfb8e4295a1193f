//! One declaration with its steps and sections: what `GET /declarations/{id}` shows.
//!
//! What this crate must never do: decide who may see it, or keep the applicant's name, numbers or
//! category before the first submission.

mod projector;
mod query;

pub use projector::{DeclarationProjector, Section};
pub use query::{DeadlineBasis, DeclarationRow, Declarations, Handler, StepRow};

/// The view's name.
pub const NAME: &str = "declaration";
