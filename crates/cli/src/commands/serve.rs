use super::Context;
use crate::clock::SystemClock;
use crate::exit::Exit;
use crate::node::Store;
use crate::output::Output;
use crate::running::Parts;
use crate::server::{Server, listen};
use crate::settings::{ListenFlags, Settings};
use crate::views;
use clap::Args;
use docket_engine::Founding;
use std::sync::Arc;

/// Serve the HTTP interface
#[derive(Debug, Args)]
#[command(after_help = "\
Builds the read models where there are none. The log and the key file must be there: where they are
not, it says so and makes nothing, because a folder that is not mounted looks like a new system.
`docket migrate --new` founds one. Refuses a database made by `docket demo`. SIGINT and SIGTERM
finish what is under way. On PostgreSQL any number of servers may share one database, each with the
same key file.

Examples:
  docket migrate --new && docket serve
  docket serve --database-url sqlite:/srv/docket/docket.db --listen 0.0.0.0:8300
  docket serve --database-url postgres://docket@db1,db2/docket --key-file /etc/docket/docket.key
  docket serve --admin-listen 127.0.0.1:8301
  DOCKET_LOG=info docket serve")]
pub struct Serve {
    #[command(flatten)]
    pub listen: ListenFlags,
}

pub async fn run(args: &Serve, context: &Context) -> anyhow::Result<Exit> {
    let output = context.output;
    let settings = context.settings.resolve(Some(&args.listen))?;
    let doors = listen(&settings).await?;
    let store = Store::open_existing(&settings).await?;
    let server = Server::build(parts(store, &settings, output).await?, doors)?;
    let (address, metrics) = (server.address()?, server.metrics_address()?);
    let announce = async || {
        if output.json {
            let metrics = metrics.map(|address| format!("http://{address}/metrics"));
            let told = serde_json::json!({
                "base_url": format!("http://{address}"),
                "metrics_url": metrics,
            });
            output.json(&told.to_string());
        } else {
            output.line(format_args!("serving http://{address}"));
            if let Some(address) = metrics {
                output.line(format_args!("metrics at http://{address}/metrics"));
            }
        }
        Ok(())
    };
    let anew = async || parts(Store::open_existing(&settings).await?, &settings, output).await;
    server.serve(announce, anew).await?.close().await?;
    Ok(Exit::Done)
}

/// A node on an open log.
async fn parts(store: Store, settings: &Settings, output: Output) -> anyhow::Result<Parts> {
    let founding = Founding {
        jurisdiction: settings.jurisdiction.clone(),
        demo: false,
    };
    let engine = store.engine(Arc::new(SystemClock), &founding).await?;
    let views = views::open(settings, &store, output).await?;
    Ok(Parts {
        store,
        engine,
        views,
        demo_clock: None,
        verify_every: settings.verify_every,
    })
}
