//! One file per verb: its arguments with an example, and `run`.

pub mod calendar;
pub mod completions;
pub mod database;
pub mod demo;
pub mod doctor;
pub mod log;
pub mod migrate;
pub mod openapi;
pub mod projections;
pub mod replay;
pub mod serve;
pub mod workflow;
pub mod worklist;

use crate::output::Output;
use crate::settings::SettingFlags;

/// What every verb is given.
pub struct Context {
    /// The settings' flags.
    pub settings: SettingFlags,
    /// Where its words go.
    pub output: Output,
}
