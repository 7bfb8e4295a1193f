//! Load over HTTP: clients that keep their connections against a `docket serve` process of its own
//! on PostgreSQL with fsync on. Rate, p50 and p99 of submit, sign, approve-and-publicize and report
//! in turns, and how long a commit takes to show in the worklist.
//!
//! Clients, server and database share the machine.
//!
//! `cargo bench -p docket-benches --bench http [-- --quick] [-- --declarations N]`
#![allow(missing_docs, clippy::disallowed_methods, clippy::print_stdout)] // a program that measures time and prints

use anyhow::{Context, Result, ensure};
use docket_benches::http::{Client, Preparation, Request, Served, ServedTown};
use docket_benches::postgres::Server;
use docket_benches::{Lag, Options, Usage, mean, percentile};
use docket_codec::{Entropy, OsEntropy};
use docket_domain::{DeclarationId, PersonId};
use docket_store::Log;
use docket_store_postgres::PostgresLog;
use docket_testkit::town::founding_day;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

const DECLARATIONS: usize = 4_000;
const CALLERS: [usize; 2] = [64, 256];
/// How often the newest commit is looked for in the list.
const PROBED: Duration = Duration::from_millis(20);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let options = Options::read();
    let docket = options.docket()?;
    let server = Server::start(&options).await?;
    println!("{}", server.settings().await?);
    let count = options.declarations_or(DECLARATIONS);
    for callers in CALLERS {
        run(&server, &docket, callers, count).await?;
    }
    Ok(())
}

async fn run(server: &Server, docket: &Path, callers: usize, count: usize) -> Result<()> {
    let url = server.database("http").await?;
    let folder = tempfile::tempdir()?;
    let key_file = folder.path().join("docket.key");
    let log: Arc<dyn Log> = Arc::new(PostgresLog::open(&url, Uuid::from_u128(1)).await?);
    let preparation = Preparation {
        drafts: count,
        published: count,
    };
    let town = ServedTown::prepare(Arc::clone(&log), &key_file, preparation).await?;
    let served = Served::start(docket, &url, &key_file).await?;
    let load = Arc::new(Load::new(&town, &served));
    load.probe(0).await.context("the worklist")?;
    let (counted, used) = (server.counters(&url).await?, server.usage());
    let server_used = served.processor_seconds();
    let probing = tokio::spawn(probe(Arc::clone(&load), Arc::clone(&log)));
    let began = Instant::now();
    let outcome = load.drive(callers).await?;
    let elapsed = began.elapsed().as_secs_f64();
    let usage = Usage::words(used, server.usage(), outcome.latencies.len() as f64);
    probing.abort();
    let commands = outcome.latencies.len() as f64;
    println!(
        "\nHTTP, {callers} connections: {commands} commands, submit, sign, approve-and-publicize and report in turns"
    );
    println!("  {:.0} commands/s", commands / elapsed);
    println!("  answered after {}", spread(&outcome.latencies));
    for (action, latencies) in ACTIONS.iter().zip(&outcome.by_action) {
        println!("    {action}: {}", spread(latencies));
    }
    println!(
        "  {:.1} % of the answers say Docket-Visible: true",
        100.0 * outcome.visible as f64 / commands
    );
    let lag = probing.await;
    ensure!(lag.is_err(), "the probe ends with the load");
    let lag = Lag::of(std::mem::take(&mut *load.lags.lock().await));
    println!("  from commit to a list that shows it: {}", lag.words());
    println!("  clients' {usage}");
    if let Some((before, after)) = server_used.zip(served.processor_seconds()) {
        let each = (after - before) / commands * 1e6;
        println!("  {each:.0} µs a command in docket serve, part of the others");
    }
    println!("  {}", server.counters(&url).await?.since(&counted));
    Ok(())
}

fn spread(latencies: &[Duration]) -> String {
    let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
    format!(
        "mean {:.1} ms, p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
        ms(mean(latencies)),
        ms(percentile(latencies.to_vec(), 0.5)),
        ms(percentile(latencies.to_vec(), 0.99)),
        ms(percentile(latencies.to_vec(), 1.0)),
    )
}

const ACTIONS: [&str; 4] = ["submit", "sign", "approve-and-publicize", "report"];

/// What the callers do.
struct Load {
    host: String,
    /// Drafts, with the tokens of their applicants.
    drafts: Vec<(String, DeclarationId)>,
    published: Vec<DeclarationId>,
    operator: String,
    unit: String,
    report: String,
    lags: tokio::sync::Mutex<Vec<Duration>>,
}

