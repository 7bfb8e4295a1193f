//! What the benches share: lives to drive through an engine, the raw limit of the same rows, and
//! the table that prints both side by side.
//!
//! Every bench prints the limit of its own rows beside Docket's figure, measured in the same run on
//! the same disk, with fsync on. Absolute numbers vary from machine to machine; ratios decide.
//!
//! What this crate must never do: measure without fsync, or print a figure without its limit.
//!
//! # Adding a bench
//! A file in `benches/`, a `[[bench]]` entry with `harness = false`, a row in README.md.

#![allow(clippy::disallowed_methods)] // programs that measure time

mod lives;
mod raw;
mod report;
mod views;

pub use lives::{Lives, REPORTED, Timing, WHOLE};
pub use raw::{all_events, raw_append, raw_read_back};
pub use report::Report;
pub use views::{LiveViews, live_views, record_and_worklist};

/// A fresh folder for a bench's files: below the one named as the last argument, or the system's.
///
/// # Errors
/// When it cannot be made.
pub fn folder() -> std::io::Result<tempfile::TempDir> {
    let named = std::env::args()
        .skip(1)
        .rfind(|argument| !argument.starts_with('-'));
    tempfile::TempDir::new_in(named.map_or_else(std::env::temp_dir, Into::into))
}

/// Processor seconds this process has used on all cores, where the system tells: a figure that a
/// busy machine spoils less than the clock's.
pub fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}
