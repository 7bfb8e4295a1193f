//! What came of a job, as clients read it. It names declarations and columns, never what they hold.

use docket_projection::{
    Difference, Differences, Differs, Dropped, Rebuilt, Repaired, RolledBack, TableSum, Unproven,
    Verified,
};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What came of a job.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Report {
    /// Views were built anew.
    Rebuilt(RebuiltBody),
    /// A view was compared with the log.
    Verified(VerifiedBody),
    /// A view was mended.
    Repaired(RepairedBody),
    /// The generation before answers.
    RolledBack(RolledBackBody),
    /// A parked stream was folded again.
    Retried(RetriedBody),
    /// What was kept is gone.
    Dropped(DroppedBody),
}

impl Report {
    /// Whether rows were found, or left, that are not what the log asks for.
    pub fn differs(&self) -> bool {
        match self {
            Report::Rebuilt(rebuilt) => rebuilt.views.iter().any(RebuiltView::differs),
            Report::Verified(verified) => verified.differs(),
            Report::Repaired(repaired) => {
                !repaired.found.unproven.is_empty() || !repaired.left.rows.is_empty()
            }
            _ => false,
        }
    }
}

/// Views that were built anew in one pass.
#[derive(Debug, Serialize, ToSchema)]
pub struct RebuiltBody {
    views: Vec<RebuiltView>,
}

impl From<Vec<Rebuilt>> for RebuiltBody {
    fn from(rebuilt: Vec<Rebuilt>) -> Self {
        Self {
            views: rebuilt.into_iter().map(RebuiltView::from).collect(),
        }
    }
}

/// A view that was built anew.
#[derive(Debug, Serialize, ToSchema)]
pub struct RebuiltView {
    name: String,
    /// The generation that answered before.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<u32>,
    /// The generation that answers now.
    generation: u32,
    /// Events replayed for all views of the pass.
    events: u64,
    /// Seconds the replay took, indexes included.
    seconds: f64,
    /// Seconds the comparison of old and new took, all meetings of the two together.
    comparison_seconds: f64,
    /// The position at which old and new were compared.
    position: u64,
    /// The old tables there.
    old: Vec<TableBody>,
    /// The new tables there.
    new: Vec<TableBody>,
    /// The tables that differ, in words.
    differences: Vec<String>,
    /// The rows that differ.
    rows: DifferencesBody,
}

impl RebuiltView {
    fn differs(&self) -> bool {
        !self.differences.is_empty()
    }
}

impl From<Rebuilt> for RebuiltView {
    fn from(rebuilt: Rebuilt) -> Self {
        let tables = |sums: Vec<TableSum>| sums.into_iter().map(TableBody::from).collect();
        Self {
            name: rebuilt.name,
            before: rebuilt.before,
            generation: rebuilt.generation,
            events: rebuilt.events,
            seconds: rebuilt.seconds,
            comparison_seconds: rebuilt.comparison_seconds,
            position: rebuilt.position,
            old: tables(rebuilt.old),
            new: tables(rebuilt.new),
            differences: rebuilt.differences,
            rows: rebuilt.rows.into(),
        }
    }
}

/// A table: how many rows, and what they add up to.
#[derive(Debug, Serialize, ToSchema)]
pub struct TableBody {
    table: String,
    rows: u64,
    /// SHA-256 over all cells in the order of the key, hex.
    checksum: String,
}

impl From<TableSum> for TableBody {
    fn from(sum: TableSum) -> Self {
        Self {
            table: sum.table,
            rows: sum.rows,
            checksum: sum.checksum,
        }
    }
}

/// A view that was compared with the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerifiedBody {
    name: String,
    generation: u32,
    /// The position of the last look.
    position: u64,
    /// Streams folded.
    streams: u64,
    /// Rows compared.
    rows: u64,
    /// Streams that are parked: their rows stand still until they are retried.
    parked: u64,
    /// Events that the log does not prove or that cannot be read; of their streams no row is
    /// compared or written anew.
    unproven: Vec<UnprovenBody>,
    /// Rows that are not what the log asks for.
    differences: DifferencesBody,
    seconds: f64,
}

