use crate::container::{Differences, TableSum};
use crate::registry::{Report, ReportKind};
use docket_domain::time::Instant;
use std::num::NonZeroUsize;

/// How a rebuild is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuild {
    /// What a difference means.
    pub gate: Gate,
    /// Ranges of streams that are read and folded at the same time.
    pub jobs: NonZeroUsize,
    /// How much it leaves to those who work meanwhile.
    pub pace: Pace,
}

impl Default for Rebuild {
    /// Strict, as many jobs as there are cores, at full pace.
    fn default() -> Self {
        let jobs = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            gate: Gate::Strict,
            jobs,
            pace: Pace::Full,
        }
    }
}

impl From<Gate> for Rebuild {
    fn from(gate: Gate) -> Self {
        Self {
            gate,
            ..Self::default()
        }
    }
}

/// How much a rebuild leaves to those who work meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As fast as it goes.
    Full,
    /// One range at a time, with pauses: commands and queries keep their speed.
    Polite,
}

/// Whether a difference keeps the new generation from answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Nothing is switched when anything differs.
    Strict,
    /// Differences are reported, and the new generation answers.
    Report,
}

/// A rebuilt view.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Rebuilt {
    /// Its name.
    pub name: String,
    /// Whether it was switched: true, unlike in a [`Refused`].
    pub switched: bool,
    /// The generation that answered before, if there was one.
    pub before: Option<u32>,
    /// The generation that answers now.
    pub generation: u32,
    /// Events replayed for all views of the pass.
    pub events: u64,
    /// Seconds the replay of the pass took, indexes included.
    pub seconds: f64,
    /// Seconds the comparison of old and new took, all meetings of the two together.
    pub comparison_seconds: f64,
    /// The position at which old and new were compared.
    pub position: u64,
    /// Rows and checksums of the old tables at that position.
    pub old: Vec<TableSum>,
    /// Rows and checksums of the new tables at that position.
    pub new: Vec<TableSum>,
    /// The tables that differ, in words.
    pub differences: Vec<String>,
    /// The rows that differ: of which declarations, in which columns.
    pub rows: Differences,
}

/// A rebuilt view that differs from the live one and was not switched.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Refused {
    /// Its name.
    pub name: String,
    /// Whether it was switched: false, unlike in a [`Rebuilt`].
    pub switched: bool,
    /// The generation that was built, and is gone.
    pub generation: u32,
    /// The tables that differ, in words.
    pub differences: Vec<String>,
    /// The rows that differ: of which declarations, in which columns.
    pub rows: Differences,
}

impl Rebuilt {
    /// What is kept of it.
    pub fn report(&self, at: Instant) -> Report {
        Report::new(&self.name, ReportKind::Rebuild, self.generation, at, self)
    }
}

impl Refused {
    /// What is kept of it.
    pub fn report(&self, at: Instant) -> Report {
        Report::new(&self.name, ReportKind::Rebuild, self.generation, at, self)
    }

    /// The tables, and so many of the rows, a line each.
    pub fn lines(&self, rows: usize) -> Vec<String> {
        let tables = self.differences.iter().cloned();
        let named = self.rows.rows.iter().take(rows).map(ToString::to_string);
        let mut lines: Vec<String> = tables.chain(named).collect();
        let more = self.rows.count().saturating_sub(rows as u64);
        if more > 0 {
            lines.push(format!("and {more} rows more"));
        }
        lines
    }
}
