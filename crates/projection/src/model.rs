use crate::container::Result;
use crate::error::ViewError;
use crate::fingerprint::{History, fingerprint};
use crate::fold::Target;
use crate::generation::Generation;
use crate::projector::{Projector, categories};
use crate::table::Table;
use docket_domain::Category;
use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// The wait after a first failure, and the longest.
const RETRY: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(10);

/// One view of this process: its projector and the generation that answers.
pub(crate) struct Model {
    pub(crate) name: &'static str,
    pub(crate) projector: Arc<dyn Projector>,
    pub(crate) tables: Arc<[Table]>,
    pub(crate) categories: Arc<BTreeSet<Category>>,
    pub(crate) fingerprint: String,
    /// The name of the lease of whoever feeds it.
    pub(crate) lease: String,
    live: RwLock<Option<Arc<Generation>>>,
    /// The one that it replaced and that may answer again, and since when this node knows of it.
    kept: Mutex<Option<Kept>>,
    /// The generation that this node fed last, while it leads.
    led: Mutex<Option<u32>>,
    /// Queries that wait for it to come to a position.
    waiting: AtomicUsize,
    pub(crate) seen: watch::Sender<Seen>,
    failing: Mutex<Option<Failing>>,
}

/// A generation that may answer again.
struct Kept {
    generation: Arc<Generation>,
    /// Since when this node knows of it.
    since: Instant,
    /// Until when it is not fed, after a failure.
    rests: Instant,
}

/// The last attempt to feed a view failed.
struct Failing {
    error: ViewError,
    wait: Duration,
    until: Instant,
}

/// How far a view has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) position: u64,
    /// What this node cannot pass, if so: an event that this binary does not know.
    pub(crate) stopped: Option<Stopped>,
}

/// An event that a node cannot pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stopped {
    /// Where it stands.
    pub(crate) position: u64,
    pub(crate) why: String,
}

/// A query that waits.
pub(crate) struct Waiting<'a>(&'a Model);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Model {
    pub(crate) fn new(projector: Arc<dyn Projector>, histories: &[History]) -> Model {
        let lease = format!("view {}", projector.name());
        Model {
            name: projector.name(),
            tables: projector.tables().into(),
            categories: Arc::new(categories(projector.as_ref())),
            fingerprint: fingerprint(projector.as_ref(), histories),
            projector,
            lease,
            live: RwLock::new(None),
            kept: Mutex::new(None),
            led: Mutex::new(None),
            waiting: AtomicUsize::new(0),
            seen: watch::Sender::new(Seen::default()),
            failing: Mutex::new(None),
        }
    }

    /// The generation that answers.
    pub(crate) fn live(&self) -> Result<Arc<Generation>> {
        let live = self
            .live
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        live.ok_or_else(|| {
            ViewError::Unavailable(format!("the view {} is not built yet", self.name))
        })
    }

    /// Lets another generation answer and hands back the one before.
    pub(crate) fn point_to(&self, generation: Arc<Generation>) -> Option<Arc<Generation>> {
        let position = generation.checkpoint();
        let before = self
            .live
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .replace(generation);
        self.saw(position);
        before
    }

    /// Lets nothing answer any more.
    pub(crate) fn clear(&self) -> Option<Arc<Generation>> {
        self.live
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// The generation that was replaced and may answer again.
    pub(crate) fn kept(&self) -> Option<Arc<Generation>> {
        self.keeping().as_ref().map(|kept| kept.generation.clone())
    }

    /// Since when this node knows of it.
    pub(crate) fn kept_since(&self) -> Option<Instant> {
        self.keeping().as_ref().map(|kept| kept.since)
    }

    /// Keeps a generation that may answer again, and hands back the one that did before.
    pub(crate) fn keep(&self, generation: Arc<Generation>) -> Option<Arc<Generation>> {
        let now = Instant::now();
        let kept = self.keeping().replace(Kept {
            generation,
            since: now,
            rests: now,
        });
        kept.map(|before| before.generation)
    }

    /// Keeps nothing any more.
    pub(crate) fn let_go(&self) -> Option<Arc<Generation>> {
        self.keeping().take().map(|kept| kept.generation)
    }

    /// The same, if it may be fed now.
    pub(crate) fn kept_to_feed(&self) -> Option<Arc<Generation>> {
        let keeping = self.keeping();
        let kept = keeping.as_ref();
        kept.filter(|kept| kept.rests <= Instant::now())
            .map(|kept| kept.generation.clone())
    }

    /// Lets it rest after a failure, so that it holds up the one that answers once in a while only.
    pub(crate) fn rest_kept(&self) {
        if let Some(kept) = self.keeping().as_mut() {
            kept.rests = Instant::now() + RETRY_MAX;
        }
    }

    fn keeping(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes which generation this node feeds, if it does; whether it was so before.
    pub(crate) fn led(&self, number: Option<u32>) -> bool {
        let mut led = self.led.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *led, number) == number
    }

    /// A query waits until what is answered is dropped.
    pub(crate) fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        Waiting(self)
    }

    /// Whether a query waits.
    pub(crate) fn is_waited_for(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }

    /// It has come to a position, whoever moved it: what kept this node from moving it is over.
    pub(crate) fn saw(&self, position: u64) {
        let further = self.seen.send_if_modified(|seen| {
            let further = position > seen.position;
            seen.position = seen.position.max(position);
            let passed = seen
                .stopped
                .take_if(|stopped| stopped.position <= seen.position);
            further || passed.is_some()
        });
        if further {
            self.recover();
        }
    }

    /// This node cannot pass the event at a position.
    pub(crate) fn stop(&self, position: u64, why: &str) {
        let why = why.to_owned();
        self.seen.send_modify(|seen| {
            let ahead = position > seen.position;
            seen.stopped = ahead.then_some(Stopped { position, why });
        });
    }

    /// Why it stands still, if it does and this node is to move it.
    pub(crate) fn stopped(&self) -> Option<String> {
        let stopped = self.seen.borrow().stopped.clone();
        stopped
            .map(|stopped| stopped.why)
            .or_else(|| self.failure().map(|error| error.to_string()))
    }

    /// Lets it rest after a failure, each time twice as long, while the others go on.
    pub(crate) fn fail(&self, error: ViewError) {
        tracing::warn!(%error, view = self.name, "the view could not be fed");
        let mut failing = self.failing();
        let wait = failing
            .as_ref()
            .map_or(RETRY, |before| (before.wait * 2).min(RETRY_MAX));
        *failing = Some(Failing {
            error,
            wait,
            until: Instant::now() + wait,
        });
    }

    /// It was fed again, has nothing to be fed with, or is another node's to feed.
    pub(crate) fn recover(&self) {
        *self.failing() = None;
    }

    /// Why the last attempt failed.
    pub(crate) fn failure(&self) -> Option<ViewError> {
        self.failing().as_ref().map(|failing| failing.error.clone())
    }

    /// Whether the next attempt has to wait.
    pub(crate) fn rests(&self) -> bool {
        self.failing()
            .as_ref()
            .is_some_and(|failing| Instant::now() < failing.until)
    }

    /// Lets the next attempt be made at once.
    pub(crate) fn wake(&self) {
        if let Some(failing) = self.failing().as_mut() {
            failing.until = Instant::now();
        }
    }

    fn failing(&self) -> MutexGuard<'_, Option<Failing>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its part in a pass.
    pub(crate) fn target(&self, parked: Arc<HashSet<String>>) -> Target {
        Target {
            projector: self.projector.clone(),
            tables: self.tables.clone(),
            categories: self.categories.clone(),
            parked,
        }
    }
}