/// An event that the log does not prove or that cannot be read.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnprovenBody {
    /// The stream's name.
    stream: String,
    /// The event's place in the log.
    position: u64,
    /// What is wrong.
    what: String,
}

impl From<Unproven> for UnprovenBody {
    fn from(unproven: Unproven) -> Self {
        Self {
            stream: unproven.stream,
            position: unproven.position,
            what: unproven.what,
        }
    }
}

impl VerifiedBody {
    fn differs(&self) -> bool {
        !self.unproven.is_empty() || !self.differences.rows.is_empty()
    }
}

impl From<Verified> for VerifiedBody {
    fn from(verified: Verified) -> Self {
        Self {
            name: verified.name,
            generation: verified.generation,
            position: verified.position,
            streams: verified.streams,
            rows: verified.rows,
            parked: verified.parked,
            unproven: verified
                .unproven
                .into_iter()
                .map(UnprovenBody::from)
                .collect(),
            differences: verified.differences.into(),
            seconds: verified.seconds,
        }
    }
}

/// A view that was mended.
#[derive(Debug, Serialize, ToSchema)]
pub struct RepairedBody {
    /// What was wrong.
    found: VerifiedBody,
    /// Streams whose rows were written anew.
    streams: u64,
    /// What is wrong still.
    left: DifferencesBody,
}

impl From<Repaired> for RepairedBody {
    fn from(repaired: Repaired) -> Self {
        Self {
            found: repaired.found.into(),
            streams: repaired.streams,
            left: repaired.left.into(),
        }
    }
}

/// The rows that differ.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferencesBody {
    /// The first of them, in the order of tables and keys.
    rows: Vec<DifferenceBody>,
    /// How many there are beside.
    more: u64,
    /// In how many rows each column differs, by table and column.
    columns: BTreeMap<String, u64>,
}

impl From<Differences> for DifferencesBody {
    fn from(differences: Differences) -> Self {
        let Differences {
            rows,
            more,
            columns,
        } = differences;
        Self {
            rows: rows.into_iter().map(DifferenceBody::from).collect(),
            more,
            columns,
        }
    }
}

/// A row that is not what it should be.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferenceBody {
    table: String,
    /// The id of the stream it comes from; of a table of counts, what is counted.
    owner: String,
    #[schema(value_type = String, example = "changed")]
    what: Differs,
    /// The columns that differ, where the row is there on both sides.
    columns: Vec<&'static str>,
}

impl From<Difference> for DifferenceBody {
    fn from(difference: Difference) -> Self {
        Self {
            table: difference.table,
            owner: difference.owner,
            what: difference.what,
            columns: difference.columns,
        }
    }
}

/// A view that was put back to the generation before.
#[derive(Debug, Serialize, ToSchema)]
pub struct RolledBackBody {
    name: String,
    /// The generation that answered, and is kept now.
    before: u32,
    /// The generation that answers now.
    generation: u32,
    /// The position at which it took over.
    position: u64,
    /// Positions it was behind the other.
    behind: u64,
    /// Seconds until it had caught up and answered.
    seconds: f64,
}

impl From<RolledBack> for RolledBackBody {
    fn from(back: RolledBack) -> Self {
        Self {
            name: back.name,
            before: back.before,
            generation: back.generation,
            position: back.position,
            behind: back.behind,
            seconds: back.seconds,
        }
    }
}

/// A parked stream that was folded again.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetriedBody {
    /// The stream.
    pub stream: String,
    /// Whether its rows are those of the log again; otherwise it is parked still.
    pub mended: bool,
}

/// Generations that were dropped before their time.
#[derive(Debug, Serialize, ToSchema)]
pub struct DroppedBody {
    dropped: Vec<DroppedView>,
}

/// A generation that was dropped.
#[derive(Debug, Serialize, ToSchema)]
pub struct DroppedView {
    name: String,
    generation: u32,
    /// What told its meaning from another's.
    fingerprint: String,
}

impl From<Vec<Dropped>> for DroppedBody {
    fn from(dropped: Vec<Dropped>) -> Self {
        let dropped = dropped.into_iter().map(|old| DroppedView {
            name: old.name,
            generation: old.generation,
            fingerprint: old.fingerprint,
        });
        Self {
            dropped: dropped.collect(),
        }
    }
}
