//! What was erased lies on in the write-ahead log until that is emptied.

use super::File;
use super::open::writing;
use crate::container::Result;
use sqlx::{ConnectOptions, Connection};
use std::sync::PoisonError;
use std::time::Duration;
use tokio::time::Instant;

/// The wait after a reader or another writer stood in the way.
const AGAIN: Duration = Duration::from_secs(1);

impl File {
    /// Something was erased.
    pub(crate) fn note_traces(&self) {
        self.next_try().get_or_insert_with(Instant::now);
    }

    /// Removes what was erased from the write-ahead log, if anything was and it is time to try.
    /// Whoever stands in the way is not waited for; the next batch or poll asks again.
    pub(crate) async fn clear_traces(&self) {
        if self
            .next_try()
            .take_if(|at| *at <= Instant::now())
            .is_none()
        {
            return;
        }
        match self.truncate().await {
            Ok(true) => return,
            Ok(false) => tracing::debug!("a reader or another writer is in the way"),
            Err(error) => tracing::debug!(%error, "the write-ahead log could not be emptied"),
        }
        *self.next_try() = Some(Instant::now() + AGAIN);
    }

    /// On a connection that waits for nobody.
    async fn truncate(&self) -> Result<bool> {
        let options = writing(&self.path).busy_timeout(Duration::ZERO);
        let mut connection = options.connect().await?;
        let done: (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok(done.0 == 0)
    }

    fn next_try(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.traces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
