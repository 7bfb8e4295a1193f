use crate::options::Options;
use crate::usage::Usage;
use anyhow::{Context, Result, ensure};
use docket_testkit::postgres::Cluster;
use std::time::Duration;
use tokio_postgres::{Client, NoTls};

/// The settings that docs/operations.md recommends for a small server, and as many connections as
/// the peers' and the single inserts' callers take. `fsync`, `synchronous_commit` and
/// `full_page_writes` stay as PostgreSQL delivers them: on.
const SETTINGS: &[(&str, &str)] = &[
    ("shared_buffers", "2GB"),
    ("max_wal_size", "8GB"),
    ("min_wal_size", "2GB"),
    ("checkpoint_timeout", "15min"),
    ("max_connections", "400"),
    ("track_wal_io_timing", "on"),
];

/// What is printed, and the first three of which must be on.
const SHOWN: &[&str] = &[
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "shared_buffers",
    "max_wal_size",
    "min_wal_size",
    "checkpoint_timeout",
    "wal_compression",
    "wal_level",
    "autovacuum",
    "max_connections",
];

/// A server of the bench's own, gone with its data at the end.
pub struct Server {
    cluster: Cluster,
    databases: std::cell::Cell<u32>,
    /// How long a reading of the counters waits for the server's processes to tell theirs.
    counted_after: Duration,
}

/// A process that does nothing tells what it counted after ten seconds.
const TOLD_AFTER: Duration = Duration::from_millis(10_500);

impl Server {
    /// Starts it with [`SETTINGS`] and lets it make the files of its write-ahead log, so that the
    /// first run does not pay for them.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn start(options: &Options) -> Result<Self> {
        let mut cluster = Cluster::with();
        for (name, value) in SETTINGS {
            cluster = cluster.setting(name, value);
        }
        if let Some(folder) = &options.folder {
            cluster = cluster.within(folder);
        }
        let server = Self {
            cluster: cluster.start(),
            databases: std::cell::Cell::new(0),
            counted_after: if options.quick {
                Duration::ZERO
            } else {
                TOLD_AFTER
            },
        };
        let rows = if options.quick { 50_000 } else { 1_500_000 };
        server.warm_up(rows).await?;
        Ok(server)
    }

    async fn warm_up(&self, rows: u32) -> Result<()> {
        let client = connect(&self.cluster.url("postgres")).await?;
        let fill = format!(
            "CREATE TABLE warm AS SELECT n, repeat('x', 1000) FROM generate_series(1, {rows}) AS n;
             DROP TABLE warm; CHECKPOINT"
        );
        for statement in fill.split(';') {
            client.batch_execute(statement).await?;
        }
        Ok(())
    }

    /// A fresh database.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn database(&self, name: &str) -> Result<String> {
        let number = self.databases.replace(self.databases.get() + 1);
        let name = format!("{name}_{number}");
        let client = connect(&self.cluster.url("postgres")).await?;
        client
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .await?;
        Ok(self.cluster.url(&name))
    }

    /// Processor time so far, the server's too.
    pub fn usage(&self) -> Option<Usage> {
        let pid = std::fs::read_to_string(self.cluster.folder().join("pid")).ok()?;
        Usage::read(pid.trim().parse().ok()?)
    }

    /// What it has counted so far. A quick run does not wait until all of it is told.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn counters(&self, url: &str) -> Result<Counters> {
        tokio::time::sleep(self.counted_after).await;
        Counters::read(url).await
    }

    /// What it runs with, in words.
    ///
    /// # Errors
    /// When it does not say, or does not write through.
    pub async fn settings(&self) -> Result<String> {
        let client = connect(&self.cluster.url("postgres")).await?;
        let version = setting(&client, "server_version").await?;
        let mut words = vec![format!("PostgreSQL {version}")];
        for name in SHOWN {
            let value = setting(&client, name).await?;
            let promised = ["fsync", "synchronous_commit", "full_page_writes"].contains(name);
            ensure!(
                !promised || value == "on",
                "{name} is {value}: nothing is measured so"
            );
            words.push(format!("{name}={value}"));
        }
        Ok(words.join(", "))
    }
}

