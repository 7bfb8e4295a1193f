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

pub mod http;
mod lag;
mod lives;
mod options;
mod peers;
pub mod postgres;
mod raw;
mod report;
pub mod seeding;
mod usage;
mod views;

pub use lag::{Lag, LagMeter, mean, percentile};
pub use lives::{Lives, Phase, REPORTED, Timing, WHOLE};
pub use options::Options;
pub use peers::{PeerRun, ReplayRun, best, build_peers, replay_peer, run_peers};
pub use raw::{all_events, raw_append, raw_read_back};
pub use report::{Aim, Most, Report};
pub use usage::{Usage, peak_megabytes, processor_seconds};
pub use views::{LiveViews, all_views, live_views, record_and_worklist};

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
