//! A log with its keys and its engine: what every verb that reads or writes starts from.

use crate::backend::{Backend, nothing_at};
use crate::clock::{DemoClock, SystemClock};
use crate::output::Output;
use crate::settings::Settings;
use crate::standing::{hold, remember};
use anyhow::Context as _;
use docket_codec::{KeyRing, OsEntropy, Quarantine};
use docket_domain::log::{FIRST_INCARNATION, Incarnation, LogCreated};
use docket_domain::time::Instant;
use docket_engine::{
    Clock, Engine, EngineParts, Founding, MemoryFile, attach, bootstrap, definitions,
};
use docket_store::Log;
use std::num::NonZeroUsize;
use std::sync::Arc;

const STATES_CACHED: NonZeroUsize = NonZeroUsize::new(50_000).expect("it is not 0");

/// What a log is opened for.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    /// To write too.
    Work,
    /// To look: nothing is written, so that any role that may read can do it.
    Look,
}

/// An open log with the keys that read it.
pub struct Store {
    /// The engine that holds it.
    pub backend: Backend,
    /// Its keys, checked.
    pub ring: Arc<KeyRing>,
    /// What was found in the log that it does not prove, by whoever of this process reads it.
    pub quarantine: Arc<Quarantine>,
    /// What position 1 says; `None` for a log that is still empty.
    pub created: Option<LogCreated>,
    /// Whether the key file was made just now: its owner should be told.
    pub key_file_made: bool,
    /// The incarnation that the log is in.
    pub incarnation: Incarnation,
    /// Where this node remembers the newest head.
    pub memory: MemoryFile,
}

impl Store {
    /// Opens a log and its key file, making both where they are not there yet; `now` is when. For
    /// the verbs that found a system, and for no other.
    ///
    /// # Errors
    /// When either cannot be opened, or they do not belong together.
    pub async fn open_or_create(settings: &Settings, now: Instant) -> anyhow::Result<Self> {
        let backend = Backend::open_or_create(&settings.database, now).await?;
        Self::of(backend, settings, Purpose::Work).await
    }

    /// Opens a log that must be there and must have begun. Where it is not, nothing is made.
    ///
    /// # Errors
    /// As [`Store::open_or_create`], and when there is no log or no event in it.
    pub async fn open_existing(settings: &Settings) -> anyhow::Result<Self> {
        let backend = Backend::open_existing(&settings.database).await?;
        Self::of(backend, settings, Purpose::Work).await
    }

    /// The same for whoever only looks: nothing is written.
    ///
    /// # Errors
    /// As [`Store::open_existing`].
    pub async fn look(settings: &Settings) -> anyhow::Result<Self> {
        let backend = Backend::open_to_look(&settings.database).await?;
        Self::of(backend, settings, Purpose::Look).await
    }

    async fn of(backend: Backend, settings: &Settings, purpose: Purpose) -> anyhow::Result<Self> {
        let mut store = Self::unheld(backend, settings, purpose).await?;
        store.incarnation = hold(store.log().as_ref(), settings).await?;
        Ok(store)
    }

    /// As [`Store::open_existing`] for a log that may have lost events: to find out and accept that.
    ///
    /// # Errors
    /// As there.
    pub async fn open_as_it_is(settings: &Settings) -> anyhow::Result<Self> {
        let backend = Backend::open_existing(&settings.database).await?;
        Self::unheld(backend, settings, Purpose::Work).await
    }

    async fn unheld(
        backend: Backend,
        settings: &Settings,
        purpose: Purpose,
    ) -> anyhow::Result<Self> {
        let log = backend.log();
        let created = created(log.as_ref()).await?;
        let path = &settings.key_file;
        let (ring, key_file_made) = if created.is_some() {
            (KeyRing::open(path)?, false)
        } else {
            KeyRing::open_or_create(path, &OsEntropy)?
        };
        let checked = match purpose {
            Purpose::Work => ring.check(log.as_ref()).await,
            Purpose::Look => ring.proves(log.as_ref()).await,
        };
        checked.with_context(|| {
            format!(
                "the key file {} does not open {}",
                path.display(),
                settings.database
            )
        })?;
        Ok(Self {
            backend,
            ring: Arc::new(ring),
            quarantine: Arc::default(),
            created,
            key_file_made,
            incarnation: FIRST_INCARNATION,
            memory: MemoryFile::beside(path),
        })
    }

    /// Remembers the newest head and closes the log.
    ///
    /// # Errors
    /// When the last write fails.
    pub async fn close(self) -> anyhow::Result<()> {
        remember(self.log().as_ref(), self.incarnation, &self.memory).await;
        self.backend.close().await
    }

