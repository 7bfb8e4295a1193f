mod accept_restored;
mod head;
mod verify;

use super::Context;
use crate::backend::Backend;
use crate::exit::Exit;
use clap::{Args, Subcommand};

/// Show the log's head, or prove all of it
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  docket log head\n  docket log verify")]
pub struct Log {
    #[command(subcommand)]
    pub verb: LogVerb,
}

/// What to do with the log.
#[derive(Debug, Subcommand)]
pub enum LogVerb {
    /// Its id, size, root and newest time, as GET /log/head publishes them, and its level; exit 1 where an
    /// event is not what its leaf says
    #[command(
        after_help = "Examples:\n  docket log head\n  docket log head --json > head-2026-03-31.json"
    )]
    Head,
    AcceptRestored(accept_restored::AcceptRestored),
    Verify(verify::Verify),
}

pub async fn run(args: &Log, context: &Context) -> anyhow::Result<Exit> {
    let settings = context.settings.resolve(None)?;
    match &args.verb {
        LogVerb::AcceptRestored(args) => accept_restored::run(args, &settings, context).await,
        LogVerb::Verify(args) => verify::run(args, &settings, context).await,
        LogVerb::Head => {
            let backend = Backend::open_existing(&settings.database).await?;
            head::run(&backend, context).await?;
            backend.close().await?;
            Ok(Exit::Done)
        }
    }
}
