use crate::container::{Result, place_of, select};
use crate::error::{ViewError, WaitError};
use crate::fold::Parked;
use crate::generation::Generation;
use crate::model::Model;
use crate::value::{Cell, Row, Value};
use docket_domain::Stream;
use docket_domain::time::Instant;
use sea_query::SelectStatement;
use sqlx::{Sqlite, Transaction};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// The reading side of one view. It follows the live generation.
#[derive(Clone)]
pub struct View {
    pub(crate) model: Arc<Model>,
}

impl View {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.model.name
    }

    /// The position up to which it has seen the log; what a query reads afterwards is at least so
    /// far.
    pub fn seen(&self) -> u64 {
        self.model.seen.borrow().position
    }

    /// Waits until it has seen a position, and answers what it has seen then.
    ///
    /// # Errors
    /// [`WaitError::Behind`] when the time is up, [`WaitError::TooOld`] when it will never come.
    pub async fn wait(
        &self,
        position: u64,
        timeout: Duration,
    ) -> std::result::Result<u64, WaitError> {
        let mut seen = self.model.seen.subscribe();
        let reached = seen.wait_for(|seen| seen.position >= position || seen.stopped.is_some());
        let Ok(Ok(seen)) = tokio::time::timeout(timeout, reached).await else {
            return Err(WaitError::Behind { seen: self.seen() });
        };
        match &seen.stopped {
            Some(why) if seen.position < position => Err(WaitError::TooOld(why.clone())),
            _ => Ok(seen.position),
        }
    }

    /// Reads several queries as of one moment.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let generation = self.model.live()?;
        let mut transaction = generation.container.readers().begin().await?;
        let position = place_of(&mut transaction).await?.position;
        Ok(Snapshot {
            name: self.model.name,
            transaction,
            position,
            generation,
        })
    }

    /// Reads one query.
    pub async fn select(&self, statement: &SelectStatement) -> Result<Vec<Cells>> {
        let generation = self.model.live()?;
        let mut connection = generation.container.readers().acquire().await?;
        Ok(wrap(
            self.model.name,
            select(&mut connection, statement).await?,
        ))
    }

    /// Streams that wait for somebody to look at them, by stored name.
    pub async fn parked(&self) -> Result<Vec<Parked>> {
        self.model.live()?.container.parked().await
    }

    /// Since when the rows of streams are behind. Streams whose rows are right are not in it.
    pub async fn behind_since(
        &self,
        streams: impl IntoIterator<Item = Stream>,
    ) -> Result<HashMap<Stream, Instant>> {
        let generation = self.model.live()?;
        let parked = generation.parked();
        let streams: Vec<Stream> = streams
            .into_iter()
            .filter(|stream| parked.contains(&stream.to_string()))
            .collect();
        if streams.is_empty() {
            return Ok(HashMap::new());
        }
        let since: HashMap<String, Instant> = generation
            .container
            .parked()
            .await?
            .into_iter()
            .map(|parked| (parked.stream, parked.since))
            .collect();
        Ok(streams
            .into_iter()
            .filter_map(|stream| Some((stream.clone(), *since.get(&stream.to_string())?)))
            .collect())
    }
}

/// One moment of a view.
pub struct Snapshot {
    name: &'static str,
    transaction: Transaction<'static, Sqlite>,
    position: u64,
    /// Keeps the file while it is read.
    #[expect(dead_code, reason = "held for its drop")]
    generation: Arc<Generation>,
}

impl Snapshot {
    /// The position up to which the moment has seen the log.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Reads one query.
    pub async fn select(&mut self, statement: &SelectStatement) -> Result<Vec<Cells>> {
        Ok(wrap(
            self.name,
            select(&mut self.transaction, statement).await?,
        ))
    }
}

fn wrap(view: &'static str, rows: Vec<Row>) -> Vec<Cells> {
    rows.into_iter()
        .map(|row| Cells {
            view,
            cells: row.into_iter(),
            read: 0,
        })
        .collect()
}

/// The cells of a row, read one after the other in the order of the query.
pub struct Cells {
    view: &'static str,
    cells: std::vec::IntoIter<Value>,
    read: usize,
}

impl Cells {
    /// The next cell.
    ///
    /// # Errors
    /// [`ViewError::Unreadable`] when it is not what the query says.
    pub fn take<T: Cell>(&mut self) -> Result<T> {
        self.read += 1;
        let found = self.cells.next().and_then(T::read);
        found.ok_or_else(|| ViewError::Unreadable {
            view: self.view.to_owned(),
            what: format!("cell {} is no {}", self.read, std::any::type_name::<T>()),
        })
    }
}
