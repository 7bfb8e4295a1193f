//! What appending costs as the log grows: the rate of a declaration's submit, sign,
//! approve-and-publicize and report at 64 callers, on a log of 100,000 events and on one of
//! `--events`, each as a mean over three checkpoints. The log is filled with whole lives of other
//! declarations, 20,000 of them live and interleaved.
//!
//! `cargo bench -p docket-benches --bench growth -- --events 10000000`
#![allow(missing_docs, clippy::disallowed_methods, clippy::print_stdout)] // a program that measures time and prints

use anyhow::{Result, ensure};
use docket_benches::postgres::{Batches, Server, connect};
use docket_benches::seeding::Seeder;
use docket_benches::{Aim, Lives, Options, REPORTED, Usage};
use docket_codec::{KeyRing, OsEntropy};
use docket_store::Log;
use docket_store_postgres::PostgresLog;
use docket_testkit::town::Town;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

const SMALL: u64 = 100_000;
const LARGE: u64 = 300_000;
const DECLARATIONS: usize = 8_000;
const CALLERS: usize = 64;
/// Runs at each size; the rate is that of both together.
const ROUNDS: usize = 2;
/// Checkpoints that each run lives through: at its start, after a third and after two thirds.
const CHECKPOINTS: u64 = 3;

const OF_SMALL: Aim = Aim {
    wanted: 0.8,
    least: 0.8,
};

/// The allocator of the `docket` binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let options = Options::read();
    let declarations = options.declarations_or(DECLARATIONS);
    let server = Server::start(&options).await?;
    println!("{}", server.settings().await?);
    let url = server.database("growth").await?;
    let log: Arc<dyn Log> = Arc::new(PostgresLog::open(&url, Uuid::from_u128(1)).await?);
    let ring = Arc::new(KeyRing::generate(&OsEntropy));
    let town = Town::found_with(Arc::clone(&log), ring, Arc::new(OsEntropy)).await;
    let mut bench = Bench {
        seeder: Seeder::learn(Arc::new(town), &url).await?,
        server,
        log,
        url,
        declarations,
    };
    println!("a seeded life has {} events", bench.seeder.events_a_life());
    let small = bench.measure(SMALL).await?;
    let events = options.events.unwrap_or(LARGE).max(SMALL);
    let large = bench.measure(events).await?;
    OF_SMALL.print(
        &format!("append rate at {events} events of that at {SMALL}"),
        large / small,
    );
    Ok(())
}

struct Bench {
    server: Server,
    seeder: Seeder,
    log: Arc<dyn Log>,
    url: String,
    declarations: usize,
}

impl Bench {
    /// The append rate on a log of a size. What the engine writes itself, the drafts of the first
    /// round, counts towards the size.
    async fn measure(&mut self, size: u64) -> Result<f64> {
        let drafts = self.declarations as u64 * EVENTS_A_DRAFT;
        self.grow(size.saturating_sub(drafts)).await?;
        let (mut commands, mut seconds) = (0, 0.0);
        for _ in 0..ROUNDS {
            let (answered, elapsed) = self.round().await?;
            commands += answered;
            seconds += elapsed;
        }
        let rate = commands as f64 / seconds;
        println!("  {rate:.0} commands/s in {ROUNDS} rounds from {size} events on");
        Ok(rate)
    }

    async fn grow(&mut self, size: u64) -> Result<()> {
        let before = self.log.head().await?.position;
        let (began, told) = (Instant::now(), AtomicU64::new(before));
        let progress = |position: u64| {
            if position >= told.load(Ordering::Relaxed) + 1_000_000 {
                told.store(position, Ordering::Relaxed);
                println!("  {position} events after {:.0?}", began.elapsed());
            }
        };
        self.seeder.grow_to(size, &progress).await?;
        let head = self.log.head().await?.position;
        let rate = (head - before) as f64 / began.elapsed().as_secs_f64();
        println!(
            "\n{head} events in the log, {:.1} GB with indexes; seeded at {rate:.0} rows/s, its newest rows read back whole",
            self.gigabytes().await?
        );
        Ok(())
    }

    async fn gigabytes(&self) -> Result<f64> {
        let client = connect(&self.url).await?;
        let size = "SELECT pg_total_relation_size('docket_log.events')";
        let bytes: i64 = client.query_one(size, &[]).await?.get(0);
        Ok(bytes as f64 / 1e9)
    }

    /// Commands answered and how long they took, with checkpoints meanwhile.
    async fn round(&self) -> Result<(u64, f64)> {
        let town = self.seeder.town();
        let lives = Arc::new(Lives::in_town(town, self.declarations).await);
        connect(&self.url)
            .await?
            .batch_execute("CHECKPOINT")
            .await?;
        let from = self.log.head().await?.position;
        let (before, used) = (self.server.counters(&self.url).await?, self.server.usage());
        let rows = self.declarations as u64 * ROWS_A_LIFE;
        let marks = (0..CHECKPOINTS).map(|nth| from + rows * nth / CHECKPOINTS);
        let checkpoints = tokio::spawn(checkpoint_at(
            self.url.clone(),
            Arc::clone(&self.log),
            marks.collect(),
        ));
        let timing = lives.live(CALLERS, REPORTED).await;
        let usage = Usage::words(used, self.server.usage(), timing.commands as f64);
        checkpoints.await??;
        let counted = self.server.counters(&self.url).await?;
        ensure!(
            counted.checkpoints >= before.checkpoints + 2,
            "fewer than two checkpoints"
        );
        println!("  at {from}: {:.0} commands/s", timing.rate());
        println!("    {usage}");
        println!("    {}", counted.since(&before));
        let batches = Batches::read(&self.url, from).await?;
        println!("    {}", batches.histogram());
        Ok((timing.commands, timing.elapsed.as_secs_f64()))
    }
}

/// Rows that a draft with its applicant and sections takes.
const EVENTS_A_DRAFT: u64 = 8;
/// Rows that the four measured commands write.
const ROWS_A_LIFE: u64 = 5;

/// Asks for a checkpoint whenever the log passes a mark.
async fn checkpoint_at(url: String, log: Arc<dyn Log>, marks: Vec<u64>) -> Result<()> {
    let client = connect(&url).await?;
    for mark in marks {
        while *log.watch().borrow() < mark {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        client.batch_execute("CHECKPOINT").await?;
    }
    Ok(())
}
