//! What was last found out about the views.

use super::{Registry, column};
use crate::container::Result;
use crate::engine::Engine;
use crate::table::{self, ColumnType};
use crate::value::{Cell, Row, Value};
use docket_domain::time::Instant;
use sea_query::{Expr, OnConflict, Order, Query, TableCreateStatement};

const REPORTS: &str = "reports";

/// What was last found out about a view.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    /// The view.
    pub name: String,
    /// What was done.
    pub kind: ReportKind,
    /// The generation it was done to.
    pub generation: u32,
    /// When.
    pub at: Instant,
    /// What it came to; rows are named by ids and columns only.
    pub report: serde_json::Value,
}

impl Report {
    pub(crate) fn new(
        name: &str,
        kind: ReportKind,
        generation: u32,
        at: Instant,
        found: &impl serde::Serialize,
    ) -> Report {
        Report {
            name: name.to_owned(),
            kind,
            generation,
            at,
            report: serde_json::to_value(found).expect("what is found has a JSON form"),
        }
    }

    /// How many rows differed.
    pub fn differences(&self) -> u64 {
        let place = match self.kind {
            ReportKind::Verify => "/differences",
            ReportKind::Rebuild | ReportKind::Change => "/rows",
        };
        let Some(found) = self.report.pointer(place) else {
            return 0;
        };
        let named = found["rows"].as_array().map_or(0, Vec::len) as u64;
        named + found["more"].as_u64().unwrap_or(0)
    }
}

/// What a report is about; of each the last one of a view is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportKind {
    /// A verification: a [`crate::Verified`].
    Verify,
    /// A rebuild: a [`crate::Rebuilt`].
    Rebuild,
    /// Another meaning: a [`crate::Change`].
    Change,
}

impl ReportKind {
    fn code(self) -> &'static str {
        match self {
            ReportKind::Verify => "verify",
            ReportKind::Rebuild => "rebuild",
            ReportKind::Change => "change",
        }
    }

    fn parse(code: &str) -> Option<Self> {
        let all = [ReportKind::Verify, ReportKind::Rebuild, ReportKind::Change];
        all.into_iter().find(|kind| kind.code() == code)
    }
}

/// Their table: of each kind the last one of a view.
pub(super) fn create(engine: Engine) -> TableCreateStatement {
    let columns = [
        column("name", ColumnType::Text),
        column("kind", ColumnType::Text),
        column("generation", ColumnType::Int),
        column("at", ColumnType::Instant),
        column("report", ColumnType::Text),
    ];
    table::create(REPORTS, &columns, 2, engine)
}

impl Registry {
    /// Keeps a report in the place of the one before it.
    pub(crate) async fn note(&self, report: &Report) -> Result<()> {
        let mut insert = Query::insert();
        insert
            .into_table(REPORTS)
            .columns(["name", "kind", "generation", "at", "report"]);
        insert.values_panic([
            Expr::val(report.name.clone()),
            Expr::val(report.kind.code()),
            Expr::val(i64::from(report.generation)),
            Expr::val(Value::from(report.at).bind()),
            Expr::val(report.report.to_string()),
        ]);
        let kept = OnConflict::columns(["name", "kind"])
            .update_columns(["generation", "at", "report"])
            .to_owned();
        insert.on_conflict(kept);
        let mut writer = self.writer.lock().await;
        writer.run_insert(&insert).await.map(|_| ())
    }

    /// The last reports about all views.
    pub(crate) async fn reports(&self) -> Result<Vec<Report>> {
        let mut select = Query::select();
        select
            .columns(["name", "kind", "generation", "at", "report"])
            .from(REPORTS)
            .order_by("at", Order::Asc);
        let rows = self.writer.lock().await.select(&select).await?;
        Ok(rows.into_iter().filter_map(report).collect())
    }
}

/// A report; none of a kind that this binary does not know.
fn report(row: Row) -> Option<Report> {
    let [name, kind, generation, at, report] = <[Value; 5]>::try_from(row).ok()?;
    let (kind, report): (String, String) = (Cell::read(kind)?, Cell::read(report)?);
    Some(Report {
        name: Cell::read(name)?,
        kind: ReportKind::parse(&kind)?,
        generation: Cell::read(generation)?,
        at: Cell::read(at)?,
        report: serde_json::from_str(&report).ok()?,
    })
}
