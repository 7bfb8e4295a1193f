use crate::postgres::{Batches, Rows, connect, twin_of_events};
use anyhow::{Result, ensure};
use std::time::Instant;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Statement};

/// The statement of the store, into another table.
const INSERT: &str = "INSERT INTO ceiling.events SELECT * FROM unnest(
    $1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::integer[], $6::text[], $7::bytea[],
    $8::text[], $9::bigint[], $10::bytea[], $11::uuid[], $12::integer[])";

/// Rows a second when the rows that a log holds behind a position go into a table of the same
/// columns, indexes and earlier rows, in the same batches: lock, one bulk insert, commit. Nothing is
/// looked up, decided, sealed, hashed or checked by a trigger.
///
/// # Errors
/// When the table cannot be made or filled.
pub async fn ceiling(url: &str, behind: u64, batches: &Batches) -> Result<f64> {
    let client = connect(url).await?;
    twin_of_events(&client, "ceiling", behind).await?;
    let insert = client.prepare(INSERT).await?;
    let began = Instant::now();
    for rows in &batches.batches {
        store(&client, &insert, rows).await?;
    }
    let elapsed = began.elapsed().as_secs_f64();
    let counted = "SELECT count(*) FROM ceiling.events WHERE position > $1";
    let stored = client
        .query_one(counted, &[&i64::try_from(behind)?])
        .await?;
    let stored: i64 = stored.get(0);
    ensure!(
        stored == batches.rows() as i64,
        "the ceiling stored {stored} rows"
    );
    client.batch_execute("DROP SCHEMA ceiling CASCADE").await?;
    Ok(batches.rows() as f64 / elapsed)
}

/// Everything of a batch is sent at once: nothing has to be read before it is written. The lock is a
/// statement of its own, as it must be for a writer that does read.
async fn store(client: &Client, insert: &Statement, rows: &Rows) -> Result<()> {
    let values: [&(dyn ToSql + Sync); 12] = [
        &rows.positions,
        &rows.streams,
        &rows.versions,
        &rows.kinds,
        &rows.schemas,
        &rows.payloads,
        &rows.sealed,
        &rows.metadata,
        &rows.times,
        &rows.leaves,
        &rows.commands,
        &rows.sizes,
    ];
    let begin = client.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(1)");
    let insert = client.execute(insert, &values);
    let commit = client.batch_execute("COMMIT");
    futures::future::try_join3(begin, insert, commit).await?;
    Ok(())
}
