//! For adapters: what waits for the one task that writes, taken out in transactions (group commit).

use tokio::sync::{mpsc, watch};

/// Most jobs, and most bytes, of one transaction.
const JOBS_MAX: usize = 256;
const BYTES_MAX: usize = 1024 * 1024;

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
}

impl<J: Queued> Queue<J> {
    /// Over a channel.
    pub fn new(jobs: mpsc::Receiver<J>) -> Self {
        Self { jobs, held: None }
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
