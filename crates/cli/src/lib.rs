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
mod printable;
mod privileges;
mod progress;
mod reactors;
mod running;
mod server;
mod settings;
mod standing;
mod table;
mod views;

use args::{Cli, Ended, Verb, without_secrets};
use commands::Context;
use exit::{Exit, Stop, exit_of};
use output::Output;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    keep_files_private();
    let cli = match Cli::of_process() {
        Ok(cli) => cli,
        Err(ended) => return end(ended),
    };
    let output = Output::new(cli.json);
    if let Err(error) = listen_to_tracing(cli.json) {
        tell(&error, output);
        return ExitCode::from(Exit::Usage as u8);
    }
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
        Ok(runtime) => runtime.block_on(async {
            let flags = cli.settings.clone();
            match dispatch(cli, output).await {
                Err(error) => Err(privileges::explain(error, &flags).await),
                ended => ended,
            }
        }),
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
        Verb::Database(args) => commands::database::run(args, &context).await,
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

/// Nothing is to be done.
fn end(ended: Ended) -> ExitCode {
    let output = Output::new(false);
    match ended {
        Ended::Printed => return ExitCode::SUCCESS,
        Ended::Parser(text) => output.notes(text.trim_end()),
        Ended::Setting(error) => tell(&error, output),
    }
    ExitCode::from(Exit::Usage as u8)
}

/// The error with its causes; as JSON where data is.
fn tell(error: &anyhow::Error, output: Output) {
    let text = without_secrets(&format!("{error:#}"));
    if output.json {
        output.note_value(&serde_json::json!({ "error": text }));
    } else {
        output.notes(&format!("docket: {text}"));
    }
}

/// What is told unless `DOCKET_LOG` asks for something else: what should not be, and that a read
/// model has another meaning than in the version of Docket before.
const TOLD: &str = "warn,docket_projection::change=info";

/// Diagnostics go to stderr, as much as `DOCKET_LOG` asks for.
fn listen_to_tracing(json: bool) -> anyhow::Result<()> {
    let asked = std::env::var("DOCKET_LOG").unwrap_or_default();
    let asked = if asked.is_empty() { TOLD } else { &asked };
    let filter = EnvFilter::builder().parse(asked).map_err(|_| {
        Stop::usage(
            "DOCKET_LOG cannot be read; write a level (error, warn, info, debug, trace, off), or \
             several for parts of the program, as in warn,docket_projection=debug",
        )
    })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if json {
        lines.json().init()
    } else {
        lines.init()
    }
    Ok(())
}
