//! Commands a second through load, decide, seal and append on SQLite with `synchronous=FULL`, 1 and
//! 64 callers, without and with live projections, beside the raw bulk insert of the same rows.
//!
//! `cargo bench -p docket-benches --bench append [-- FOLDER]`
#![allow(missing_docs, clippy::disallowed_methods)] // a program that measures time

use anyhow::Result;
use docket_benches::{Lives, REPORTED, Report, Timing, all_events, live_views, raw_append};
use docket_store::{Log, Recorded};
use docket_store_sqlite::SqliteLog;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

const DRAFTS_FOR_ONE: usize = 400;
const DRAFTS_FOR_MANY: usize = 5_000;
const CALLERS: usize = 64;

/// The allocator of the `docket` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let folder = docket_benches::folder()?;
    let one = run(folder.path(), 1, DRAFTS_FOR_ONE, false).await?;
    let many = run(folder.path(), CALLERS, DRAFTS_FOR_MANY, false).await?;
    let one_viewed = run(folder.path(), 1, DRAFTS_FOR_ONE, true).await?;
    let many_viewed = run(folder.path(), CALLERS, DRAFTS_FOR_MANY, true).await?;
    let (rows, commands) = (&many.rows, many.timing.commands as f64);
    let limit_64 = raw_append(folder.path(), rows, 64).await?;
    let limit_256 = raw_append(folder.path(), rows, 256).await?;
    let limit_1 = raw_append(folder.path(), &rows[..rows.len().min(4_000)], 1).await?;
    let bytes: usize = rows.iter().map(row_bytes).sum();
    let report = Report::against(
        "append: a declaration's submit, sign, approve-and-publicize, report",
        "raw bulk insert of the same rows, 64 a transaction",
        limit_64,
        "rows",
    );
    report.line("raw bulk insert, 256 a transaction", limit_256, "rows");
    report.line("raw insert, 1 a transaction", limit_1, "rows");
    report.line("Docket, 64 callers", many.timing.rate(), "commands");
    report.line(
        "Docket, 64 callers, live projections",
        many_viewed.timing.rate(),
        "commands",
    );
    report.line("Docket, 1 caller", one.timing.rate(), "commands");
    report.line(
        "Docket, 1 caller, live projections",
        one_viewed.timing.rate(),
        "commands",
    );
    for (phase, rate) in &many.timing.rates {
        report.line(
            &format!("  of which {phase:?}, 64 callers"),
            *rate,
            "commands",
        );
    }
    report.note(&format!(
        "views caught up {:.0?} after the last answer under 64 callers",
        many_viewed.behind
    ));
    let per_command = rows.len() as f64 / commands;
    report.note(&format!(
        "{per_command:.2} rows a command, {} bytes a row",
        bytes / rows.len().max(1)
    ));
    report.line(
        "Docket, 64 callers, in rows",
        many.timing.rate() * per_command,
        "rows",
    );
    Ok(())
}

struct Run {
    timing: Timing,
    rows: Vec<Recorded>,
    /// How long the views needed to show the last command once it was answered.
    behind: Duration,
}

async fn run(folder: &Path, callers: usize, drafts: usize, viewed: bool) -> Result<Run> {
    let name = format!("append-{callers}-{viewed}");
    let log: Arc<dyn Log> =
        Arc::new(SqliteLog::open(&folder.join(format!("{name}.db")), Uuid::from_u128(1)).await?);
    let lives = Arc::new(Lives::prepare(Arc::clone(&log), drafts).await);
    let views = if viewed {
        Some(live_views(&lives.town, folder.join(&name).into()).await?)
    } else {
        None
    };
    let before = log.head().await?.position;
    let timing = lives.live(callers, REPORTED).await;
    let began = Instant::now();
    if let Some(views) = &views {
        views.wait(log.as_ref()).await?;
    }
    let behind = began.elapsed();
    let rows = all_events(log.as_ref())
        .await?
        .into_iter()
        .filter(|row| row.position > before)
        .collect();
    if let Some(views) = views {
        views.close().await;
    }
    Ok(Run {
        timing,
        rows,
        behind,
    })
}

fn row_bytes(row: &Recorded) -> usize {
    row.payload.len() + row.metadata.len() + row.sealed.len() + row.stream.as_str().len()
}
