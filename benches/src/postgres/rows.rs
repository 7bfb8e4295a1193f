use crate::postgres::connect;
use anyhow::Result;
use uuid::Uuid;

/// Rows of a log as one array for each column, in the order of their positions.
#[derive(Debug, Default, Clone)]
pub struct Rows {
    pub(super) positions: Vec<i64>,
    pub(super) streams: Vec<String>,
    pub(super) versions: Vec<i64>,
    pub(super) kinds: Vec<String>,
    pub(super) schemas: Vec<i32>,
    pub(super) payloads: Vec<String>,
    pub(super) sealed: Vec<Vec<u8>>,
    pub(super) metadata: Vec<String>,
    pub(super) times: Vec<i64>,
    pub(super) leaves: Vec<Vec<u8>>,
    pub(super) commands: Vec<Option<Uuid>>,
    pub(super) sizes: Vec<Option<i32>>,
}

impl Rows {
    /// How many.
    pub fn len(&self) -> usize {
        self.positions.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    fn push(&mut self, row: &tokio_postgres::Row) {
        self.positions.push(row.get(0));
        self.streams.push(row.get(1));
        self.versions.push(row.get(2));
        self.kinds.push(row.get(3));
        self.schemas.push(row.get(4));
        self.payloads.push(row.get(5));
        self.sealed.push(row.get(6));
        self.metadata.push(row.get(7));
        self.times.push(row.get(8));
        self.leaves.push(row.get(9));
        self.commands.push(row.get(10));
        self.sizes.push(row.get(11));
    }

    fn bytes(&self) -> usize {
        let texts = [&self.streams, &self.kinds, &self.payloads, &self.metadata];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        let sealed: usize = self.sealed.iter().map(Vec::len).sum();
        texts + sealed + self.len() * (8 + 8 + 4 + 8 + 32) + self.commands() * (16 + 4)
    }

    fn commands(&self) -> usize {
        self.commands.iter().flatten().count()
    }
}

/// The rows of a log behind a position, batch by batch, as the writer committed them: rows of one
/// transaction have one `xmin`.
pub struct Batches {
    /// One for each transaction, in order.
    pub batches: Vec<Rows>,
}

impl Batches {
    /// Copies them out.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn read(url: &str, behind: u64) -> Result<Self> {
        let client = connect(url).await?;
        let rows = client
            .query(
                "SELECT position, stream, version, kind, schema, payload, sealed, metadata,
                        recorded_at, leaf, command, command_size, xmin::text
                 FROM docket_log.events WHERE position > $1 ORDER BY position",
                &[&i64::try_from(behind)?],
            )
            .await?;
        let mut batches: Vec<Rows> = Vec::new();
        let mut last = String::new();
        for row in &rows {
            let transaction: String = row.get(12);
            if transaction != last || batches.is_empty() {
                batches.push(Rows::default());
                last = transaction;
            }
            if let Some(batch) = batches.last_mut() {
                batch.push(row);
            }
        }
        Ok(Self { batches })
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.batches.iter().map(Rows::len).sum()
    }

    /// Bytes of a row, without what PostgreSQL adds.
    pub fn row_bytes(&self) -> usize {
        let bytes: usize = self.batches.iter().map(Rows::bytes).sum();
        bytes / self.rows().max(1)
    }

    /// Commands and rows of a mean batch, and how many batches there are of each size.
    pub fn histogram(&self) -> String {
        let count = self.batches.len().max(1) as f64;
        let commands: usize = self.batches.iter().map(Rows::commands).sum();
        let mut words = format!(
            "{} batches, {:.1} commands and {:.1} rows each; rows a batch:",
            self.batches.len(),
            commands as f64 / count,
            self.rows() as f64 / count,
        );
        let mut from = 1;
        while from <= 4_096 {
            let sizes = from..from * 2;
            let found = self.batches.iter();
            let found = found.filter(|rows| sizes.contains(&rows.len())).count();
            if found > 0 {
                words.push_str(&format!(" {from}-{}: {found}", from * 2 - 1));
            }
            from *= 2;
        }
        words
    }
}
