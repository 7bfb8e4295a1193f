//! What a query costs as the views grow: worklist pages with their eight counts and handling records
//! over HTTP, at a pace, from a `docket serve` on PostgreSQL; first over 10,000 declarations of one
//! unit, then over 1,000,000. The security audit is on, as it always is: every page that shows ID
//! numbers is noted before it is answered.
//!
//! `cargo bench -p docket-benches --bench queries [-- --quick]`
#![allow(missing_docs, clippy::disallowed_methods, clippy::print_stdout)] // a program that measures time and prints

use anyhow::{Context, Result, ensure};
use docket_benches::http::{Asked, Client, Paced, Preparation, Request, Served, ServedTown, pace};
use docket_benches::postgres::{Server, connect};
use docket_benches::seeding::Seeder;
use docket_benches::{Aim, Options};
use docket_store::Log;
use docket_store_postgres::PostgresLog;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

const SMALL: usize = 10_000;
const LARGE: usize = 1_000_000;
/// Lists a second, and handling records a second beside them.
const LISTS: u64 = 500;
const RECORDS: u64 = 50;
const WARM_UP: Duration = Duration::from_secs(5);
const MEASURED: Duration = Duration::from_secs(30);
/// How long the server may take to come to rest.
const SETTLED: Duration = Duration::from_secs(900);
/// Events of a declaration that is about half through its life, with its person and its claims.
const EVENTS_EACH: u64 = 10;
const TABS: [&str; 8] = [
    "to_sign",
    "to_review",
    "publicizing",
    "reported",
    "returned",
    "terminated",
    "concluded",
    "all",
];

const P99: Aim = Aim {
    wanted: 1.0,
    least: 1.0,
};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let options = Options::read();
    let docket = options.docket()?;
    let server = Server::start(&options).await?;
    println!("{}", server.settings().await?);
    let (small, large) = match options.quick {
        true => (500, 5_000),
        false => (SMALL, LARGE),
    };
    let small = measure(&server, &docket, small, options.quick).await?;
    let large = measure(&server, &docket, large, options.quick).await?;
    let ratio = |large: Duration, small: Duration| large.as_secs_f64() / small.as_secs_f64();
    println!(
        "\n{} declarations beside {}",
        large.declarations, small.declarations
    );
    println!(
        "  {:<58} {:>10.2}   aim at most 1.2",
        "median of a list, large to small",
        ratio(large.lists.percentile(0.5), small.lists.percentile(0.5))
    );
    println!(
        "  {:<58} {:>10.2} and {:.2}",
        "buffers read for a list, large and small", large.buffers, small.buffers
    );
    within("p99 of a list, of 10 ms", &large.lists, 0.010);
    within("p99 of a handling record, of 5 ms", &large.records, 0.005);
    Ok(())
}

/// How much faster than a limit.
fn within(what: &str, paced: &Paced, limit: f64) {
    P99.print(what, limit / paced.percentile(0.99).as_secs_f64());
}

struct Measured {
    declarations: usize,
    lists: Paced,
    records: Paced,
    buffers: f64,
}

async fn measure(
    server: &Server,
    docket: &Path,
    declarations: usize,
    quick: bool,
) -> Result<Measured> {
    let url = server.database("queries").await?;
    let folder = tempfile::tempdir()?;
    let key_file = folder.path().join("docket.key");
    let log: Arc<dyn Log> = Arc::new(PostgresLog::open(&url, Uuid::from_u128(1)).await?);
    let none = Preparation {
        drafts: 0,
        published: 0,
    };
    let town = ServedTown::prepare(Arc::clone(&log), &key_file, none).await?;
    let seeding = Instant::now();
    let mut seeder = Seeder::learn(Arc::clone(&town.town), &url)
        .await?
        .with_live(declarations);
    seeder
        .grow_to(declarations as u64 * EVENTS_EACH, &|_| {})
        .await?;
    println!(
        "\n{declarations} declarations, {} events, seeded in {:.0?}",
        log.head().await?.position,
        seeding.elapsed()
    );
    let building = Instant::now();
    let served = Served::start(docket, &url, &key_file).await?;
    println!("  views built and serving after {:.1?}", building.elapsed());
    if let Some(peak) = served.peak_megabytes() {
        println!("  the server held {peak} MB at most while it built them");
    }
    settle(&url, &served).await?;
    let school = town.town.school;
    let who = Who {
        host: served.host.clone(),
        token: town.token(school.operator),
        unit: school.id.to_string(),
    };
    let ids = who.ids().await?;
    let (warm_up, measured) = match quick {
        true => (Duration::from_secs(1), Duration::from_secs(3)),
        false => (WARM_UP, MEASURED),
    };
    who.load(&ids, warm_up).await?;
    let (lists, records) = who.load(&ids, measured).await?;
    println!("  {LISTS} lists a second: {}", lists.words());
    println!("  {RECORDS} handling records a second: {}", records.words());
    for said in lists.failed.iter().chain(&records.failed).take(3) {
        println!("  {said}");
    }
    let buffers = who.buffers_a_list(&url).await?;
    println!("  {buffers:.1} buffers of the worklist read for a list");
    Ok(Measured {
        declarations,
        lists,
        records,
        buffers,
    })
}

