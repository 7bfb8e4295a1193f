//! For adapters: what waits for the one task that writes, taken out in transactions (group commit).

use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout_at};

/// Most jobs, and most bytes, of one transaction.
const JOBS_MAX: usize = 256;
const BYTES_MAX: usize = 1024 * 1024;

/// Longest wait for the callers of the batch before, who are likely to ask again.
const GATHER_MAX: Duration = Duration::from_millis(1);

/// Jobs that may wait before callers wait to queue.
pub const QUEUE: usize = 4_096;

/// A job that waits.
pub trait Queued {
    /// Whether it may share a transaction with others.
    fn commits(&self) -> bool;

    /// About how much it adds to a transaction.
    fn bytes(&self) -> usize;
}

/// The receiving end of the queue.
pub struct Queue<J> {
    jobs: mpsc::Receiver<J>,
    /// A job that did not fit into the batch before.
    held: Option<J>,
    /// Jobs of the batch before.
    before: usize,
}

impl<J: Queued> Queue<J> {
    /// Over a channel.
    pub fn new(jobs: mpsc::Receiver<J>) -> Self {
        Self {
            jobs,
            held: None,
            before: 0,
        }
    }

    /// The next job; `None` once the log was dropped.
    pub async fn next(&mut self) -> Option<J> {
        match self.held.take() {
            Some(job) => Some(job),
            None => self.jobs.recv().await,
        }
    }

    /// Takes whatever waits behind a job, up to the size of a transaction.
    pub fn drain(&mut self, first: J) -> Vec<J> {
        let mut bytes = first.bytes();
        let mut jobs = vec![first];
        while jobs.len() < JOBS_MAX {
            let Ok(job) = self.jobs.try_recv() else { break };
            bytes += job.bytes();
            if !job.commits() || bytes > BYTES_MAX {
                self.held = Some(job);
                break;
            }
            jobs.push(job);
        }
        jobs
    }

    /// Takes what waits behind a job like [`Queue::drain`], and as long as that is less than half of
    /// the batch before, what arrives within a moment: callers who are answered together ask again
    /// together, and the first of them would else have a transaction of its own while the others
    /// wait for it. Then one half is decided while the other is written. A caller on its own never
    /// waits.
    pub async fn gather(&mut self, first: J) -> Vec<J> {
        let mut jobs = self.drain(first);
        let enough = self.before / 2;
        let until = Instant::now() + GATHER_MAX;
        while jobs.len() < enough && self.held.is_none() {
            let Ok(Some(job)) = timeout_at(until, self.jobs.recv()).await else {
                break;
            };
            if !job.commits() {
                self.held = Some(job);
                break;
            }
            jobs.push(job);
        }
        self.before = jobs.len();
        jobs
    }

    /// Whether nobody waits.
    pub fn is_idle(&self) -> bool {
        self.held.is_none() && self.jobs.is_empty()
    }
}

/// Raises the newest position known, never lowers it.
pub fn advance(newest: &watch::Sender<u64>, position: u64) {
    newest.send_if_modified(|known| {
        let later = position > *known;
        *known = position.max(*known);
        later
    });
}
