//! 我的申请书: an applicant's own declarations with their progress (§11.4, A43).
//!
//! What this crate must never do: keep a name (the applicant knows it), or show a deleted draft.

mod projector;
mod query;

pub use projector::{MyDeclarationsProjector, PathStep};
pub use query::{Cursor, Mine, MyDeclarations, MyPage, NoCursor, Progress, Reached};

/// The view's name.
pub const NAME: &str = "my-declarations";
