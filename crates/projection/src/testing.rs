//! Laws and random histories for the tests of projectors. Not part of any binary.

mod cast;
mod ground;
mod laws;
mod moves;
mod plain;
mod walk;

pub use cast::{Cast, Dice};
pub use ground::Ground;
pub use laws::{config, holds_the_laws, look, views, views_that_keep};
pub use plain::PlainLog;
pub use walk::{Walk, history};

use std::cell::Cell;

thread_local! {
    static FAIL_AT: Cell<u64> = const { Cell::new(0) };
}

/// Makes the batch that ends at a position fail between its rows and its commit, once. The test
/// must run on one thread.
pub fn fail_at(position: u64) {
    FAIL_AT.with(|at| at.set(position));
}

pub(crate) fn fails_at(position: u64) -> bool {
    FAIL_AT.with(|at| at.get() == position && at.replace(0) == position && position > 0)
}
