use super::finding::{Finding, Verdict};
use docket_store_sqlite::SqliteLog;

/// Whether a commit is on disk when it is answered.
pub async fn examine(log: &SqliteLog) -> anyhow::Result<Vec<Finding>> {
    let found = log.durability().await?;
    Ok(vec![
        Finding::of(
            "journal_mode",
            Verdict::unless(found.journal_mode == "wal", Verdict::Wrong),
            found.journal_mode,
            "the file system cannot share memory between processes; put the database on a local disk",
        ),
        Finding::of(
            "synchronous",
            Verdict::unless(found.synchronous == 2, Verdict::Wrong),
            found.synchronous.to_string(),
            "a commit is not on disk when it is answered; this SQLite does not honour synchronous=FULL",
        ),
    ])
}
