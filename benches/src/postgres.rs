//! PostgreSQL under the benches: a server of their own, what it says about itself, and the raw
//! limits of the very rows that Docket wrote.

use anyhow::Result;

mod ceiling;
mod rows;
mod server;
mod single;

pub use ceiling::ceiling;
pub use rows::{Batches, Rows};
pub use server::{Counters, Server, connect};
pub use single::single_inserts;

/// Makes a table of the columns, indexes and earlier rows of the log's events, in a schema of its
/// own, and lets the server rest.
async fn twin_of_events(client: &tokio_postgres::Client, schema: &str, behind: u64) -> Result<()> {
    client
        .batch_execute(&format!(
            "DROP SCHEMA IF EXISTS {schema} CASCADE;
             CREATE SCHEMA {schema};
             CREATE TABLE {schema}.events (LIKE docket_log.events INCLUDING ALL);
             INSERT INTO {schema}.events SELECT * FROM docket_log.events
             WHERE position <= {behind} ORDER BY position;"
        ))
        .await?;
    let analyze = format!("VACUUM (ANALYZE) {schema}.events");
    client.batch_execute(&analyze).await?;
    client.batch_execute("CHECKPOINT").await?;
    Ok(())
}
