//! 我的申请书: an applicant's own declarations with their progress (§11.4, A43).
//!
//! What this crate must never do: keep a name (the applicant knows it), or show a deleted draft.
//! The reasons of a return and a termination are the only texts it keeps; erasure takes them.

mod projector;
mod query;

pub use projector::{MyDeclarationsProjector, PathStep, SentBack};
pub use query::{Cursor, Mine, MyDeclarations, MyPage, NoCursor, Progress, Reached};

/// The view's name.
pub const NAME: &str = "my-declarations";
