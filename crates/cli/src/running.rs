//! A node at work: everything that holds anything of the log in memory, so that dropping it forgets
//! the log.

use crate::daily;
use crate::node::Store;
use crate::reactors;
use docket_engine::{Engine, HeadKeeper};
use docket_http::{AccessTokens, App, AppParts, DemoClock, Shutdown, router};
use docket_projection::{Runner, Views};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What a node is made of.
pub struct Parts {
    /// The log with its keys.
    pub store: Store,
    /// Its engine.
    pub engine: Arc<Engine>,
    /// Its views, open.
    pub views: Views,
    /// The clock of a demo.
    pub demo_clock: Option<Arc<dyn DemoClock>>,
    /// How often it proves the whole log by itself.
    pub verify_every: Option<Duration>,
}

/// What of a node is asked: the routes, and what is measured of it.
#[derive(Clone)]
pub struct Face {
    /// Every route.
    pub router: axum::Router,
    /// What it serves.
    pub app: App,
    /// Its views.
    pub views: Views,
}

/// Engine, live views, reactors and the hashing of the log.
pub struct Running {
    store: Store,
    runner: Runner,
    reactors: JoinHandle<()>,
    keeper: HeadKeeper,
    /// Proves the whole log from time to time.
    daily: Option<JoinHandle<()>>,
    face: Face,
    stop: watch::Sender<bool>,
}

impl Running {
    /// Starts a node.
    ///
    /// # Errors
    /// When a view is missing.
    pub fn start(parts: Parts) -> anyhow::Result<Self> {
        let Parts {
            store,
            engine,
            views,
            demo_clock,
            verify_every,
        } = parts;
        let reactors = reactors::run(Arc::clone(&engine), &views)?;
        let log = store.backend.unguarded();
        let keeper = HeadKeeper::start(log, store.incarnation, Some(store.memory.clone()));
        let (stop, shutdown) = Shutdown::new();
        let app = App::new(AppParts {
            engine,
            views: views.clone(),
            head: keeper.watch(),
            tokens: AccessTokens::new(&store.ring),
            demo_clock,
            shutdown,
        })?;
        let face = Face {
            router: router(app.clone()),
            app,
            views: views.clone(),
        };
        Ok(Self {
            runner: views.start(),
            reactors: tokio::spawn(reactors),
            keeper,
            daily: daily::begin(&store, verify_every),
            store,
            face,
            stop,
        })
    }

    /// What of it is asked.
    pub fn face(&self) -> Face {
        self.face.clone()
    }

    /// Ends when another incarnation of the log began, which an operator accepted: what this node
    /// holds of the log may be of one that is no more.
    pub async fn is_to_begin_anew(&self) {
        let mut told = self.keeper.begins_anew();
        if told.wait_for(|anew| *anew).await.is_err() {
            // The task that would tell is gone, and with it the node.
            std::future::pending().await
        }
    }

    /// Lets streams that are open end.
    pub fn hang_up(&self) {
        self.stop.send_replace(true);
    }

    /// Ends what is under way and closes the views; the log is handed back to be closed.
    pub async fn stop(self) -> Store {
        self.hang_up();
        self.face.app.idle().await;
        self.reactors.abort();
        if let Some(daily) = self.daily {
            daily.abort();
        }
        self.runner.stop().await;
        self.face.views.close().await;
        self.keeper.stop().await;
        self.store
    }
}
