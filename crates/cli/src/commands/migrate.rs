use super::Context;
use crate::clock::{DemoClock, SystemClock};
use crate::exit::Exit;
use crate::node::Store;
use clap::Args;
use docket_engine::{Clock, Founding};
use serde_json::json;
use std::sync::Arc;

/// Make the log, or bring it up to this version
#[derive(Debug, Args)]
#[command(after_help = "\
Makes database and key file where there are none, publishes the workflow definitions this version
ships with, and seeds calendar and catalogue where they are empty. Safe to repeat.

Examples:
  docket migrate
  docket migrate --database-url sqlite:/srv/docket/docket.db")]
pub struct Migrate {}

pub async fn run(_: &Migrate, context: &Context) -> anyhow::Result<Exit> {
    let settings = context.settings.resolve(None)?;
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
    let log = store.log();
    let head = log.head().await?;
    if context.output.json {
        context.output.value(
            &json!({ "log_id": log.id(), "size": head.position, "added": head.position - before }),
        )?;
    } else {
        let path = settings.database.path().display();
        context.output.line(format_args!(
            "{path}: log {}, {} events, {} of them new",
            log.id(),
            head.position,
            head.position - before
        ));
    }
    drop(log);
    store.backend.close().await?;
    Ok(Exit::Done)
}
