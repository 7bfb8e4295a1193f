use super::Context;
use crate::backend::Backend;
use crate::exit::{Exit, Stop};
use crate::progress::Progress;
use clap::{Args, Subcommand};
use docket_domain::log::Level;
use docket_domain::time::Instant;
use docket_engine::level_of_log;
use docket_store::{LogError, PublishedHead, RootBuilder, verify};
use serde_json::json;

const PAGE_LEAVES: usize = 10_000;

/// Show the log's head, or recompute every hash
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
    /// Recompute every hash from the events; exit 3 names the first position that is wrong
    #[command(after_help = "\
Checks positions, versions, times and hashes of the whole log. Events cut off its end leave a log
that is whole in itself; only a head published earlier proves them missing, so give one.

Examples:
  docket log verify
  docket log verify --size 1200 --root 5f0c…")]
    Verify {
        /// Size of a head published earlier
        #[arg(long, requires = "root")]
        size: Option<u64>,
        /// Root of that head, hex
        #[arg(long, requires = "size")]
        root: Option<String>,
    },
}

pub async fn run(args: &Log, context: &Context) -> anyhow::Result<Exit> {
    let settings = context.settings.resolve(None)?;
    let published = match &args.verb {
        LogVerb::Verify {
            size: Some(size),
            root: Some(root),
        } => Some(published(*size, root)?),
        _ => None,
    };
    let backend = Backend::open_existing(&settings.database).await?;
    match &args.verb {
        LogVerb::Head => head(&backend, context).await?,
        LogVerb::Verify { .. } => check(&backend, published, context).await?,
    }
    backend.close().await?;
    Ok(Exit::Done)
}

fn published(size: u64, root: &str) -> anyhow::Result<PublishedHead> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(root, &mut bytes)
        .map_err(|_| Stop::usage("--root should be 64 hex digits"))?;
    Ok(PublishedHead { size, root: bytes })
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

async fn check(
    backend: &Backend,
    published: Option<PublishedHead>,
    context: &Context,
) -> anyhow::Result<()> {
    let log = backend.log();
    let progress = Progress::new(
        context.output,
        "verify",
        log.head().await?.position,
        "events",
    );
    let verified = verify(log.as_ref(), published, &mut |position| {
        progress.at(position)
    })
    .await;
    progress.finish();
    match verified {
        Ok(found) => {
            if !context.output.json {
                context.output.line(format_args!(
                    "{} events, every hash recomputed, nothing missing",
                    found.size
                ));
            }
            print(
                context,
                log.id(),
                found.size,
                found.root,
                Instant::from_micros(found.recorded_at),
                level_of_log(log.as_ref()).await?,
            )
        }
        Err(error @ LogError::Corrupt { .. }) => Err(Stop::different(error)),
        Err(error) => Err(error.into()),
    }
}
