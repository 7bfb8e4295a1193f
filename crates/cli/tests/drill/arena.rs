//! A database of one engine, with a demo's log on it.

use docket_codec::{KeyRing, OsEntropy, Reader};
use docket_domain::time::Instant;
use docket_engine::{Clock, Engine, EngineParts, Founding, bootstrap, definitions};
use docket_store::Log;
use docket_store_postgres::PostgresLog;
use docket_store_sqlite::SqliteLog;
use docket_testkit::linear::Entry;
use docket_testkit::postgres::Cluster;
use docket_testkit::town::{StandingClock, Town, founding_day};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;
use uuid::Uuid;

/// The name of the database on a cluster.
const DATABASE: &str = "drill";

/// What the setting that says "the demo's data are made" holds: the drill brings its own people.
const SEEDED: (&str, &[u8]) = ("demo/seeded", b"1");

/// An engine of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// One drill at a time: each keeps the whole machine busy, and some look at the clock.
static TURN: Mutex<()> = Mutex::new(());

/// A database and the folder beside it.
pub struct Arena {
    folder: TempDir,
    /// The server, where there is one.
    pub cluster: Option<Cluster>,
    _turn: MutexGuard<'static, ()>,
}

impl Arena {
    /// Makes an empty one.
    pub fn new(kind: Kind) -> Self {
        let turn = turn();
        match kind {
            Kind::Sqlite => Self::on(None, turn),
            Kind::Postgres => Self::on(Some(Cluster::start()), turn),
        }
    }

    /// One on a given server.
    pub fn on(cluster: Option<Cluster>, turn: MutexGuard<'static, ()>) -> Self {
        if let Some(cluster) = &cluster {
            cluster.psql("postgres", &format!("CREATE DATABASE {DATABASE}"));
        }
        Self {
            folder: tempfile::tempdir().unwrap(),
            cluster,
            _turn: turn,
        }
    }

    /// Key file, logs of the nodes and, on SQLite, everything else.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The database as a setting.
    pub fn url(&self) -> String {
        match &self.cluster {
            Some(cluster) => cluster.url(DATABASE),
            None => format!("sqlite:{}", self.file().display()),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("docket.db")
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("docket.key")
    }

    /// Opens the log in this process, as one more node.
    pub async fn log(&self) -> Arc<dyn Log> {
        let new = Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_00d1);
        match &self.cluster {
            Some(_) => Arc::new(PostgresLog::open(&self.url(), new).await.unwrap()),
            None => Arc::new(SqliteLog::open(&self.file(), new).await.unwrap()),
        }
    }

    /// The keys beside it.
    pub fn ring(&self) -> Arc<KeyRing> {
        let (ring, _) = KeyRing::open_or_create(&self.key_file(), &OsEntropy).unwrap();
        Arc::new(ring)
    }

    /// Founds a demo's log, and a town on it that stands at its founding day.
    pub async fn town(&self) -> Town {
        let (log, ring) = (self.log().await, self.ring());
        ring.check(log.as_ref()).await.unwrap();
        let clock = Arc::new(StandingClock::at(founding_day()));
        let parts = EngineParts {
            log: Arc::clone(&log),
            ring,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            entropy: Arc::new(OsEntropy),
            definitions: definitions(),
            quarantine: Arc::default(),
            cached_states: NonZeroUsize::new(100_000).unwrap(),
        };
        let founding = Founding {
            jurisdiction: "重庆市".into(),
            demo: true,
        };
        let engine: Engine = bootstrap(parts, &founding).await.unwrap();
        log.put_setting(SEEDED.0, SEEDED.1).await.unwrap();
        Town::settle(Arc::new(engine), clock).await
    }

    /// The whole log, opened.
    pub async fn entries(&self) -> Vec<Entry> {
        let log = self.log().await;
        let reader = Reader::new(Arc::clone(&log), self.ring());
        Entry::all(log.as_ref(), &reader).await.unwrap()
    }

    /// Runs a verb of the command line on the database, to its end.
    pub fn docket(&self, verb: &[&str]) -> Output {
        let mut command = docket();
        command.args(verb).arg("--database-url").arg(self.url());
        command.arg("--key-file").arg(self.key_file());
        command.output().unwrap()
    }
}

/// Waits until no other drill runs; one that failed has ended too.
pub fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A command with no setting of the environment it is started in.
pub fn docket() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DOCKET_")) {
        command.env_remove(name);
    }
    command
        .stdin(Stdio::null())
        .current_dir(std::env::temp_dir());
    command
}

/// When the town's clock stands once the first publicity is over: the nodes go on from there.
pub fn after_publicity() -> Instant {
    founding_day().plus_days(9)
}
