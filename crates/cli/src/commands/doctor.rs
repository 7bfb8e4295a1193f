mod calendar;
mod files;
mod finding;
mod log;
mod postgres;
mod sqlite;

use super::Context;
use crate::backend::Backend;
use crate::check;
use crate::exit::Exit;
use crate::settings::{Database, Settings};
use crate::table::Table;
use clap::Args;
use docket_codec::{KeyRing, LEVEL};
use docket_engine::level_of_log;
pub use finding::{Finding, Verdict};
use std::sync::Arc;

/// Look for settings that lose data or stop the work, and prove the log
#[derive(Debug, Args)]
#[command(after_help = "\
It proves the whole log, as `docket log verify` does, and so reads all of it; looks at the database's
settings, at its pages on SQLite, at the files' modes and at the calendar. It writes nothing, and may
run beside servers and on a standby.

Exit 1 when something is wrong. A warning, such as a calendar that ends soon, is no failure.

Examples:
  docket doctor
  docket doctor --database-url sqlite:/srv/docket/docket.db --json
  docket doctor --database-url postgres://docket@127.0.0.1/docket")]
pub struct Doctor {}

pub async fn run(_: &Doctor, context: &Context) -> anyhow::Result<Exit> {
    let settings = context.settings.resolve(None)?;
    let backend = Backend::open_to_look(&settings.database).await?;
    let (ring, mut findings) = ring(&settings);
    findings.extend(log::examine(&backend, ring.as_deref(), context.output).await?);
    findings.extend(engine(&backend, &settings).await?);
    findings.push(level(&backend).await);
    findings.extend(files::examine(&settings)?);
    findings.extend(calendar::examine(&backend, ring).await);
    backend.close().await?;
    print(&findings, context)?;
    let wrong = findings
        .iter()
        .any(|finding| finding.verdict == Verdict::Wrong);
    Ok(if wrong { Exit::Failed } else { Exit::Done })
}

/// The key file, if it can be used.
fn ring(settings: &Settings) -> (Option<Arc<KeyRing>>, Vec<Finding>) {
    let wrong = |found: String| {
        let advice = "restore it from the backup, or name the right one in DOCKET_KEY_FILE";
        vec![Finding::of("key_file", Verdict::Wrong, found, advice)]
    };
    match check::ring(&settings.key_file) {
        Ok(Some(ring)) => (Some(Arc::new(ring)), Vec::new()),
        Ok(None) => {
            let path = settings.key_file.display();
            (None, wrong(format!("there is none at {path}")))
        }
        Err(error) => (None, wrong(error.to_string())),
    }
}

async fn engine(backend: &Backend, settings: &Settings) -> anyhow::Result<Vec<Finding>> {
    match (backend, &settings.database) {
        (Backend::Sqlite(log), _) => sqlite::examine(log).await,
        (Backend::Postgres(log), Database::Postgres(url)) => postgres::examine(log, url).await,
        (Backend::Postgres(_), Database::Sqlite(_)) => {
            anyhow::bail!("the log is not where the settings say")
        }
    }
}

async fn level(backend: &Backend) -> Finding {
    let (verdict, found) = match level_of_log(backend.log().as_ref()).await {
        Err(error) => (Verdict::Wrong, format!("cannot be read: {error}")),
        Ok(level) if level == LEVEL => (Verdict::Fine, level.to_string()),
        Ok(level) if level > LEVEL => (
            Verdict::Wrong,
            format!("{level}, and this version knows no more than {LEVEL}: it cannot serve"),
        ),
        Ok(level) => (
            Verdict::Warning,
            format!("{level}, and this version knows {LEVEL}"),
        ),
    };
    let advice = "docket migrate --level latest, once no node of an older version runs";
    Finding::of("level", verdict, found, advice)
}

/// Prints what was found.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn print(findings: &[Finding], context: &Context) -> anyhow::Result<()> {
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
    context.output.table(&table);
    Ok(())
}
