use crate::postgres::{Batches, Rows, connect, twin_of_events};
use anyhow::Result;
use std::sync::Arc;
use std::time::Instant;

/// Rows a second when `clients` connections insert the very rows that a log holds, each row a
/// transaction of its own, into a table of the same columns and indexes, without any lock: what an
/// event store gets that commits every event alone.
///
/// # Errors
/// When the table cannot be made or filled.
pub async fn single_inserts(
    url: &str,
    behind: u64,
    batches: &Batches,
    clients: usize,
) -> Result<f64> {
    let client = connect(url).await?;
    twin_of_events(&client, "single", behind).await?;
    let rows = Arc::new(batches.batches.clone());
    let places: Arc<Vec<(usize, usize)>> = Arc::new(places(&rows));
    let mut connections = Vec::new();
    for _ in 0..clients {
        let client = connect(url).await?;
        let insert = client.prepare(INSERT).await?;
        connections.push((client, insert));
    }
    let began = Instant::now();
    let tasks = connections
        .into_iter()
        .enumerate()
        .map(|(at, (client, insert))| {
            let (rows, places) = (Arc::clone(&rows), Arc::clone(&places));
            tokio::spawn(async move {
                for (batch, row) in places.iter().skip(at).step_by(clients) {
                    let rows = &rows[*batch];
                    client.execute(&insert, &values(rows, *row)).await?;
                }
                anyhow::Ok(())
            })
        });
    for done in futures::future::try_join_all(tasks).await? {
        done?;
    }
    let elapsed = began.elapsed().as_secs_f64();
    client.batch_execute("DROP SCHEMA single CASCADE").await?;
    Ok(batches.rows() as f64 / elapsed)
}

const INSERT: &str =
    "INSERT INTO single.events VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// Where each row lies: its batch and its place there.
fn places(batches: &[Rows]) -> Vec<(usize, usize)> {
    let batches = batches.iter().enumerate();
    batches
        .flat_map(|(batch, rows)| (0..rows.len()).map(move |row| (batch, row)))
        .collect()
}

fn values(rows: &Rows, at: usize) -> [&(dyn tokio_postgres::types::ToSql + Sync); 12] {
    [
        &rows.positions[at],
        &rows.streams[at],
        &rows.versions[at],
        &rows.kinds[at],
        &rows.schemas[at],
        &rows.payloads[at],
        &rows.sealed[at],
        &rows.metadata[at],
        &rows.times[at],
        &rows.leaves[at],
        &rows.commands[at],
        &rows.sizes[at],
    ]
}
