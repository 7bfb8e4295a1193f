//! What users notice of a rebuild: 100 lists and 20 commands a second at a `docket serve` on
//! PostgreSQL, first alone, then beside `docket projections rebuild --all` at the polite and at the
//! full pace.
//!
//! `cargo bench -p docket-benches --bench beside [-- --quick] [-- --declarations N]`
#![allow(missing_docs, clippy::disallowed_methods, clippy::print_stdout)] // a program that measures time and prints

use anyhow::{Context, Result, ensure};
use docket_benches::http::{Asked, Paced, Preparation, Served, ServedTown, pace};
use docket_benches::postgres::Server;
use docket_benches::seeding::Seeder;
use docket_benches::{Aim, Options};
use docket_codec::{Entropy, OsEntropy};
use docket_domain::DeclarationId;
use docket_store::Log;
use docket_store_postgres::PostgresLog;
use docket_testkit::town::founding_day;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::process::Command;
use uuid::Uuid;

const DECLARATIONS: usize = 40_000;
const EVENTS_EACH: u64 = 10;
const LISTS: u64 = 100;
const COMMANDS: u64 = 20;
const ALONE: Duration = Duration::from_secs(15);
/// Drafts for the commands: three each.
const DRAFTS: usize = 2_000;
const ACTIONS: [&str; 3] = ["submit", "sign", "approve-and-publicize"];

const P99: Aim = Aim {
    wanted: 1.0,
    least: 1.0,
};
const LIMIT: Duration = Duration::from_millis(50);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let options = Options::read();
    let docket = options.docket()?;
    let server = Server::start(&options).await?;
    println!("{}", server.settings().await?);
    let declarations = options.declarations_or(DECLARATIONS);
    let url = server.database("beside").await?;
    let folder = tempfile::tempdir()?;
    let key_file = folder.path().join("docket.key");
    let log: Arc<dyn Log> = Arc::new(PostgresLog::open(&url, Uuid::from_u128(1)).await?);
    let preparation = Preparation {
        drafts: if options.quick { 200 } else { DRAFTS },
        published: 0,
    };
    let town = ServedTown::prepare(Arc::clone(&log), &key_file, preparation).await?;
    let mut seeder = Seeder::learn(Arc::clone(&town.town), &url)
        .await?
        .with_live(declarations);
    let size = declarations as u64 * EVENTS_EACH;
    seeder.grow_to(size, &|_| {}).await?;
    let served = Served::start(&docket, &url, &key_file).await?;
    println!(
        "\n{declarations} declarations, {} events; {LISTS} lists and {COMMANDS} commands a second",
        log.head().await?.position
    );
    let users = Users::new(&town, &served);
    let alone = if options.quick { ALONE / 5 } else { ALONE };
    let (lists, commands) = users.work_while(tokio::time::sleep(alone)).await?;
    told("alone", &lists, &commands);
    for pace in ["polite", "full"] {
        let began = Instant::now();
        let rebuilding = rebuild(&docket, &url, &key_file, pace);
        let rebuilt = Arc::new(std::sync::Mutex::new(None));
        let keep = Arc::clone(&rebuilt);
        let (lists, commands) = users
            .work_while(async move {
                let done = rebuilding.await;
                *keep
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(done);
            })
            .await?;
        let took = began.elapsed();
        let done = rebuilt
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        done.context("the rebuild has ended")??;
        let name = format!("beside a {pace} rebuild of {took:.0?}");
        told(&name, &lists, &commands);
        if pace == "polite" {
            judge("p99 of a list, of 50 ms", &lists);
            judge("p99 of a command, of 50 ms", &commands);
            let failed = lists.failed.len() + commands.failed.len();
            ensure!(failed == 0, "{failed} requests failed");
        }
    }
    Ok(())
}

fn told(what: &str, lists: &Paced, commands: &Paced) {
    println!("  {what}");
    println!("    lists: {}", lists.words());
    println!("    commands: {}", commands.words());
    for said in lists.failed.iter().chain(&commands.failed).take(3) {
        println!("    {said}");
    }
}

fn judge(what: &str, paced: &Paced) {
    P99.print(
        what,
        LIMIT.as_secs_f64() / paced.percentile(0.99).as_secs_f64(),
    );
}

/// Old and new are compared before it switches; it fails when they differ.
async fn rebuild(docket: &Path, url: &str, key_file: &Path, pace: &str) -> Result<()> {
    let output = Command::new(docket)
        .args(["projections", "rebuild", "--all", "--json", "--pace", pace])
        .args(["--database-url", url])
        .arg("--key-file")
        .arg(key_file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the rebuild failed: {said}");
    Ok(())
}

/// People at work.
struct Users {
    host: String,
    operator: String,
    unit: String,
    /// Drafts, with the tokens of their applicants.
    drafts: Arc<Vec<(String, DeclarationId)>>,
    /// The next command.
    next: Arc<AtomicUsize>,
}

impl Users {
    fn new(town: &ServedTown, served: &Served) -> Self {
        let school = town.town.school;
        let drafts = town.drafts.iter();
        Self {
            host: served.host.clone(),
            operator: town.token(school.operator),
            unit: school.id.to_string(),
            drafts: Arc::new(
                drafts
                    .map(|(person, id)| (town.token(*person), *id))
                    .collect(),
            ),
            next: Arc::default(),
        }
    }

    async fn work_while(&self, other: impl Future<Output = ()>) -> Result<(Paced, Paced)> {
        let over = Arc::new(AtomicBool::new(false));
        let (operator, unit) = (self.operator.clone(), self.unit.clone());
        let lists = pace(&self.host, LISTS, Arc::clone(&over), move |nth| {
            let tab = ["all", "to_sign", "to_review", "publicizing"][nth as usize % 4];
            Some(Asked {
                method: "GET",
                path: format!("/api/v1/worklist?kind=review&tab={tab}&limit=20"),
                token: operator.clone(),
                unit: Some(unit.clone()),
                key: None,
            })
        });
        let (operator, unit) = (self.operator.clone(), self.unit.clone());
        let (drafts, next) = (Arc::clone(&self.drafts), Arc::clone(&self.next));
        let commands = pace(&self.host, COMMANDS, Arc::clone(&over), move |_| {
            let at = next.fetch_add(1, Ordering::Relaxed);
            // All drafts are submitted before the first is signed, and so on.
            let (action, draft) = (at / drafts.len(), at % drafts.len());
            let (applicant, id) = &drafts[draft];
            let action = ACTIONS.get(action)?;
            let submits = *action == "submit";
            Some(Asked {
                method: "POST",
                path: format!("/api/v1/declarations/{id}/{action}"),
                token: if submits {
                    applicant.clone()
                } else {
                    operator.clone()
                },
                unit: (!submits).then(|| unit.clone()),
                key: Some(OsEntropy.uuid(founding_day()).to_string()),
            })
        });
        let ending = async {
            other.await;
            over.store(true, Ordering::Relaxed);
            anyhow::Ok(())
        };
        let (lists, commands, ()) = tokio::try_join!(lists, commands, ending)?;
        Ok((lists, commands))
    }
}
