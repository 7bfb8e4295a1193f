use crate::backend::Backend;
use crate::check;
use crate::commands::Context;
use crate::exit::{Exit, Stop};
use crate::settings::Settings;
use clap::Args;
use docket_domain::time::Instant;
use docket_engine::level_of_log;
use docket_store::PublishedHead;
use docket_verify::Report;
use serde_json::json;

/// Prove every event, document, key and trigger; exit 3 names every position that is wrong
#[derive(Debug, Args)]
#[command(after_help = "\
Checks the whole database and goes on behind whatever is wrong: positions, versions, times, hashes
and commands of all events; that each sealed part authenticates its event; documents and keys; tables,
indexes and triggers. At most 200 findings are printed, all are counted. It says too what it could not
check: without the key file nothing sealed is opened, and only a head kept outside shows that the end
was cut off, that an older copy took the log's place, or that its end was written anew.

It writes nothing, and may run beside servers and on a standby. Exit 0 whole, 3 not, 1 when it could
not be done.

Examples:
  docket log verify
  docket log verify --size 1200 --root 5f0c…
  docket log verify --json --database-url postgres://docket@standby/docket")]
pub struct Verify {
    /// Size of a head published earlier
    #[arg(long, requires = "root")]
    size: Option<u64>,
    /// Root of that head, hex
    #[arg(long, requires = "size")]
    root: Option<String>,
}

pub async fn run(args: &Verify, settings: &Settings, context: &Context) -> anyhow::Result<Exit> {
    let output = context.output;
    let head = match (args.size, &args.root) {
        (Some(size), Some(root)) => Some(published(size, root)?),
        _ => None,
    };
    let ring = check::ring(&settings.key_file)?;
    if ring.is_none() {
        let path = settings.key_file.display();
        output.note(format_args!(
            "no key file at {path}: nothing sealed is opened"
        ));
    }
    let backend = Backend::open_to_look(&settings.database).await?;
    let report = check::run(&backend, ring.as_ref(), head, output).await?;
    tell(&backend, &report, context).await?;
    backend.close().await?;
    match report.findings.total() {
        0 => Ok(Exit::Done),
        total => Err(Stop::different(format!(
            "{total} findings: {}",
            check::by_part(&report)
        ))),
    }
}

fn published(size: u64, root: &str) -> anyhow::Result<PublishedHead> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(root, &mut bytes)
        .map_err(|_| Stop::usage("--root should be 64 hex digits"))?;
    Ok(PublishedHead { size, root: bytes })
}

async fn tell(backend: &Backend, report: &Report, context: &Context) -> anyhow::Result<()> {
    let log = backend.log();
    // A log whose own stream cannot be read has no level that anybody could trust.
    let level = level_of_log(log.as_ref()).await.ok();
    let is_standby = backend.is_standby().await?;
    if context.output.json {
        let mut told = check::as_json(report);
        told["log_id"] = json!(log.id());
        told["level"] = json!(level);
        told["standby"] = json!(is_standby);
        return context.output.value(&told);
    }
    let output = context.output;
    for finding in report.findings.shown() {
        output.line(check::line(finding));
    }
    let total = report.findings.total();
    match total {
        0 => output.line(format_args!("{}; nothing is wrong", check::checked(report))),
        _ => output.line(check::checked(report)),
    }
    let shown = report.findings.shown().len() as u64;
    if shown < total {
        output.line(format_args!("{} of them are not printed", total - shown));
    }
    output.line("what this check could not see:");
    for what in &report.unchecked {
        output.line(format_args!("- {what}"));
    }
    let root = report
        .root
        .map_or_else(|| "none: positions are missing".to_owned(), hex::encode);
    let level = level.map_or_else(|| "cannot be read".to_owned(), |level| level.to_string());
    output.line(format_args!(
        "log   {}\nsize  {}\nroot  {root}\nat    {}\nlevel {level}",
        log.id(),
        report.size,
        Instant::from_micros(report.recorded_at)
    ));
    if is_standby {
        output.line("the server is a standby: it may be behind its primary");
    }
    Ok(())
}
