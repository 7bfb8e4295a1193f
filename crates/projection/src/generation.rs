use crate::container::sqlite::folder;
use crate::container::{Container, Result, Writer};
use crate::fold::Parked;
use std::collections::HashSet;
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// A generation in use.
pub(crate) struct Generation {
    pub(crate) number: u32,
    pub(crate) container: Container,
    checkpoint: AtomicU64,
    parked: RwLock<Arc<HashSet<String>>>,
    /// What tells one set of parked streams from another, where others may change it.
    parked_sum: Mutex<Option<String>>,
    /// Set once another one answers in its place: the last user removes its file.
    retired: AtomicBool,
    hold: Mutex<Option<Hold>>,
}

/// What keeps others from removing a generation.
pub(crate) enum Hold {
    /// The lock of a file, for as long as it is open.
    File {
        /// The container.
        path: PathBuf,
        /// Its lock, shared.
        lock: File,
    },
    /// The session that built the generation, until that answers.
    Session(Box<Writer>),
}

impl Generation {
    pub(crate) async fn new(
        number: u32,
        container: Container,
        hold: Option<Hold>,
    ) -> Result<Generation> {
        let generation = Generation {
            number,
            container,
            checkpoint: AtomicU64::default(),
            parked: RwLock::default(),
            parked_sum: Mutex::default(),
            retired: AtomicBool::new(false),
            hold: Mutex::new(hold),
        };
        generation.reload().await?;
        Ok(generation)
    }

    pub(crate) fn checkpoint(&self) -> u64 {
        self.checkpoint.load(Ordering::Acquire)
    }

    pub(crate) fn moved_to(&self, position: u64) {
        self.checkpoint.store(position, Ordering::Release);
        self.container.answered(position);
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

    /// Somebody looked at it: takes over what others wrote.
    pub(crate) async fn looked_at(&self, position: u64, parked_sum: Option<String>) -> Result<()> {
        let known = self
            .parked_sum
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if parked_sum != known {
            self.reload().await?;
            *self
                .parked_sum
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = parked_sum;
        } else if position != self.checkpoint() {
            self.moved_to(position);
        }
        Ok(())
    }

    /// It answers now: nobody removes it as what a killed builder left.
    pub(crate) async fn settled(&self) {
        if let Some(mut session) = self.take_session() {
            session.close().await;
        }
    }

    fn take_session(&self) -> Option<Box<Writer>> {
        let mut hold = self.hold.lock().unwrap_or_else(PoisonError::into_inner);
        match hold.take() {
            Some(Hold::Session(session)) => Some(session),
            other => {
                *hold = other;
                None
            }
        }
    }

    /// Another generation answers now; the file goes with the last query that reads it.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        let hold = self.hold.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(Hold::File { path, lock }) = hold.take() {
            drop(lock);
            if self.retired.load(Ordering::Acquire) {
                folder::remove_unused(&path);
            }
        }
    }
}
