//! Docket on PostgreSQL beside its limits and its peers, all in one run on one server with fsync on:
//! (a) commands a second through load, decide, seal and append, (b) the same with live projections,
//! (c) the same life on cqrs-es and postgres-es, (d) one insert a transaction, (e) bulk inserts of the
//! rows that (a) wrote in the batches that (a) formed. 64 and 256 callers.
//!
//! `cargo bench -p docket-benches --bench postgres [-- --quick] [-- --declarations N]`
#![allow(missing_docs, clippy::disallowed_methods, clippy::print_stdout)] // a program that measures time and prints

use anyhow::Result;
use docket_benches::postgres::{Batches, Server, ceiling, connect, single_inserts};
use docket_benches::{
    Aim, Lag, LagMeter, Lives, Options, PeerRun, REPORTED, Timing, Usage, best, build_peers,
    live_views, run_peers,
};
use docket_projection::Place;
use docket_store::Log;
use docket_store_postgres::PostgresLog;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

const DECLARATIONS: usize = 5_000;
const CALLERS: [usize; 2] = [64, 256];

const OF_CEILING: Aim = Aim {
    wanted: 0.6,
    least: 0.6,
};
const OF_PEERS: Aim = Aim {
    wanted: 5.0,
    least: 3.0,
};

/// The allocator of the `docket` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let options = Options::read();
    build_peers()?;
    let server = Server::start(&options).await?;
    println!("{}", server.settings().await?);
    let declarations = options.declarations_or(DECLARATIONS);
    let mut figures = Vec::new();
    for callers in CALLERS {
        figures.push(figures_of(&server, callers, declarations).await?);
    }
    let url = server.database("peers").await?;
    let peers = tokio::task::spawn_blocking(move || run_peers(&url, declarations)).await??;
    for figures in &figures {
        figures.print(&peers)?;
    }
    Ok(())
}

/// All that is measured with one number of callers.
struct Figures {
    callers: usize,
    docket: Run,
    viewed: Run,
    batches: Batches,
    ceiling: f64,
    single: f64,
}

async fn figures_of(server: &Server, callers: usize, declarations: usize) -> Result<Figures> {
    let url = server.database("docket").await?;
    let docket = run(server, &url, callers, declarations, false).await?;
    let batches = Batches::read(&url, docket.behind).await?;
    let ceiling = ceiling(&url, docket.behind, &batches).await?;
    let single = single_inserts(&url, docket.behind, &batches, callers).await?;
    let url = server.database("viewed").await?;
    let viewed = run(server, &url, callers, declarations, true).await?;
    Ok(Figures {
        callers,
        docket,
        viewed,
        batches,
        ceiling,
        single,
    })
}

/// One measured run of Docket.
struct Run {
    timing: Timing,
    /// The position behind which the measured rows stand.
    behind: u64,
    lag: Lag,
    /// How long the views needed to show the last command once it was answered.
    rest: Duration,
    usage: String,
    counted: String,
}

async fn run(
    server: &Server,
    url: &str,
    callers: usize,
    declarations: usize,
    viewed: bool,
) -> Result<Run> {
    let log: Arc<dyn Log> = Arc::new(PostgresLog::open(url, Uuid::from_u128(1)).await?);
    let lives = Arc::new(Lives::prepare(Arc::clone(&log), declarations).await);
    let views = if viewed {
        Some(live_views(&lives.town, Place::Postgres(url.parse()?)).await?)
    } else {
        None
    };
    let behind = log.head().await?.position;
    settle(url).await?;
    let (before, used) = (server.counters(url).await?, server.usage());
    let meter = match &views {
        Some(views) => Some(LagMeter::start(views.views(), log.as_ref())?),
        None => None,
    };
    let timing = lives.live(callers, REPORTED).await;
    let usage = Usage::words(used, server.usage(), timing.commands as f64);
    let began = Instant::now();
    if let Some(views) = &views {
        views.wait(log.as_ref()).await?;
    }
    let rest = began.elapsed();
    let lag = meter.map(LagMeter::stop).unwrap_or_default();
    let counted = server.counters(url).await?.since(&before);
    if let Some(views) = views {
        views.close().await;
    }
    Ok(Run {
        timing,
        behind,
        lag,
        rest,
        usage,
        counted,
    })
}

/// What a server does by itself after a while, done before the clock starts.
async fn settle(url: &str) -> Result<()> {
    let client = connect(url).await?;
    client.batch_execute("VACUUM (ANALYZE)").await?;
    client.batch_execute("CHECKPOINT").await?;
    Ok(())
}

impl Figures {
    fn print(&self, peers: &[PeerRun]) -> Result<()> {
        let plain = best(peers, false, self.callers)?;
        let with_view = best(peers, true, self.callers)?;
        let rows_a_command = self.batches.rows() as f64 / self.docket.timing.commands as f64;
        let in_commands = self.ceiling / rows_a_command;
        println!(
            "\n{} callers: submit, sign, approve-and-publicize and report of {} declarations ({:.2} rows of {} bytes a command)",
            self.callers,
            self.docket.timing.commands / 4,
            rows_a_command,
            self.batches.row_bytes()
        );
        let line = |what: &str, rate: f64, unit: &str, in_commands: f64| {
            println!("  {what:<58} {rate:>10.0} {unit}/s   {in_commands:>10.0} commands/s");
        };
        let docket = self.docket.timing.rate();
        let viewed = self.viewed.timing.rate();
        line("(a) Docket", docket * rows_a_command, "rows", docket);
        let live = "(b) Docket, live worklist and handling record";
        line(live, viewed * rows_a_command, "rows", viewed);
        peer_line("(c) cqrs-es", plain);
        peer_line("(c) cqrs-es with a view", with_view);
        let single = "(d) one insert a transaction, no lock";
        line(single, self.single, "rows", self.single / rows_a_command);
        let bulk = "(e) bulk inserts under the lock, batches of (a)";
        line(bulk, self.ceiling, "rows", in_commands);
        OF_CEILING.print("(a) / (e), the same rows", docket / in_commands);
        OF_PEERS.print("(a) / (c)", docket / plain.rate());
        OF_PEERS.print(
            "(b) / (c), both with their views",
            viewed / with_view.rate(),
        );
        for (phase, rate) in &self.docket.timing.rates {
            println!("  of (a), {phase:?}: {rate:.0} commands/s");
        }
        println!("  (a) {}", self.batches.histogram());
        self.docket.print("a");
        self.viewed.print("b");
        println!("  (b) lag from commit to view: {}", self.viewed.lag.words());
        println!(
            "  (b) the views had caught up {:.0} ms after the last answer",
            self.viewed.rest.as_secs_f64() * 1e3
        );
        Ok(())
    }
}

impl Run {
    fn print(&self, name: &str) {
        println!("  ({name}) {}", self.usage);
        println!("  ({name}) {}", self.counted);
    }
}

fn peer_line(what: &str, run: &PeerRun) {
    let (rate, pool) = (run.rate(), run.pool);
    println!(
        "  {what:<58} {rate:>10.0} rows/s   {rate:>10.0} commands/s   (rows of {:.0} bytes, a pool of {pool})",
        run.row_bytes
    );
}