    /// Tells to keep a copy of a key file that was made just now.
    pub fn warn_of_new_key(&self, settings: &Settings, output: Output) {
        if self.key_file_made {
            let path = settings.key_file.display();
            output.note(format_args!("made the key file {path}: without it the personal data in the log is lost, so keep a copy in a safe place"));
        }
    }

    /// The log.
    pub fn log(&self) -> Arc<dyn Log> {
        self.backend.log()
    }

    /// Whether `docket demo` made it.
    pub fn is_demo(&self) -> bool {
        self.created.as_ref().is_some_and(|created| created.demo)
    }

    /// An engine on it, for a purpose and with a clock.
    ///
    /// # Errors
    /// When the log was made for another purpose or cannot be used.
    pub async fn engine(
        &self,
        clock: Arc<dyn Clock>,
        founding: &Founding,
    ) -> anyhow::Result<Arc<Engine>> {
        Ok(Arc::new(bootstrap(self.parts(clock), founding).await?))
    }

    /// An engine that has written nothing to the log yet.
    pub fn bare_engine(&self, clock: Arc<dyn Clock>) -> Engine {
        Engine::new(self.parts(clock))
    }

    fn parts(&self, clock: Arc<dyn Clock>) -> EngineParts {
        EngineParts {
            log: self.log(),
            ring: Arc::clone(&self.ring),
            clock,
            entropy: Arc::new(OsEntropy),
            definitions: definitions(),
            quarantine: Arc::clone(&self.quarantine),
            cached_states: STATES_CACHED,
        }
    }

    /// The clock that the log was made with.
    ///
    /// # Errors
    /// When the demo's cannot be read.
    pub async fn clock(&self) -> anyhow::Result<Arc<dyn Clock>> {
        if !self.is_demo() {
            return Ok(Arc::new(SystemClock));
        }
        let clock = DemoClock::of_log(self.log().as_ref()).await?;
        clock.run();
        Ok(Arc::new(clock))
    }
}

/// An engine that only reads, on a log that may be a standby's or not whole. It publishes and seeds
/// nothing, so no command may be given to it.
///
/// # Errors
/// When the log's clock cannot be read.
pub async fn engine_to_read(log: Arc<dyn Log>, ring: Arc<KeyRing>) -> anyhow::Result<Engine> {
    let demo = created(log.as_ref())
        .await?
        .is_some_and(|created| created.demo);
    let clock: Arc<dyn Clock> = match demo {
        true => Arc::new(DemoClock::of_log(log.as_ref()).await?),
        false => Arc::new(SystemClock),
    };
    Ok(Engine::new(EngineParts {
        log,
        ring,
        clock,
        entropy: Arc::new(OsEntropy),
        definitions: definitions(),
        cached_states: STATES_CACHED,
        quarantine: Arc::default(),
    }))
}

/// An engine on a log that is there, whatever its purpose: for the tools.
pub struct Node {
    /// The log and its keys.
    pub store: Store,
    /// The engine.
    pub engine: Arc<Engine>,
}

impl Node {
    /// Opens a log that must be there, with the clock it was made with.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open_existing(settings: &Settings) -> anyhow::Result<Self> {
        Self::of(
            Store::open_existing(settings).await?,
            settings,
            Purpose::Work,
        )
        .await
    }

    /// The same for whoever only looks: nothing is written, not even a definition that this version
    /// would publish.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn look(settings: &Settings) -> anyhow::Result<Self> {
        Self::of(Store::look(settings).await?, settings, Purpose::Look).await
    }

    async fn of(store: Store, settings: &Settings, purpose: Purpose) -> anyhow::Result<Self> {
        let Some(created) = &store.created else {
            return Err(nothing_at(&settings.database, "a log without any event"));
        };
        let founding = Founding {
            jurisdiction: created.jurisdiction.clone(),
            demo: created.demo,
        };
        let clock = store.clock().await?;
        let engine = match purpose {
            Purpose::Work => store.engine(clock, &founding).await?,
            Purpose::Look => Arc::new(attach(store.parts(clock)).await?),
        };
        Ok(Self { store, engine })
    }

    /// Closes the log.
    ///
    /// # Errors
    /// When the last write fails.
    pub async fn close(self) -> anyhow::Result<()> {
        self.store.close().await
    }
}

async fn created(log: &dyn Log) -> anyhow::Result<Option<LogCreated>> {
    let Some(first) = log.read_all(0, 1).await?.into_iter().next() else {
        return Ok(None);
    };
    anyhow::ensure!(
        first.kind == "LogCreated",
        "position 1 of the log is no LogCreated but {}",
        first.kind
    );
    Ok(Some(
        serde_json::from_str(&first.payload).context("position 1 of the log cannot be read")?,
    ))
}
