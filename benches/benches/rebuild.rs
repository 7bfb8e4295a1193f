//! Rebuild of worklist and handling record over a log of interleaved declarations on SQLite, beside
//! reading the same rows back raw.
//!
//! `cargo bench -p docket-benches --bench rebuild [-- FOLDER]`; `DOCKET_BENCH_EVENTS` for another
//! size than 300,000.
#![allow(missing_docs, clippy::disallowed_methods)] // a program that measures time

use anyhow::Result;
use docket_benches::{Lives, Report, WHOLE, processor_seconds, raw_read_back, record_and_worklist};
use docket_codec::Reader;
use docket_projection::{Config, Gate, Views};
use docket_store::Log;
use docket_store_sqlite::SqliteLog;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

const EVENTS: usize = 300_000;
/// Events of one whole review declaration with its claims and its person.
const EVENTS_A_LIFE: usize = 18;

/// The allocator of the `docket` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Events to replay.
fn wanted() -> usize {
    let told = std::env::var("DOCKET_BENCH_EVENTS").ok();
    told.and_then(|text| text.parse().ok()).unwrap_or(EVENTS)
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let folder = docket_benches::folder()?;
    let path = folder.path().join("docket.db");
    let wanted = wanted();
    let log = Arc::new(SqliteLog::open(&path, Uuid::from_u128(1)).await?);
    let lives = Arc::new(
        Lives::prepare(Arc::clone(&log) as Arc<dyn Log>, wanted / EVENTS_A_LIFE + 1).await,
    );
    lives.live(64, WHOLE).await;
    let events = log.head().await?.position as f64;
    log.checkpoint().await?;

    let used = processor_seconds();
    let limit = raw_read_back(&path, 1_000).await?;
    let raw_used = spent(used, events);
    let report = Report::against(
        &format!("rebuild: {events:.0} events of interleaved declarations"),
        "raw read-back, one JSON array of 1,000 rows a page",
        limit,
        "events",
    );
    let config = Config {
        place: folder.path().join("views").into(),
        incarnation: docket_domain::log::FIRST_INCARNATION,
        log: Arc::clone(&log) as Arc<dyn Log>,
        source: Arc::new(Reader::new(
            Arc::clone(&log) as Arc<dyn Log>,
            Arc::clone(lives.town.engine.ring()),
        )),
        projectors: record_and_worklist(),
        histories: Vec::new(),
        keep: std::time::Duration::ZERO,
    };
    let (began, used) = (Instant::now(), processor_seconds());
    let views = Views::open(config, &|_| {}).await?;
    report.line(
        "worklist and handling record, first build",
        events / began.elapsed().as_secs_f64(),
        "events",
    );
    report.note(&format!(
        "processor time an event: raw read-back {raw_used}, first build {}",
        spent(used, events)
    ));
    let began = Instant::now();
    let names = views.names();
    let rebuilt = views.rebuild(&names, Gate::Strict, &|_| {}).await?;
    report.line(
        "worklist and handling record, rebuilt and compared",
        events / began.elapsed().as_secs_f64(),
        "events",
    );
    for view in &rebuilt {
        let rows: u64 = view.new.iter().map(|sum| sum.rows).sum();
        report.note(&format!(
            "{}: {} rows, {} differences",
            view.name,
            rows,
            view.differences.len()
        ));
    }
    report.line(
        "  of which replay",
        events / rebuilt.first().map_or(1.0, |view| view.seconds),
        "events",
    );
    views.close().await;
    Ok(())
}

/// Processor time an event since a reading.
fn spent(before: Option<f64>, events: f64) -> String {
    match before.zip(processor_seconds()) {
        Some((before, after)) => format!("{:.1} µs", (after - before) / events * 1e6),
        None => "unknown".to_owned(),
    }
}
