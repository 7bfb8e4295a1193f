//! What one node does at a time. A lease saves work; it is no fence: whoever feeds a view is held
//! to the checkpoint, and whoever decides to the log.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// How long a lease lasts without being renewed.
pub(crate) const LASTS: Duration = Duration::from_secs(3);
/// How often leases that are held are renewed.
const RENEWED: Duration = Duration::from_secs(1);
/// How often leases that others hold are asked for.
const ASKED: Duration = Duration::from_millis(500);

/// The leases that a node wants and those it has.
#[derive(Default)]
pub(crate) struct Leases {
    all: Mutex<BTreeMap<String, Lease>>,
    /// Whether this engine has but one node, which holds whatever it wants.
    alone: bool,
    /// Something is wanted that was not before.
    pub(crate) poke: Notify,
}

struct Lease {
    held: watch::Sender<bool>,
    until: Option<Instant>,
    /// This node cannot do the work.
    given_up: bool,
}

impl Leases {
    /// Of a place that has one node, or whose nodes all do everything.
    pub(crate) fn alone() -> Leases {
        Leases {
            alone: true,
            ..Leases::default()
        }
    }

    /// Wants a lease; tells whether it is held.
    pub(crate) fn want(&self, name: &str) -> watch::Receiver<bool> {
        let mut all = self.all();
        if !all.contains_key(name) {
            self.poke.notify_one();
        }
        let lease = all.entry(name.to_owned()).or_insert_with(|| Lease {
            held: watch::Sender::new(self.alone),
            until: None,
            given_up: false,
        });
        lease.held.subscribe()
    }

    /// Wants a lease no more, because this node cannot do the work.
    pub(crate) fn give_up(&self, name: &str) {
        if let Some(lease) = self.all().get_mut(name) {
            lease.given_up = true;
            lease.until = None;
            tell(lease);
        }
    }

    /// Whether a lease is held.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.alone
            || self
                .all()
                .get(name)
                .and_then(|lease| lease.until)
                .is_some_and(|until| Instant::now() < until)
    }

    /// The names that are wanted.
    pub(crate) fn wanted(&self) -> Vec<String> {
        let all = self.all();
        let wanted = all.iter().filter(|(_, lease)| !lease.given_up);
        wanted.map(|(name, _)| name.clone()).collect()
    }

    /// Notes whether a lease that was asked for is held, and until when; whether that is new.
    pub(crate) fn note(&self, name: &str, until: Option<Instant>) -> bool {
        let mut all = self.all();
        let Some(lease) = all.get_mut(name).filter(|lease| !lease.given_up) else {
            return false;
        };
        lease.until = until;
        tell(lease)
    }

    /// Lets go of what was not renewed in time.
    pub(crate) fn expire(&self) {
        self.all().values_mut().for_each(|lease| _ = tell(lease));
    }

    /// When to ask again.
    pub(crate) fn pause(&self) -> Duration {
        let now = Instant::now();
        let all = self.all();
        all.values()
            .filter(|lease| !lease.given_up)
            .map(|lease| match lease.until {
                Some(until) => RENEWED.min(until.saturating_duration_since(now)),
                None => ASKED,
            })
            .min()
            .unwrap_or(RENEWED)
            .max(Duration::from_millis(50))
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Lease>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tell(lease: &mut Lease) -> bool {
    lease.until = lease.until.filter(|until| Instant::now() < *until);
    let held = lease.until.is_some();
    lease
        .held
        .send_if_modified(|told| std::mem::replace(told, held) != held)
}