#[derive(Default)]
struct Outcome {
    latencies: Vec<Duration>,
    by_action: [Vec<Duration>; 4],
    visible: usize,
}

impl Load {
    fn new(town: &ServedTown, served: &Served) -> Self {
        let school = town.town.school;
        let with_token = |(person, id): &(PersonId, DeclarationId)| (town.token(*person), *id);
        let report = serde_json::json!({
            "target_unit_id": town.town.bureau.id,
            "responsible_person": "负责人",
            "phone": "02300000000",
            "opinion": "同意推荐",
            // Approved on the town's founding day; see `Town::report_to`.
            "publicity": { "start": "2026-03-03", "end": "2026-03-09" },
        });
        Self {
            host: served.host.clone(),
            drafts: town.drafts.iter().map(with_token).collect(),
            published: town.published.clone(),
            operator: town.token(school.operator),
            unit: school.id.to_string(),
            report: report.to_string(),
            lags: tokio::sync::Mutex::default(),
        }
    }

    async fn drive(self: &Arc<Self>, callers: usize) -> Result<Outcome> {
        let tasks = (0..callers).map(|caller| {
            let load = Arc::clone(self);
            tokio::spawn(async move {
                let mut client = Client::connect(&load.host).await?;
                let mut outcome = Outcome::default();
                for nth in (caller..load.drafts.len()).step_by(callers) {
                    for action in 0..ACTIONS.len() {
                        load.act(&mut client, nth, action, &mut outcome).await?;
                    }
                }
                anyhow::Ok(outcome)
            })
        });
        let mut all = Outcome::default();
        for outcome in futures::future::try_join_all(tasks).await? {
            let outcome = outcome?;
            all.latencies.extend(outcome.latencies);
            all.visible += outcome.visible;
            for (all, one) in all.by_action.iter_mut().zip(outcome.by_action) {
                all.extend(one);
            }
        }
        Ok(all)
    }

    async fn act(
        &self,
        client: &mut Client,
        nth: usize,
        action: usize,
        outcome: &mut Outcome,
    ) -> Result<()> {
        let (applicant, draft) = &self.drafts[nth];
        let reports = ACTIONS[action] == "report";
        let submits = ACTIONS[action] == "submit";
        let id = if reports { &self.published[nth] } else { draft };
        let request = Request {
            method: "POST",
            path: &format!("/api/v1/declarations/{id}/{}", ACTIONS[action]),
            token: if submits { applicant } else { &self.operator },
            unit: (!submits).then_some(self.unit.as_str()),
            key: Some(&OsEntropy.uuid(founding_day()).to_string()),
            body: if reports { &self.report } else { "" },
        };
        let began = Instant::now();
        let answer = client.send(&request).await?;
        let took = began.elapsed();
        ensure!(
            answer.status == 200,
            "{} was answered {}: {}",
            ACTIONS[action],
            answer.status,
            answer.body
        );
        outcome.latencies.push(took);
        outcome.by_action[action].push(took);
        outcome.visible += usize::from(answer.visible == Some(true));
        Ok(())
    }

    /// Asks for a list that shows a position, waiting for it.
    async fn probe(&self, position: u64) -> Result<()> {
        let mut client = Client::connect(&self.host).await?;
        self.list(&mut client, position).await
    }

    async fn list(&self, client: &mut Client, position: u64) -> Result<()> {
        let path =
            format!("/api/v1/worklist?kind=review&tab=to_sign&limit=1&min_position={position}");
        let request = Request {
            method: "GET",
            path: &path,
            token: &self.operator,
            unit: Some(&self.unit),
            key: None,
            body: "",
        };
        let answer = client.send(&request).await?;
        ensure!(
            answer.status == 200,
            "the list was answered {}: {}",
            answer.status,
            answer.body
        );
        ensure!(
            answer.position >= Some(position),
            "the list is older than what was asked"
        );
        Ok(())
    }
}

/// Reads the newest committed position from the database itself, then times until a list shows it.
async fn probe(load: Arc<Load>, log: Arc<dyn Log>) -> Result<()> {
    let mut client = Client::connect(&load.host).await?;
    let mut ticks = tokio::time::interval(PROBED);
    loop {
        ticks.tick().await;
        let position = log.head().await?.position;
        let began = Instant::now();
        load.list(&mut client, position).await?;
        load.lags.lock().await.push(began.elapsed());
    }
}