/// Lets pass what only a log filled in bulk asks for, and what a log that grew in years has had done
/// all along: autovacuum and checkpoints, and reactors that look through all of it for something to
/// answer. They would take the cores from what is timed.
async fn settle(url: &str, served: &Served) -> Result<()> {
    let (client, began) = (connect(url).await?, Instant::now());
    client.batch_execute("VACUUM (ANALYZE)").await?;
    client.batch_execute("CHECKPOINT").await?;
    while !is_idle(served).await? {
        ensure!(
            began.elapsed() < SETTLED,
            "the server does not come to rest"
        );
    }
    println!("  vacuumed, and at rest after {:.0?}", began.elapsed());
    Ok(())
}

/// Whether the server uses less than a twentieth of a core.
async fn is_idle(served: &Served) -> Result<bool> {
    let used = || {
        served
            .processor_seconds()
            .context("the system does not tell processor time")
    };
    let (before, look) = (used()?, Duration::from_secs(2));
    tokio::time::sleep(look).await;
    Ok(used()? - before < look.as_secs_f64() / 20.0)
}

/// Somebody who looks at the lists of the unit that has them all.
#[derive(Clone)]
struct Who {
    host: String,
    token: String,
    unit: String,
}

impl Who {
    fn get(&self, path: String) -> Asked {
        Asked {
            method: "GET",
            path,
            token: self.token.clone(),
            unit: Some(self.unit.clone()),
            key: None,
        }
    }

    async fn body(&self, client: &mut Client, path: &str) -> Result<Value> {
        let request = Request {
            method: "GET",
            path,
            token: &self.token,
            unit: Some(&self.unit),
            key: None,
            body: "",
        };
        let answer = client.send(&request).await?;
        ensure!(answer.status == 200, "{path}: {}", answer.body);
        Ok(serde_json::from_str(&answer.body)?)
    }

    /// Some declarations of every tab.
    async fn ids(&self) -> Result<Vec<String>> {
        let mut client = Client::connect(&self.host).await?;
        let all = "/api/v1/worklist?kind=review&tab=all&limit=100".to_owned();
        let mut ids = Vec::new();
        let mut path = all.clone();
        for _ in 0..10 {
            let page = self.body(&mut client, &path).await?;
            if ids.is_empty() {
                println!("  counts {}", page["counts"]);
            }
            let items = page["items"].as_array().context("a list has items")?;
            ids.extend(
                items
                    .iter()
                    .filter_map(|item| item["declaration_id"].as_str().map(str::to_owned)),
            );
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("{all}&cursor={cursor}"),
                None => break,
            }
        }
        ensure!(!ids.is_empty(), "the list is empty");
        Ok(ids)
    }

    /// Lists and records at their paces for a time.
    async fn load(&self, ids: &[String], time: Duration) -> Result<(Paced, Paced)> {
        let over = Arc::new(AtomicBool::new(false));
        let (lists, records) = (self.clone(), self.clone());
        let ids = ids.to_vec();
        let lists = pace(&self.host, LISTS, Arc::clone(&over), move |nth| {
            let tab = TABS[nth as usize % TABS.len()];
            let path = format!("/api/v1/worklist?kind=review&tab={tab}&limit=20");
            Some(lists.get(path))
        });
        let records = pace(&self.host, RECORDS, Arc::clone(&over), move |nth| {
            let id = &ids[nth as usize % ids.len()];
            Some(records.get(format!("/api/v1/declarations/{id}/record")))
        });
        let clock = async {
            tokio::time::sleep(time).await;
            over.store(true, Ordering::Relaxed);
            anyhow::Ok(())
        };
        let (lists, records, _) = tokio::try_join!(lists, records, clock)?;
        Ok((lists, records))
    }

    /// Buffers of the worklist's tables and indexes that a list reads, one after the other.
    async fn buffers_a_list(&self, url: &str) -> Result<f64> {
        const ASKED: u64 = 800;
        let client = connect(url).await?;
        let mut lists = Client::connect(&self.host).await?;
        let read = async |wait: Duration| {
            tokio::time::sleep(wait).await;
            let row = client
                .query_one(
                    "SELECT sum(coalesce(heap_blks_hit, 0) + coalesce(heap_blks_read, 0)
                       + coalesce(idx_blks_hit, 0) + coalesce(idx_blks_read, 0))::bigint
                     FROM pg_statio_all_tables WHERE relname IN ('worklist', 'worklist_counts')
                       AND schemaname LIKE 'docket_worklist_%'",
                    &[],
                )
                .await?;
            anyhow::Ok(row.get::<_, i64>(0))
        };
        // A session tells what it counted a while after its last statement.
        let settled = Duration::from_secs(12);
        let before = read(settled).await?;
        for nth in 0..ASKED {
            let tab = TABS[nth as usize % TABS.len()];
            let path = format!("/api/v1/worklist?kind=review&tab={tab}&limit=20");
            self.body(&mut lists, &path).await?;
        }
        let after = read(settled).await?;
        Ok((after - before) as f64 / ASKED as f64)
    }
}
