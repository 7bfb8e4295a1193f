use super::Context;
use crate::clock::{DemoClock, SystemClock};
use crate::exit::{Exit, Stop};
use crate::node::Store;
use crate::settings::{Database, Settings};
use clap::Args;
use docket_codec::LEVEL;
use docket_domain::log::Level;
use docket_engine::{Clock, Engine, Founding, LevelError};
use docket_store_postgres::grant;
use serde_json::json;
use std::sync::Arc;

/// Bring the log up to this version, or found a new one
#[derive(Debug, Args)]
#[command(after_help = "\
Publishes the workflow definitions this version ships with, and seeds calendar and catalogue where
they are empty. Safe to repeat. Where there is no log it makes nothing and says so; --new makes
database and key file, and refuses a log that is there.

The log's level stays unless --level says otherwise: nodes of the version before go on beside those
of this one, and no event is written that they cannot read. Raise it when the last of them is gone.
From then on a node that does not know the level answers 503 NODE_TOO_OLD and does not start again.
A level is never lowered, so the version before cannot be brought back after it. A log that is made
anew begins at this version's level.

On PostgreSQL it runs as the owner of the database. --grant gives the role of the servers what they
need: it may append events and can neither change nor remove one.

Examples:
  docket migrate --new
  docket migrate
  docket migrate --level latest
  docket migrate --new --database-url sqlite:/srv/docket/docket.db
  docket migrate --new --database-url postgres://docket_owner@127.0.0.1/docket --grant docket_node")]
pub struct Migrate {
    /// Found a new system: make the log, and the key file unless it is there
    #[arg(long)]
    pub new: bool,
    /// Raise the log's level, once no node of an older version runs: a number, or `latest` for the
    /// newest this version knows
    #[arg(long, value_name = "N", value_parser = level)]
    pub level: Option<Level>,
    /// On PostgreSQL, a role that is there and may append from now on; may be repeated
    #[arg(long, value_name = "ROLE")]
    pub grant: Vec<String>,
}

fn level(text: &str) -> Result<Level, String> {
    match text {
        "latest" => Ok(LEVEL),
        number => number
            .parse()
            .ok()
            .filter(|level| *level > 0)
            .ok_or_else(|| "write a number from 1, or `latest`".to_owned()),
    }
}

pub async fn run(args: &Migrate, context: &Context) -> anyhow::Result<Exit> {
    let settings = context.settings.resolve(None)?;
    if matches!(settings.database, Database::Sqlite(_)) && !args.grant.is_empty() {
        return Err(Stop::usage(
            "--grant is for PostgreSQL; SQLite has no roles",
        ));
    }
    let store = open(args, &settings).await?;
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
    let engine = store.engine(clock, &founding).await?;
    let raised = raise(&engine, args.level).await?;
    let level = engine.level().await?;
    if let Database::Postgres(url) = &settings.database {
        for role in &args.grant {
            grant(url, role).await?;
        }
    }
    let log = store.log();
    let head = log.head().await?;
    if context.output.json {
        context.output.value(&json!({
            "log_id": log.id(),
            "size": head.position,
            "added": head.position - before,
            "level": level,
            "level_known": LEVEL,
        }))?;
    } else {
        let database = &settings.database;
        context.output.line(format_args!(
            "{database}: log {}, {} events, {} of them new\n{}",
            log.id(),
            head.position,
            head.position - before,
            told(raised, level)
        ));
    }
    drop((log, engine));
    store.close().await?;
    Ok(Exit::Done)
}

/// A log that is there, or one that is founded now. A founding that was cut short before the first
/// event is taken up again.
async fn open(args: &Migrate, settings: &Settings) -> anyhow::Result<Store> {
    if !args.new {
        return Store::open_existing(settings).await;
    }
    let store = Store::open_or_create(settings, SystemClock.now()).await?;
    match store.created {
        None => Ok(store),
        Some(_) => Err(Stop::conflict(format!(
            "there is a log at {} already; `docket migrate` without --new brings it up to this version",
            settings.database
        ))),
    }
}

/// The level before, if it was raised now.
async fn raise(engine: &Engine, wanted: Option<Level>) -> anyhow::Result<Option<Level>> {
    let Some(wanted) = wanted else {
        return Ok(None);
    };
    match engine.raise_level(wanted).await {
        Ok(before) => Ok((before < wanted).then_some(before)),
        Err(LevelError::Failure(failure)) => Err(failure.into()),
        Err(refused) => Err(Stop::usage(refused)),
    }
}

fn told(raised: Option<Level>, level: Level) -> String {
    match raised {
        Some(before) => format!(
            "level {level}, raised from {before}: nodes that know no more than level {before} answer \
             NODE_TOO_OLD from now on; stop those that still run"
        ),
        None if level < LEVEL => format!(
            "level {level}, while this version knows level {LEVEL}: `docket migrate --level latest` \
             raises it, once no node of an older version runs"
        ),
        None => format!("level {level}, the newest this version knows"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_a_number_from_1_or_the_newest() {
        assert_eq!(level("latest"), Ok(LEVEL));
        assert_eq!(level("7"), Ok(7));
        for wrong in ["0", "-1", "two", "", "65536"] {
            assert!(level(wrong).is_err(), "{wrong}");
        }
    }
}
