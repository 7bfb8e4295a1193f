//! A replay into new generations on PostgreSQL beside the raw COPY of the same log and beside
//! `QueryReplay` of cqrs-es, in one run: worklist and handling record together, then all views of the
//! binary. The log is filled with whole lives of interleaved declarations.
//!
//! `cargo bench -p docket-benches --bench replay [-- --events 10000000]`
#![allow(missing_docs, clippy::disallowed_methods, clippy::print_stdout)] // a program that measures time and prints

use anyhow::{Context, Result, ensure};
use docket_benches::postgres::{Server, connect};
use docket_benches::seeding::Seeder;
use docket_benches::{
    Most, Options, Report, all_views, build_peers, peak_megabytes, processor_seconds,
    record_and_worklist, replay_peer,
};
use docket_codec::{KeyRing, OsEntropy, Reader};
use docket_projection::{Config, Place, Views};
use docket_store::Log;
use docket_store_postgres::PostgresLog;
use docket_testkit::town::Town;
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

const EVENTS: u64 = 1_200_000;
/// Events of the peer: its rate does not grow with them.
const PEER_EVENTS: u64 = 6_000;
/// The raw COPY is timed so often, and the fastest counts.
const ROUNDS: usize = 3;
/// What tells this program that it is to replay, and how.
const JOB: &str = "DOCKET_BENCH_REPLAY";

/// Times of the raw COPY.
const TWO_VIEWS: Most = Most(2.0);
const ALL_VIEWS: Most = Most(3.5);
const MEGABYTES: Most = Most(300.0);

/// The allocator of the `docket` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A replay in a process of its own, so that the memory it takes can be told.
#[derive(Serialize, Deserialize)]
struct Job {
    log: String,
    views: String,
    keys: PathBuf,
    all: bool,
}

/// What it measured.
#[derive(Serialize, Deserialize)]
struct Done {
    seconds: f64,
    processor: Option<f64>,
    megabytes: Option<f64>,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    if let Ok(job) = std::env::var(JOB) {
        let done = replay(serde_json::from_str(&job)?).await?;
        println!("{}", serde_json::to_string(&done)?);
        return Ok(());
    }
    let options = Options::read();
    build_peers()?;
    let server = Server::start(&options).await?;
    println!("{}", server.settings().await?);
    let folder = tempfile::tempdir()?;
    let keys = folder.path().join("docket.key");
    let usual = if options.quick { EVENTS / 20 } else { EVENTS };
    let url = server.database("log").await?;
    let events = fill(&url, &keys, options.events.unwrap_or(usual)).await?;
    let raw = raw(&url).await?;
    let report = Report::against(
        &format!("replay of {events} events of interleaved declarations"),
        &format!("raw COPY TO STDOUT, the fastest of {ROUNDS}"),
        events as f64 / raw,
        "events",
    );
    report.note(&format!("it took {raw:.2} s"));
    for (what, all, most) in [
        ("worklist and handling record", false, TWO_VIEWS),
        ("all views", true, ALL_VIEWS),
    ] {
        let job = Job {
            log: url.clone(),
            views: server.database("views").await?,
            keys: keys.clone(),
            all,
        };
        measure(&server, &report, &job, (what, most), (events, raw)).await?;
    }
    let peer_events = if options.quick {
        PEER_EVENTS / 10
    } else {
        PEER_EVENTS
    };
    let peer = replay_peer(&server.database("peer").await?, peer_events)?;
    report.line(
        &format!("cqrs-es QueryReplay, one view, {} events", peer.events),
        peer.events as f64 / peer.seconds,
        "events",
    );
    Ok(())
}

