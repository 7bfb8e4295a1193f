//! The reference keeps the contract.

use docket_store::{Log, MemoryLog};
use docket_store_conformance::{Place, async_trait};
use std::sync::Arc;
use uuid::Uuid;

struct Memory(Arc<MemoryLog>);

#[async_trait]
impl Place for Memory {
    async fn open(&self) -> Arc<dyn Log> {
        self.0.clone()
    }
}

fn memory(log: Uuid) -> Memory {
    Memory(Arc::new(MemoryLog::new(log)))
}

docket_store_conformance::conformance!(memory);
