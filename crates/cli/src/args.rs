//! The command line: one file per verb in `commands/`.

mod read;

use crate::commands;
use crate::settings::SettingFlags;
use clap::{Parser, Subcommand};
pub use read::{Ended, without_secrets};

/// Docket: professional-title declarations as an event log with read models.
#[derive(Debug, Parser)]
#[command(name = "docket", version, propagate_version = true, after_help = EXAMPLES)]
pub struct Cli {
    /// Write data as JSON
    #[arg(long, global = true)]
    pub json: bool,
    #[command(flatten)]
    pub settings: SettingFlags,
    #[command(subcommand)]
    pub verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  docket demo                     everything in one process, with invented data
  docket migrate --new            a new system, in sqlite:docket.db
  docket serve                    its server
  docket serve --database-url postgres://docket@127.0.0.1/docket
  docket replay 20260303QJWR      one declaration, event by event

Settings: flags go over DOCKET_* in the environment, these over docket.toml.
Exit codes: 0 done, 1 failed, 2 usage, 3 a verification found differences, 4 conflict.";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show the system on invented data, then serve it
    Demo(commands::demo::Demo),
    /// Serve the HTTP interface
    Serve(commands::serve::Serve),
    /// Bring the log up to this version, or found a new one
    Migrate(commands::migrate::Migrate),
    /// Show a declaration's history, event by event
    Replay(commands::replay::Replay),
    /// List, inspect and rebuild the read models
    Projections(commands::projections::Projections),
    /// Look at the units' lists as they were
    Worklist(commands::worklist::Worklist),
    /// Check and draw workflow definitions
    Workflow(commands::workflow::Workflow),
    /// Load and show the holiday calendar
    Calendar(commands::calendar::Calendar),
    /// Show the log's head, or prove all of it
    Log(commands::log::Log),
    /// Look at a PostgreSQL database before Docket uses it
    Database(commands::database::Database),
    /// Look for settings that lose data or stop the work
    Doctor(commands::doctor::Doctor),
    /// Print the OpenAPI document
    Openapi(commands::openapi::Openapi),
    /// Print a completion script for a shell
    Completions(commands::completions::Completions),
}
