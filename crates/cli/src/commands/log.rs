mod verify;

use super::Context;
use crate::backend::Backend;
use crate::exit::Exit;
use clap::{Args, Subcommand};
use docket_domain::log::Level;
use docket_domain::time::Instant;
use docket_engine::level_of_log;
use docket_store::RootBuilder;
use serde_json::json;

const PAGE_LEAVES: usize = 10_000;

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
    /// Its id, size, root and newest time, as GET /log/head publishes them, and its level
    #[command(
        after_help = "Examples:\n  docket log head\n  docket log head --json > head-2026-03-31.json"
    )]
    Head,
    Verify(verify::Verify),
}

pub async fn run(args: &Log, context: &Context) -> anyhow::Result<Exit> {
    let settings = context.settings.resolve(None)?;
    match &args.verb {
        LogVerb::Verify(args) => verify::run(args, &settings, context).await,
        LogVerb::Head => {
            let backend = Backend::open_existing(&settings.database).await?;
            head(&backend, context).await?;
            backend.close().await?;
            Ok(Exit::Done)
        }
    }
}

async fn head(backend: &Backend, context: &Context) -> anyhow::Result<()> {
    let log = backend.log();
    let newest = log.head().await?;
    let mut root = RootBuilder::default();
    while root.size() < newest.position {
        let after = root.size();
        let rest = usize::try_from(newest.position - after).unwrap_or(usize::MAX);
        let leaves = log.leaves(after, rest.min(PAGE_LEAVES)).await?;
        anyhow::ensure!(!leaves.is_empty(), "position {} is missing", after + 1);
        leaves.into_iter().for_each(|leaf| root.push(leaf));
    }
    let at = Instant::from_micros(newest.recorded_at);
    let level = level_of_log(log.as_ref()).await?;
    print(context, log.id(), newest.position, root.root(), at, level)
}

fn print(
    context: &Context,
    id: uuid::Uuid,
    size: u64,
    root: [u8; 32],
    at: Instant,
    level: Level,
) -> anyhow::Result<()> {
    let root = hex::encode(root);
    if context.output.json {
        return context
            .output
            .value(&json!({ "log_id": id, "size": size, "root": root, "at": at, "level": level }));
    }
    context.output.line(format_args!(
        "log   {id}\nsize  {size}\nroot  {root}\nat    {at}\nlevel {level}"
    ));
    Ok(())
}
