use super::Context;
use super::doctor::{self, Finding, Verdict};
use crate::clock::SystemClock;
use crate::exit::{Exit, Stop};
use crate::settings::{Database as Place, GivenUrl};
use clap::{Args, Subcommand};
use docket_engine::Clock as _;
use docket_postgres::{DatabaseUrl, Probed, probe};
use docket_store_postgres::{PostgresLog, missing_privileges};

/// Look at a PostgreSQL database before Docket uses it
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  docket database check postgres://docket_node@127.0.0.1/docket\n  docket database check --json"
)]
pub struct Database {
    #[command(subcommand)]
    pub verb: DatabaseVerb,
}

/// What to do with it.
#[derive(Debug, Subcommand)]
pub enum DatabaseVerb {
    /// Try all that Docket needs of a PostgreSQL database; exit 1 when something would not work
    #[command(after_help = "\
Looks at the servers of the URL, their version, encoding, durability, clock and connections, at what
the role may do and at what was set for it, and tries what Docket does: sessions and their settings,
locks, prepared statements, notifications, schemas, COPY in the binary format. A pooler between is
found out. What is made is taken back, so nothing stays behind; the database may hold a log or not,
and servers may be running. Other users of the machine see a URL among the arguments: give one with a
password by environment or file.

Examples:
  docket database check postgres://docket_node@127.0.0.1/docket
  docket database check --database-url postgres://docket_node@db1,db2/docket --json
  DOCKET_DATABASE_URL=postgres://docket_node@127.0.0.1/docket docket database check")]
    Check {
        /// The database [default: that of the settings]
        url: Option<GivenUrl>,
    },
}

pub async fn run(args: &Database, context: &Context) -> anyhow::Result<Exit> {
    let DatabaseVerb::Check { url } = &args.verb;
    let url = asked(url.as_ref(), context)?;
    let probed = probe(&url, || SystemClock.now().micros()).await;
    let reached = !probed.iter().any(|one| one.check == "primary");
    let mut findings: Vec<Finding> = probed.into_iter().map(finding).collect();
    if reached && findings.iter().all(|one| one.check != "second_connection") {
        findings.extend(log(&url).await?);
    }
    doctor::print(&findings, context)?;
    let wrong = findings.iter().any(|one| one.verdict == Verdict::Wrong);
    Ok(if wrong { Exit::Failed } else { Exit::Done })
}

fn asked(url: Option<&GivenUrl>, context: &Context) -> anyhow::Result<DatabaseUrl> {
    let place = match url {
        Some(url) => Place::parse(url.expose())?,
        None => context.settings.resolve(None)?.database,
    };
    match place {
        Place::Postgres(url) => Ok(url),
        Place::Sqlite(_) => Err(Stop::usage(
            "SQLite is in the program and needs no check; `docket doctor` looks at a log and its \
             files",
        )),
    }
}

fn finding(probed: Probed) -> Finding {
    let verdict = match probed.verdict {
        docket_postgres::Verdict::Fine => Verdict::Fine,
        docket_postgres::Verdict::Warning => Verdict::Warning,
        docket_postgres::Verdict::Wrong => Verdict::Wrong,
    };
    Finding::of(probed.check, verdict, probed.found, &probed.advice)
}

/// Whether a log is there, and what the role lacks to serve it.
async fn log(url: &DatabaseUrl) -> anyhow::Result<Vec<Finding>> {
    if !PostgresLog::exists(url).await? {
        let found = "none yet; `docket migrate --new` founds one";
        return Ok(vec![Finding::of("log", Verdict::Fine, found, "")]);
    }
    let mut findings = vec![Finding::of("log", Verdict::Fine, "there is one", "")];
    for one in missing_privileges(url).await? {
        let found = format!("{} lacks {} on {}", one.role, one.privilege, one.place);
        findings.push(Finding::of(
            "privilege",
            Verdict::Wrong,
            found,
            &format!("let its owner say: {}", one.remedy),
        ));
    }
    Ok(findings)
}
