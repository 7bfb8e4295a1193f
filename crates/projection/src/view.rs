use crate::container::{Moment, Result};
use crate::error::{ViewError, WaitError};
use crate::fold::Parked;
use crate::generation::Generation;
use crate::model::Model;
use crate::value::{Cell, Row, Value};
use crate::views::Views;
use docket_domain::Stream;
use docket_domain::time::Instant;
use sea_query::SelectStatement;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// The reading side of one view. It follows the live generation.
#[derive(Clone)]
pub struct View {
    pub(crate) views: Views,
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
        let _waiting = (self.seen() < position).then(|| {
            let waiting = self.model.wait();
            if !self.views.inner.leases.holds(&self.model.lease) {
                self.views.inner.told.notify_one();
            }
            waiting
        });
        let reached = seen.wait_for(|seen| seen.position >= position || seen.stopped.is_some());
        let Ok(Ok(seen)) = tokio::time::timeout(timeout, reached).await else {
            return Err(WaitError::Behind { seen: self.seen() });
        };
        match &seen.stopped {
            Some(stopped) if seen.position < position => {
                Err(WaitError::TooOld(stopped.why.clone()))
            }
            _ => Ok(seen.position),
        }
    }

    /// Reads several queries as of one moment.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let (mut again, seen) = (true, self.seen());
        loop {
            let generation = self.model.live()?;
            match generation.container.moment().await {
                Err(ViewError::Dropped(_)) if std::mem::take(&mut again) => self.follow().await?,
                // A server that is the primary no more.
                Ok(moment) if moment.position < seen => {
                    return Err(ViewError::Unavailable(format!(
                        "the view stands at position {} and has answered up to {seen}",
                        moment.position
                    )));
                }
                moment => {
                    return Ok(Snapshot {
                        name: self.model.name,
                        moment: moment.map_err(replaced)?,
                        generation,
                    });
                }
            }
        }
    }

    /// Reads one query.
    pub async fn select(&self, statement: &SelectStatement) -> Result<Vec<Cells>> {
        let mut again = true;
        loop {
            let generation = self.model.live()?;
            match generation.container.select(statement).await {
                Err(ViewError::Dropped(_)) if std::mem::take(&mut again) => self.follow().await?,
                rows => return Ok(wrap(self.model.name, rows.map_err(replaced)?)),
            }
        }
    }

    /// The generation was dropped because another node replaced it.
    async fn follow(&self) -> Result<()> {
        self.views.follow_one(&self.model).await
    }

    /// Streams that wait for somebody to look at them, by stored name.
    pub async fn parked(&self) -> Result<Vec<Parked>> {
        let parked = self.model.live()?.container.parked().await;
        parked.map_err(replaced)
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
        let since: HashMap<String, Instant> = self
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
    moment: Moment,
    /// Keeps the file while it is read.
    #[expect(dead_code, reason = "held for its drop")]
    generation: Arc<Generation>,
}

impl Snapshot {
    /// The position up to which the moment has seen the log.
    pub fn position(&self) -> u64 {
        self.moment.position
    }

    /// Reads one query.
    pub async fn select(&mut self, statement: &SelectStatement) -> Result<Vec<Cells>> {
        let rows = self.moment.handle().select(statement).await;
        Ok(wrap(self.name, rows.map_err(replaced)?))
    }
}

/// What was replaced twice while it was asked is asked again by the client.
fn replaced(error: ViewError) -> ViewError {
    match error {
        ViewError::Dropped(said) => ViewError::Unavailable(said),
        other => other,
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
