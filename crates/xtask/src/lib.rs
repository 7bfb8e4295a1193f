//! The chores of the repository: `cargo xtask test`, `tidy`, `regen` and `drill`.
//!
//! `test` is the whole of what a change must pass, here and in continuous integration. `tidy` holds
//! what no compiler holds: which crate may use which, how long functions and files may be, what
//! lies at the top, that links and commands in the pages lead somewhere. `regen` rewrites the files
//! that are made from code. `drill` kills servers under load, as often as asked.
//!
//! What this crate must never do: be needed by anything that ships, or need more than Rust itself
//! to run. It does not link the crates it checks, so that a broken crate cannot stop its checks;
//! only `tests/generated/`, which compares files with code, does.
//!
//! # Adding a check
//! Write `fn(&Tree) -> Vec<Offence>` in a file of `tidy/`, with a test that shows it a bad tree, and
//! add it to the list in `tidy.rs`. An offence names the file, the line, and what to do.

pub mod database;
pub mod drill;
pub mod regen;
pub mod stages;
pub mod tidy;

use std::path::PathBuf;

/// The root of the workspace.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("crates/xtask lies two folders below the root")
        .to_path_buf()
}
