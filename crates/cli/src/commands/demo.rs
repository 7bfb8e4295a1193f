use super::Context;
use crate::clock::{DEMO_START, DemoClock};
use crate::demo::{Cast, Credentials, print_curl_lines, seed, show, write_atomically};
use crate::exit::Exit;
use crate::node::Store;
use crate::output::Output;
use crate::progress::Progress;
use crate::running::Parts;
use crate::server::{Doors, Server, listen};
use crate::settings::{ListenFlags, SettingFlags, Settings};
use crate::views;
use anyhow::Context as _;
use async_trait::async_trait;
use clap::Args;
use docket_domain::time::Instant;
use docket_engine::{Engine, Founding};
use docket_http::AccessTokens;
use docket_projection::Views;
use docket_store::Log;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::Mutex;

/// Show the system on invented data, then serve it
#[derive(Debug, Args)]
#[command(after_help = "\
Invents units, people and declarations by running real commands under a clock of its own, which
begins at 2026-03-02 09:00 +08:00; prints a worklist, a handling record, a replay and a rebuild;
then serves HTTP and prints curl lines with tokens. The clock goes on with real time and is moved by
POST /api/v1/demo/clock {\"advance_days\": 8}. A folder or database with a demo's data goes on where it
stood, without the show; --once shows it again.

It plays in the database that --database-url, DOCKET_DATABASE_URL or docket.toml names, else in
--data, else in a temporary folder. --key-file, --views and --keep-views count as ever.

Examples:
  docket demo
  docket demo --once
  docket demo --data ./demo --listen 127.0.0.1:0 --credentials demo.json
  docket demo --database-url postgres://docket@127.0.0.1/docket_demo --data ./demo")]
pub struct Demo {
    /// Stop after the show
    #[arg(long)]
    pub once: bool,
    /// Folder for docket.db, docket.key and views/, as far as no other setting places them; one that
    /// is there goes on [default: a fresh temporary folder, removed at the end]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub listen: ListenFlags,
    /// Write base URL, people, tokens and examples to this file as JSON once the server answers
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
}

/// What the show and the server need.
struct Stage {
    store: Store,
    engine: Arc<Engine>,
    clock: Arc<DemoClock>,
    views: Views,
    cast: Cast,
    /// Whether its data was made just now.
    is_new: bool,
    verify_every: Option<Duration>,
}

pub async fn run(args: &Demo, context: &Context) -> anyhow::Result<Exit> {
    let (settings, fresh) = settings(args, &context.settings)?;
    // Taken first: nobody waits for a show whose server cannot start.
    let doors = if args.once {
        None
    } else {
        Some(listen(&settings).await?)
    };
    let stage = Stage::set(&settings, context.output).await?;
    if fresh.is_none() {
        stage.store.warn_of_new_key(&settings, context.output);
    }
    // A demo that goes on answers at once.
    if args.once || stage.is_new {
        show(&stage.engine, &stage.views, &stage.cast, context.output).await?;
    }
    match doors {
        Some(doors) => {
            stage
                .serve(
                    doors,
                    args.credentials.as_deref(),
                    &settings,
                    context.output,
                )
                .await?
        }
        None => stage.strike().await?,
    }
    Ok(Exit::Done)
}

/// Where the demo plays, and the folder that goes with it if nobody named one.
fn settings(args: &Demo, flags: &SettingFlags) -> anyhow::Result<(Settings, Option<TempDir>)> {
    let listen = Some(&args.listen);
    if let Some(folder) = &args.data {
        let settings = flags.resolve_in(folder, listen)?;
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        return Ok((settings, None));
    }
    if flags.names_a_database()? {
        return Ok((flags.resolve(listen)?, None));
    }
    let fresh = tempfile::Builder::new().prefix("docket-demo-").tempdir()?;
    Ok((flags.resolve_in(fresh.path(), listen)?, Some(fresh)))
}

impl Stage {
    /// Opens the log, makes the data where it is missing, and brings the views up to it.
    async fn set(settings: &Settings, output: Output) -> anyhow::Result<Self> {
        let store = Store::open_or_create(settings, DEMO_START).await?;
        let clock = Arc::new(DemoClock::of_log(store.log().as_ref()).await?);
        clock.set(DEMO_START);
        let mut stage = Self::on(store, settings, clock, output).await?;
        stage.is_new = seed(&stage.engine, &stage.clock, &stage.cast, &|total| {
            Progress::new(output, "inventing data", total, "commands")
        })
        .await?;
        stage.views.catch_up().await?;
        Ok(stage)
    }

    /// The stage on a log as it is.
    async fn on(
        store: Store,
        settings: &Settings,
        clock: Arc<DemoClock>,
        output: Output,
    ) -> anyhow::Result<Self> {
        let founding = Founding {
            jurisdiction: settings.jurisdiction.clone(),
            demo: true,
        };
        let engine = store
            .engine(Arc::clone(&clock) as Arc<_>, &founding)
            .await?;
        let views = views::open(settings, &store, output).await?;
        Ok(Self {
            store,
            engine,
            clock,
            views,
            cast: Cast::new(),
            is_new: false,
            verify_every: settings.verify_every,
        })
    }

    async fn strike(self) -> anyhow::Result<()> {
        self.views.close().await;
        self.store.close().await
    }

    async fn serve(
        self,
        doors: Doors,
        file: Option<&Path>,
        settings: &Settings,
        output: Output,
    ) -> anyhow::Result<()> {
        let (engine, clock) = (Arc::clone(&self.engine), Arc::clone(&self.clock));
        let tokens = AccessTokens::new(&self.store.ring);
        clock.run();
        let (cast, parts) = self.parts();
        let server = Server::build(parts, doors)?;
        let base_url = format!("http://{}", server.address()?);
        let metrics = server.metrics_address()?;
        let answering = async || {
            if let Some(address) = metrics {
                output.note(format_args!("metrics at http://{address}/metrics"));
            }
            let credentials = Credentials::read(&engine, &cast, &tokens, base_url).await?;
            if let Some(path) = file {
                let content = serde_json::to_vec_pretty(&credentials)?;
                write_atomically(path, &content)
                    .with_context(|| format!("cannot write {}", path.display()))?;
            }
            print_curl_lines(&credentials, &cast, output)
        };
        let anew = async || {
            let store = Store::open_existing(settings).await?;
            let stage = Stage::on(store, settings, Arc::clone(&clock), output).await?;
            Ok(stage.parts().1)
        };
        let store = server.serve(answering, anew).await?;
        clock.store(store.log().as_ref()).await?;
        store.close().await
    }

    /// The node, and who plays.
    fn parts(self) -> (Cast, Parts) {
        let hand = ClockHand {
            clock: self.clock,
            log: self.store.log(),
            turn: Mutex::default(),
        };
        let parts = Parts {
            store: self.store,
            engine: self.engine,
            views: self.views,
            demo_clock: Some(Arc::new(hand)),
            verify_every: self.verify_every,
        };
        (self.cast, parts)
    }
}

/// Moves the demo's clock and stores where it stands.
struct ClockHand {
    clock: Arc<DemoClock>,
    log: Arc<dyn Log>,
    /// One at a time, so that the offset stored last is the furthest.
    turn: Mutex<()>,
}

#[async_trait]
impl docket_http::DemoClock for ClockHand {
    async fn advance(&self, days: u32) -> Result<Instant, String> {
        let _turn = self.turn.lock().await;
        let now = self.clock.advance(days);
        self.clock
            .store(self.log.as_ref())
            .await
            .map_err(|error| error.to_string())?;
        Ok(now)
    }
}
