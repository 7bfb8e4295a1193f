//! PostgreSQL keeps the contract, and what it keeps outlives the process.

use docket_store::Log;
use docket_store_conformance::{Place, async_trait};
use docket_store_postgres::PostgresLog;
use docket_testkit::postgres::Database;
use std::sync::Arc;
use uuid::Uuid;

struct Server(Database, Uuid);

#[async_trait]
impl Place for Server {
    async fn open(&self) -> Arc<dyn Log> {
        let log = PostgresLog::open(&self.0.url(), self.1).await;
        Arc::new(log.expect("the log is opened"))
    }
}

fn server(log: Uuid) -> Server {
    Server(Database::new(), log)
}

docket_store_conformance::conformance!(server);
docket_store_conformance::durability!(server);