/// A log of a size, and how many events it has in the end.
async fn fill(url: &str, keys: &Path, size: u64) -> Result<u64> {
    let log: Arc<dyn Log> = Arc::new(PostgresLog::open(url, Uuid::from_u128(1)).await?);
    let (ring, _) = KeyRing::open_or_create(keys, &OsEntropy)?;
    let town = Town::found_with(Arc::clone(&log), Arc::new(ring), Arc::new(OsEntropy)).await;
    let mut seeder = Seeder::learn(Arc::new(town), url).await?;
    let began = Instant::now();
    seeder.grow_to(size, &|_| {}).await?;
    let events = log.head().await?.position;
    println!("\n{events} events seeded in {:.0?}", began.elapsed());
    connect(url).await?.batch_execute("CHECKPOINT").await?;
    Ok(events)
}

/// Seconds that the whole table takes to come out.
async fn raw(url: &str) -> Result<f64> {
    let client = connect(url).await?;
    let mut fastest = f64::INFINITY;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let copy = "COPY docket_log.events TO STDOUT (FORMAT binary)";
        let rows = client.copy_out(copy).await?;
        let bytes = rows.try_fold(0, |bytes, row| async move { Ok(bytes + row.len()) });
        ensure!(bytes.await? > 0, "nothing came out");
        fastest = fastest.min(began.elapsed().as_secs_f64());
    }
    Ok(fastest)
}

/// Replays in a process of its own and prints what that took.
async fn measure(
    server: &Server,
    report: &Report,
    job: &Job,
    (what, most): (&str, Most),
    (events, raw): (u64, f64),
) -> Result<()> {
    let before = server.usage();
    let output = Command::new(std::env::current_exe()?)
        .env(JOB, serde_json::to_string(job)?)
        .stderr(std::process::Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "the replay failed");
    let done: Done = serde_json::from_slice(&output.stdout)?;
    let after = server.usage();
    report.line(what, events as f64 / done.seconds, "events");
    report.note(&format!(
        "  {:.2} s; {}; {} rows",
        done.seconds,
        spent(
            &done,
            before
                .zip(after)
                .map(|(before, after)| after.server_since(&before)),
            events
        ),
        rows(&job.views).await?,
    ));
    most.print(
        &format!("  {what}: times of the raw COPY"),
        done.seconds / raw,
    );
    let megabytes = done.megabytes.context("the system does not tell memory")?;
    MEGABYTES.print(&format!("  {what}: MB resident at most"), megabytes);
    Ok(())
}

/// Processor time of an event here and in the server.
fn spent(done: &Done, server: Option<f64>, events: u64) -> String {
    match done.processor.zip(server) {
        Some((own, server)) => format!(
            "processor time an event: {:.1} µs here, {:.1} µs in PostgreSQL",
            own / events as f64 * 1e6,
            server / events as f64 * 1e6
        ),
        None => "processor time unknown".to_owned(),
    }
}

/// Rows of all tables of the views.
async fn rows(url: &str) -> Result<i64> {
    let client = connect(url).await?;
    let all = "SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM pg_class
               JOIN pg_namespace AS space ON space.oid = relnamespace
               WHERE relkind = 'r' AND nspname LIKE 'docket\\_%\\_1'";
    Ok(client.query_one(all, &[]).await?.get(0))
}

async fn replay(job: Job) -> Result<Done> {
    let log: Arc<dyn Log> = Arc::new(PostgresLog::open(&job.log, Uuid::from_u128(1)).await?);
    let config = Config {
        place: Place::Postgres(job.views.parse()?),
        incarnation: docket_domain::log::FIRST_INCARNATION,
        source: Arc::new(Reader::new(
            Arc::clone(&log),
            Arc::new(KeyRing::open(&job.keys)?),
        )),
        log,
        projectors: if job.all {
            all_views()
        } else {
            record_and_worklist()
        },
        histories: Vec::new(),
        keep: std::time::Duration::ZERO,
    };
    let (began, used) = (Instant::now(), processor_seconds());
    let views = Views::open(config, &|_| {}).await?;
    let done = Done {
        seconds: began.elapsed().as_secs_f64(),
        processor: used
            .zip(processor_seconds())
            .map(|(before, now)| now - before),
        megabytes: peak_megabytes(),
    };
    views.close().await;
    Ok(done)
}
