//! SQLite keeps the contract, and what it keeps outlives the process.

use docket_store::Log;
use docket_store_conformance::{Place, async_trait};
use docket_store_sqlite::SqliteLog;
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;

struct File(TempDir, Uuid);

#[async_trait]
impl Place for File {
    async fn open(&self) -> Arc<dyn Log> {
        let log = SqliteLog::open(&self.0.path().join("docket.db"), self.1).await;
        Arc::new(log.expect("the log is opened"))
    }
}

fn file(log: Uuid) -> File {
    File(TempDir::new().expect("a temporary folder"), log)
}

docket_store_conformance::conformance!(file);
docket_store_conformance::durability!(file);