async fn setting(client: &Client, name: &str) -> Result<String> {
    let row = client
        .query_one("SELECT current_setting($1)", &[&name])
        .await?;
    Ok(row.get(0))
}

/// A connection; its task ends with the client.
///
/// # Errors
/// When the server does not answer.
pub async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .with_context(|| format!("cannot connect to {url}"))?;
    tokio::spawn(connection);
    Ok(client)
}

/// What the server counted since it was made. Two readings give what happened between them.
#[derive(Debug, Clone, Copy)]
pub struct Counters {
    /// Checkpoints, timed and asked for.
    pub checkpoints: i64,
    /// Buffers that checkpoints wrote.
    pub checkpoint_buffers: i64,
    /// Buffers that backends had to write themselves.
    pub backend_buffers: i64,
    /// Bytes of write-ahead log.
    pub wal_bytes: f64,
    /// Whole pages in it, written after checkpoints.
    pub wal_pages: i64,
    /// How often it was made durable.
    pub wal_syncs: i64,
    /// How long that took, milliseconds.
    pub wal_sync_ms: f64,
}

/// Up to version 16 the background writer counts checkpoints, from 17 on the checkpointer; up to 17
/// the syncs of the write-ahead log are counted with it, from 18 on with all other input and output.
fn counted(version: i32) -> &'static str {
    match version {
        ..170_000 => {
            "SELECT checkpoints_timed + checkpoints_req, buffers_checkpoint, buffers_backend,
                    pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::double precision, wal_fpi, wal_sync, wal_sync_time
             FROM pg_stat_bgwriter, pg_stat_wal"
        }
        170_000..180_000 => {
            "SELECT num_timed + num_requested, buffers_written, 0::bigint,
                    pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::double precision, wal_fpi, wal_sync, wal_sync_time
             FROM pg_stat_checkpointer, pg_stat_wal"
        }
        _ => {
            "SELECT num_timed + num_requested, buffers_written, 0::bigint,
                    pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::double precision, wal_fpi, fsyncs, fsync_time
             FROM pg_stat_checkpointer, pg_stat_wal,
                  (SELECT coalesce(sum(fsyncs), 0)::bigint AS fsyncs,
                          coalesce(sum(fsync_time), 0)::double precision AS fsync_time
                   FROM pg_stat_io WHERE object = 'wal') AS io"
        }
    }
}

impl Counters {
    async fn read(url: &str) -> Result<Self> {
        let client = connect(url).await?;
        let version: i32 = setting(&client, "server_version_num").await?.parse()?;
        let row = client.query_one(counted(version), &[]).await?;
        Ok(Self {
            checkpoints: row.get(0),
            checkpoint_buffers: row.get(1),
            backend_buffers: row.get(2),
            wal_bytes: row.get(3),
            wal_pages: row.get(4),
            wal_syncs: row.get(5),
            wal_sync_ms: row.get(6),
        })
    }

    /// What happened since an earlier reading, in words.
    pub fn since(&self, earlier: &Self) -> String {
        let syncs = self.wal_syncs - earlier.wal_syncs;
        let sync_ms = self.wal_sync_ms - earlier.wal_sync_ms;
        format!(
            "{} checkpoints ({} buffers written by them, {} by backends), {:.0} MB of WAL with {} whole pages, {} syncs of {:.2} ms",
            self.checkpoints - earlier.checkpoints,
            self.checkpoint_buffers - earlier.checkpoint_buffers,
            self.backend_buffers - earlier.backend_buffers,
            (self.wal_bytes - earlier.wal_bytes) / 1e6,
            self.wal_pages - earlier.wal_pages,
            syncs,
            sync_ms / (syncs.max(1) as f64),
        )
    }
}
