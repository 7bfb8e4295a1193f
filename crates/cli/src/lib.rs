//! The `docket` command line, and the composition root.
//!
//! [`args`] is the command line, `commands/` one file per verb. [`node`] puts a log, its keys and
//! its engine together; [`demo`] invents data by running real commands under a clock of its own.
//!
//! What this crate must never do: decide anything about a declaration, write a row, or know an
//! engine of the log outside [`backend`].
//!
//! # Adding a verb
//! A file in `commands/` with its arguments, an example in its help and `run`; a variant of
//! [`args::Verb`]; an arm in `dispatch`.

mod args;
mod backend;
mod check;
mod clock;
mod commands;
mod daily;
mod demo;
mod exit;
mod history;
mod metrics;
mod node;
mod output;
mod progress;
mod reactors;
mod running;
mod server;
mod settings;
mod standing;
mod table;
mod views;

use args::{Cli, Verb};
use clap::Parser;
use commands::Context;
use exit::{Exit, exit_of};
use output::Output;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    keep_files_private();
    let cli = Cli::parse();
    let output = Output::new(cli.json);
    listen_to_tracing(cli.json);
    std::panic::set_hook(Box::new(|panic| {
        // The message of a panic may quote anything, so only its place is told.
        tracing::error!(
            place = panic.location().map(tracing::field::display),
            "a panic"
        );
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(dispatch(cli, output)),
        Err(error) => Err(error.into()),
    };
    let exit = ended.unwrap_or_else(|error| {
        tell(&error, output);
        exit_of(&error)
    });
    ExitCode::from(exit as u8)
}

async fn dispatch(cli: Cli, output: Output) -> anyhow::Result<Exit> {
    let context = Context {
        settings: cli.settings,
        output,
    };
    match &cli.verb {
        Verb::Demo(args) => commands::demo::run(args, &context).await,
        Verb::Serve(args) => commands::serve::run(args, &context).await,
        Verb::Migrate(args) => commands::migrate::run(args, &context).await,
        Verb::Replay(args) => commands::replay::run(args, &context).await,
        Verb::Projections(args) => commands::projections::run(args, &context).await,
        Verb::Worklist(args) => commands::worklist::run(args, &context).await,
        Verb::Workflow(args) => commands::workflow::run(args, &context),
        Verb::Calendar(args) => commands::calendar::run(args, &context).await,
        Verb::Log(args) => commands::log::run(args, &context).await,
        Verb::Doctor(args) => commands::doctor::run(args, &context).await,
        Verb::Openapi(args) => commands::openapi::run(args, &context),
        Verb::Completions(args) => commands::completions::run(args, &context),
    }
}

/// Whatever this process makes, log, read models, locks and exports, is for its own user alone: 0600
/// and 0700, whatever the umask was. SQLite gives its side files the mode of the file they belong to.
fn keep_files_private() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

/// The error with its causes; as JSON where data is.
fn tell(error: &anyhow::Error, output: Output) {
    if output.json {
        output.note(serde_json::json!({ "error": format!("{error:#}") }));
    } else {
        output.note(format_args!("docket: {error:#}"));
    }
}

/// What is told unless `DOCKET_LOG` asks for something else: what should not be, and that a read
/// model has another meaning than in the version of Docket before.
const TOLD: &str = "warn,docket_projection::change=info";

/// Diagnostics go to stderr, as much as `DOCKET_LOG` asks for.
fn listen_to_tracing(json: bool) {
    let filter = EnvFilter::try_from_env("DOCKET_LOG").unwrap_or_else(|_| EnvFilter::new(TOLD));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if json {
        lines.json().init()
    } else {
        lines.init()
    }
}
