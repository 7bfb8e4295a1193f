use super::Context;
use crate::clock::{DemoClock, SystemClock};
use crate::exit::{Exit, Stop};
use crate::node::Store;
use crate::settings::Database;
use clap::Args;
use docket_engine::{Clock, Founding};
use docket_store_postgres::grant;
use serde_json::json;
use std::sync::Arc;

/// Make the log, or bring it up to this version
#[derive(Debug, Args)]
#[command(after_help = "\
Makes database and key file where there are none, publishes the workflow definitions this version
ships with, and seeds calendar and catalogue where they are empty. Safe to repeat.

On PostgreSQL it runs as the owner of the database. --grant gives the role of the servers what they
need: it may append events and can neither change nor remove one.

Examples:
  docket migrate
  docket migrate --database-url sqlite:/srv/docket/docket.db
  docket migrate --database-url postgres://docket_owner@127.0.0.1/docket --grant docket_node")]
pub struct Migrate {
    /// On PostgreSQL, a role that is there and may append from now on; may be repeated
    #[arg(long, value_name = "ROLE")]
    pub grant: Vec<String>,
}

pub async fn run(args: &Migrate, context: &Context) -> anyhow::Result<Exit> {
    let settings = context.settings.resolve(None)?;
    if matches!(settings.database, Database::Sqlite(_)) && !args.grant.is_empty() {
        return Err(Stop::usage(
            "--grant is for PostgreSQL; SQLite has no roles",
        ));
    }
    let store = Store::open(&settings, SystemClock.now()).await?;
    store.warn_of_new_key(&settings, context.output);
    let before = store.log().head().await?.position;
    let founding = Founding {
        jurisdiction: settings.jurisdiction.clone(),
        demo: store.is_demo(),
    };
    let clock: Arc<dyn Clock> = if founding.demo {
        Arc::new(DemoClock::of_log(store.log().as_ref()).await?)
    } else {
        Arc::new(SystemClock)
    };
    store.engine(clock, &founding).await?;
    if let Database::Postgres(url) = &settings.database {
        for role in &args.grant {
            grant(url.expose(), role).await?;
        }
    }
    let log = store.log();
    let head = log.head().await?;
    if context.output.json {
        context.output.value(
            &json!({ "log_id": log.id(), "size": head.position, "added": head.position - before }),
        )?;
    } else {
        let database = &settings.database;
        context.output.line(format_args!(
            "{database}: log {}, {} events, {} of them new",
            log.id(),
            head.position,
            head.position - before
        ));
    }
    drop(log);
    store.backend.close().await?;
    Ok(Exit::Done)
}
