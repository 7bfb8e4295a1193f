use crate::container::{Container, Result};
use crate::fold::Parked;
use crate::table::Table;
use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// A generation in use: its container, and a shared lock that tells other processes so.
pub(crate) struct Generation {
    pub(crate) number: u32,
    pub(crate) container: Container,
    checkpoint: AtomicU64,
    parked: RwLock<Arc<HashSet<String>>>,
    /// Set once another one answers in its place: the last user removes the file.
    retired: AtomicBool,
    lock: Option<File>,
}

impl Generation {
    /// Opens a generation and says so to other processes.
    pub(crate) async fn open(
        dir: &Path,
        name: &str,
        number: u32,
        tables: Arc<[Table]>,
    ) -> Result<Generation> {
        let lock = File::create(lock_path(dir, name, number))?;
        lock.lock_shared()?;
        let container = Container::open(&file_path(dir, name, number), tables).await?;
        let checkpoint = AtomicU64::new(container.checkpoint().await?);
        let generation = Generation {
            number,
            container,
            checkpoint,
            parked: RwLock::default(),
            retired: AtomicBool::new(false),
            lock: Some(lock),
        };
        generation.reload().await?;
        Ok(generation)
    }

    pub(crate) fn checkpoint(&self) -> u64 {
        self.checkpoint.load(Ordering::Acquire)
    }

    pub(crate) fn moved_to(&self, position: u64) {
        self.checkpoint.store(position, Ordering::Release);
    }

    pub(crate) fn parked(&self) -> Arc<HashSet<String>> {
        self.parked
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn park(&self, parked: &[Parked]) {
        if !parked.is_empty() {
            let mut all = self.parked.write().unwrap_or_else(PoisonError::into_inner);
            Arc::make_mut(&mut all).extend(parked.iter().map(|parked| parked.stream.clone()));
        }
    }

    /// Reads checkpoint and parked streams again, after somebody else wrote them.
    pub(crate) async fn reload(&self) -> Result<()> {
        let parked = self
            .container
            .parked()
            .await?
            .into_iter()
            .map(|parked| parked.stream)
            .collect();
        self.moved_to(self.container.checkpoint().await?);
        *self.parked.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(parked);
        Ok(())
    }

    /// Another generation answers now; the file goes with the last query that reads it.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        self.lock.take();
        if self.retired.load(Ordering::Acquire) {
            remove_unused(self.container.path());
        }
    }
}

/// Where a generation lies.
pub(crate) fn file_path(dir: &Path, name: &str, number: u32) -> PathBuf {
    dir.join(format!("{name}-{number}.db"))
}

/// The file whose lock says that somebody uses or builds the generation.
pub(crate) fn lock_path(dir: &Path, name: &str, number: u32) -> PathBuf {
    dir.join(format!("{name}-{number}.lock"))
}

/// The view and number that a file belongs to.
pub(crate) fn parse_path(path: &Path) -> Option<(String, u32)> {
    let stem = path.file_name()?.to_str()?.strip_suffix(".db")?;
    let (name, number) = stem.rsplit_once('-')?;
    Some((name.to_owned(), number.parse().ok()?))
}

/// Locks a generation for building or removing it; `None` while somebody uses it.
pub(crate) fn try_own(lock: &Path) -> Option<File> {
    let file = File::create(lock).ok()?;
    file.try_lock().ok().map(|()| file)
}

/// Removes a generation's files unless another process uses them; then that one will.
pub(crate) fn remove_unused(path: &Path) -> bool {
    let lock = path.with_extension("lock");
    let Some(_owned) = try_own(&lock) else {
        return false;
    };
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        remove(Path::new(&name));
    }
    remove(&lock);
    true
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, path = %path.display(), "a file of an old view could not be removed");
    }
}
