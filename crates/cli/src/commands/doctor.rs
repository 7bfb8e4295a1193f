mod files;
mod finding;
mod postgres;
mod sqlite;

use super::Context;
use crate::backend::Backend;
use crate::exit::Exit;
use crate::node::Node;
use crate::settings::{Database, Settings};
use crate::table::Table;
use clap::Args;
use docket_codec::LEVEL;
use docket_domain::{State, Stream};
use finding::{Finding, Verdict};

/// Look for settings that lose data or stop the work
#[derive(Debug, Args)]
#[command(after_help = "\
Exit 1 when something is wrong. A warning, such as a calendar that ends soon, is no failure.

Examples:
  docket doctor
  docket doctor --database-url sqlite:/srv/docket/docket.db --json
  docket doctor --database-url postgres://docket@127.0.0.1/docket")]
pub struct Doctor {}

pub async fn run(_: &Doctor, context: &Context) -> anyhow::Result<Exit> {
    let settings = context.settings.resolve(None)?;
    let node = Node::open_existing(&settings).await?;
    let head = node.store.log().head().await?;
    let opened = format!("{} events, the key file opens it", head.position);
    let mut findings = vec![Finding::fine("log", opened)];
    findings.extend(engine(&node, &settings).await?);
    findings.push(level(&node).await?);
    findings.extend(files::examine(&settings)?);
    findings.extend(calendar(&node).await?);
    node.close().await?;
    print(&findings, context)?;
    let wrong = findings
        .iter()
        .any(|finding| finding.verdict == Verdict::Wrong);
    Ok(if wrong { Exit::Failed } else { Exit::Done })
}

async fn engine(node: &Node, settings: &Settings) -> anyhow::Result<Vec<Finding>> {
    match (&node.store.backend, &settings.database) {
        (Backend::Sqlite(log), _) => sqlite::examine(log).await,
        (Backend::Postgres(log), Database::Postgres(url)) => postgres::examine(log, url).await,
        (Backend::Postgres(_), Database::Sqlite(_)) => {
            anyhow::bail!("the log is not where the settings say")
        }
    }
}

/// A log above the level of this build was refused when it was opened.
async fn level(node: &Node) -> anyhow::Result<Finding> {
    let level = node.engine.level().await?;
    let (verdict, found) = if level == LEVEL {
        (Verdict::Fine, level.to_string())
    } else {
        (
            Verdict::Warning,
            format!("{level}, and this version knows {LEVEL}"),
        )
    };
    Ok(Finding::of(
        "level",
        verdict,
        found,
        "docket migrate --level latest, once no node of an older version runs",
    ))
}

/// Without this year's days nothing can be reported; without next year's, soon.
async fn calendar(node: &Node) -> anyhow::Result<Vec<Finding>> {
    let seen = node.engine.state(&Stream::calendar()).await?;
    let State::Calendar(calendar) = seen.state.as_ref() else {
        anyhow::bail!("the calendar cannot be read")
    };
    let now = node.engine.clock().now().year();
    let covers = |year| calendar.holidays.years().any(|known| known == year);
    let finding = |check, year: i32, missing| {
        let (verdict, found) = if covers(year) {
            (Verdict::Fine, format!("{year} is loaded"))
        } else {
            (missing, format!("{year} is missing"))
        };
        Finding::of(
            check,
            verdict,
            found,
            &format!(
                "docket calendar load {year}.csv, once the State Council has published the year"
            ),
        )
    };
    Ok(vec![
        finding("calendar_this_year", now, Verdict::Wrong),
        finding("calendar_next_year", now + 1, Verdict::Warning),
    ])
}

fn print(findings: &[Finding], context: &Context) -> anyhow::Result<()> {
    if context.output.json {
        return context
            .output
            .value(&serde_json::json!({ "findings": findings }));
    }
    let mut table = Table::new(["", "check", "found", "advice"]);
    for finding in findings {
        let mark = match finding.verdict {
            Verdict::Fine => "ok",
            Verdict::Warning => "warning",
            Verdict::Wrong => "WRONG",
        };
        let advice = finding.advice.clone().unwrap_or_default();
        table.row([
            mark.to_owned(),
            finding.check.to_owned(),
            finding.found.clone(),
            advice,
        ]);
    }
    context.output.line(table.render());
    Ok(())
}
