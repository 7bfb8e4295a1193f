//! What nobody uses any more goes.

use crate::container::Result;
use crate::home::Home;
use crate::registry::Entry;
use crate::views::Views;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How often what nobody uses any more is removed.
pub(crate) const HOUSE: Duration = Duration::from_secs(10);
/// How long the generation of a newer version, or of another log, may be used by nobody. Its nodes
/// may all be restarting, and it would be built anew; but it must go, or an update that was taken
/// back would leave rows in which nothing is erased any more.
const NEWER: Duration = Duration::from_secs(3_600);

/// Generations that were not used whenever it was looked, and since when.
pub(crate) type Unused = Mutex<BTreeMap<(String, u32), Instant>>;

impl Views {
    /// Removes what nobody uses: builds that were cut short, generations of another meaning or of
    /// another log, and files that the registry does not know. A stale generation would keep what
    /// was erased since.
    pub(crate) async fn clean(&self) -> Result<()> {
        let inner = &self.inner;
        let entries = inner.registry.entries().await?;
        for entry in &entries {
            if !self.is_ours(entry) && !self.is_awaited(entry, &entries) {
                self.drop_unused(entry).await?;
            }
        }
        inner.home.remove_gone(&inner.registry).await?;
        inner.home.remove_strays(&inner.registry).await
    }

    /// Removes what nobody uses any more, and lets people with psql read what answers.
    pub(crate) async fn keep_house(&self, now: Instant) {
        if let Err(error) = self.try_keep_house(now).await {
            tracing::debug!(%error, "replaced views stay for now");
        }
    }

    async fn try_keep_house(&self, now: Instant) -> Result<()> {
        let inner = &self.inner;
        inner.home.remove_gone(&inner.registry).await?;
        let entries = inner.registry.entries().await?;
        self.drop_stale(&entries, now).await?;
        match inner.home {
            Home::Folder(_) => inner.home.remove_strays(&inner.registry).await,
            Home::Database(_) => self.publish_newest().await,
        }
    }

    /// Lets people with psql read the newest generation of each view that answers.
    async fn publish_newest(&self) -> Result<()> {
        let inner = &self.inner;
        let entries = inner.registry.entries().await?;
        let live = entries.into_iter().filter(Entry::is_live);
        let names: BTreeSet<String> = live.map(|entry| entry.name).collect();
        for name in names {
            inner.home.publish(&inner.registry, &name).await;
        }
        Ok(())
    }

    /// After a rolling update the generations of the version before stand, because its nodes used
    /// them when the last of the new ones started. They go once nobody has used them for a while: a
    /// node that lives says so all along, but for the moment in which its connection is made anew.
    async fn drop_stale(&self, entries: &[Entry], now: Instant) -> Result<()> {
        let mut unused = BTreeMap::new();
        for entry in entries.iter().filter(|entry| !self.is_ours(entry)) {
            let home = &self.inner.home;
            if !home.is_unused(&entry.name, entry.number).await? {
                continue;
            }
            let key = (entry.name.clone(), entry.number);
            let since = self.unused().get(&key).copied().unwrap_or(now);
            let replaced = entries.iter().any(|other| entry.is_replaced_by(other));
            // A build that nobody holds was cut short.
            let patience = match replaced || entry.building {
                true => HOUSE,
                false => NEWER,
            };
            if now.duration_since(since) >= patience {
                self.drop_unused(entry).await?;
            } else {
                unused.insert(key, since);
            }
        }
        *self.unused() = unused;
        Ok(())
    }

    fn unused(&self) -> std::sync::MutexGuard<'_, BTreeMap<(String, u32), Instant>> {
        let unused = self.inner.unused.lock();
        unused.unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a generation of another meaning waits to be compared with the first one of ours.
    pub(crate) fn is_awaited(&self, entry: &Entry, entries: &[Entry]) -> bool {
        let mut models = self.inner.models.iter();
        entry.is_live()
            && models.any(|model| {
                let built = |other: &Entry| other.answers(model.name, &model.fingerprint);
                entry.belongs_to(model.name) && !entries.iter().any(built)
            })
    }

    /// Whether a generation answers for a view of this node, or may do so again.
    fn is_ours(&self, entry: &Entry) -> bool {
        let mut models = self.inner.models.iter();
        models.any(|model| {
            entry.answers(model.name, &model.fingerprint)
                || entry.is_kept_for(model.name, &model.fingerprint)
        })
    }

    /// Removes a generation unless somebody uses it; whether it is gone.
    pub(crate) async fn drop_unused(&self, entry: &Entry) -> Result<bool> {
        let inner = &self.inner;
        inner
            .home
            .remove_unused(&inner.registry, &entry.name, entry.number)
            .await
    }
}

#[cfg(feature = "testing")]
impl Views {
    /// Keeps house as if so much time had gone by.
    pub async fn keep_house_after(&self, passed: Duration) {
        self.keep_house(Instant::now() + passed).await;
    }
}
