//! How fast the old and the new generation of a view were compared when it was last built anew.

use super::{Pass, Registry, column};
use crate::container::Result;
use crate::engine::Engine;
use crate::table::{self, ColumnType};
use crate::value::{Cell, Row, Value};
use sea_query::{Expr, OnConflict, Query, TableCreateStatement};
use std::collections::BTreeMap;

const COMPARISONS: &str = "comparisons";
const COLUMNS: [&str; 3] = ["name", "rate", "positions"];

/// Their table: of each view the last one.
pub(super) fn create(engine: Engine) -> TableCreateStatement {
    let columns = [
        column("name", ColumnType::Text),
        column("rate", ColumnType::Int),
        column("positions", ColumnType::Int),
    ];
    table::create(COMPARISONS, &columns, 1, engine)
}

impl Registry {
    /// Keeps how many positions of the log a comparison was worth, and how many a second, in the
    /// place of the one before it.
    pub(crate) async fn note_comparison(&self, name: &str, pass: Pass) -> Result<()> {
        let mut insert = Query::insert();
        insert.into_table(COMPARISONS).columns(COLUMNS);
        insert.values_panic([
            Expr::val(name),
            Expr::val(Value::from(pass.rate).bind()),
            Expr::val(Value::from(pass.positions).bind()),
        ]);
        let newest = OnConflict::column("name")
            .update_columns(["rate", "positions"])
            .to_owned();
        insert.on_conflict(newest);
        let mut writer = self.writer.lock().await;
        writer.run_insert(&insert).await.map(|_| ())
    }

    /// What was kept, by view.
    pub(crate) async fn comparisons(&self) -> Result<BTreeMap<String, Pass>> {
        let mut select = Query::select();
        select.columns(COLUMNS).from(COMPARISONS);
        let rows = self.writer.lock().await.select(&select).await?;
        Ok(rows.into_iter().filter_map(comparison).collect())
    }
}

fn comparison(row: Row) -> Option<(String, Pass)> {
    let [name, rate, positions] = <[Value; 3]>::try_from(row).ok()?;
    let pass = Pass {
        positions: Cell::read(positions)?,
        rate: Cell::read(rate)?,
    };
    Some((Cell::read(name)?, pass))
}
