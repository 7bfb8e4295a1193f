use crate::table::Table;
use crate::value::Row;
use docket_domain::declaration::Declaration;
use docket_domain::vocabulary::Status;
use docket_domain::{Category, Envelope, State, Stream, evolve};
use std::collections::BTreeSet;

/// A read model: tables, and the rows that a stream's state and events ask for. Pure functions; the
/// runtime does the rest. Queries live beside it in the same crate.
pub trait Projector: Send + Sync + 'static {
    /// Its name, which names its files too: lower case, with hyphens.
    fn name(&self) -> &'static str;

    /// Anything that changes the rows without changing the tables; part of the fingerprint.
    fn rule(&self) -> &'static str;

    /// The tables, defined once for every engine.
    fn tables(&self) -> Vec<Table>;

    /// The rows of tables that follow the state of a stream.
    fn rows(&self, folded: &Folded, rows: &mut Rows);

    /// The rows of tables that follow an event and the state right after it.
    fn entries(&self, _after: &Folded, _event: &Envelope, _rows: &mut Rows) {}
}

/// The categories of streams a projector reads.
pub fn categories(projector: &dyn Projector) -> BTreeSet<Category> {
    projector
        .tables()
        .iter()
        .map(|table| table.category)
        .collect()
}

/// A stream folded up to some event.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded {
    /// Which stream.
    pub stream: Stream,
    /// Its state.
    pub state: State,
    /// Events folded.
    pub version: u64,
}

impl Folded {
    /// A stream without events.
    pub fn new(stream: Stream) -> Folded {
        let state = State::initial(stream.category);
        Folded {
            stream,
            state,
            version: 0,
        }
    }

    /// Folds the next event.
    pub fn apply(&mut self, envelope: &Envelope) {
        evolve(&mut self.state, envelope);
        self.version = envelope.version;
    }

    /// The declaration, if the stream is one that nobody deleted.
    pub fn declaration(&self) -> Option<&Declaration> {
        match &self.state {
            State::Declaration(declaration) => declaration
                .as_deref()
                .filter(|found| found.status != Status::Deleted),
            _ => None,
        }
    }

    /// Whether the stream was deleted: none of its rows stands.
    pub fn is_deleted(&self) -> bool {
        matches!(&self.state, State::Declaration(Some(declaration)) if declaration.status == Status::Deleted)
    }
}

/// Rows as a projector hands them out.
#[derive(Debug, Default)]
pub struct Rows {
    rows: Vec<(&'static str, Row)>,
}

impl Rows {
    /// Adds a row, its cells in the order of the table's columns.
    pub fn add(&mut self, table: &'static str, row: impl Into<Row>) {
        self.rows.push((table, row.into()));
    }

    /// Takes them out.
    pub fn take(&mut self) -> Vec<(&'static str, Row)> {
        std::mem::take(&mut self.rows)
    }
}

/// Writes the cells of a row, each converted.
#[macro_export]
macro_rules! row {
    ($($cell:expr),+ $(,)?) => { vec![$($crate::Value::from($cell)),+] };
}
