//! Rows and checksums of tables, the same on every engine for the same rows.

use super::{Handle, Result, Shape, postgres, sqlite};
use crate::error::ViewError;
use crate::progress::Told;
use crate::statement::{self, Bounds};
use crate::table::Table;
use crate::value::{Cell, Row, Value};
use sea_query::{Alias, Expr, ExprTrait, Func, Order, Query};
use sha2::{Digest, Sha256};

/// Owners whose rows are read as one value.
const OWNERS: u64 = 1_000;

/// How many rows a table has and what they add up to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TableSum {
    /// The table.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// SHA-256 over all cells in the order of the key, hex.
    pub checksum: String,
}

/// The sums of all tables, counts included, as the connection sees them.
pub(crate) async fn sums(
    handle: &mut Handle<'_>,
    tables: &[Table],
    told: Told<'_>,
) -> Result<Vec<TableSum>> {
    let mut sums = Vec::new();
    for shape in tables.iter().flat_map(Table::shapes) {
        sums.push(sum(handle, &shape, told).await?);
    }
    Ok(sums)
}

/// Rows of a table.
pub(crate) async fn count_rows(handle: &mut Handle<'_>, table: &Table) -> Result<u64> {
    let mut statement = Query::select();
    statement
        .expr(Func::count(Expr::col(table.owner().name)))
        .from(table.name);
    let found = handle.select(&statement).await?.into_iter().flatten();
    Ok(found.filter_map(u64::read).sum())
}

async fn sum(handle: &mut Handle<'_>, table: &Shape<'_>, told: Told<'_>) -> Result<TableSum> {
    let (mut hash, mut rows) = (Sha256::new(), 0);
    let mut after: Option<Value> = None;
    loop {
        let end = fetch_end(handle, table, after.as_ref()).await?;
        let bounds = statement::bounds(after.as_ref(), end.as_ref());
        let (count, text) = page_text(handle, table, &bounds).await?;
        rows += count;
        told(count);
        hash.update(text);
        match end {
            Some(end) => after = Some(end),
            None => {
                return Ok(TableSum {
                    table: table.name.to_string(),
                    rows,
                    checksum: hex::encode(hash.finalize()),
                });
            }
        }
    }
}

/// What a page adds up to.
pub(super) async fn page_sum(
    handle: &mut Handle<'_>,
    table: &Shape<'_>,
    bounds: &Bounds,
) -> Result<(u64, [u8; 32])> {
    let (count, text) = page_text(handle, table, bounds).await?;
    Ok((count, Sha256::digest(text).into()))
}

/// How many rows a page has, and all its cells as one text.
async fn page_text(
    handle: &mut Handle<'_>,
    table: &Shape<'_>,
    bounds: &Bounds,
) -> Result<(u64, String)> {
    let texts = match handle {
        Handle::Sqlite(_) => sqlite::page(&table.columns, table.key),
        Handle::Postgres(_) => postgres::page(&table.columns, table.key),
    };
    let owner = table.columns[0].name;
    let mut statement = Query::select();
    statement
        .expr(Func::count(Expr::col(owner)))
        .expr(Expr::cust(texts))
        .from(Alias::new(table.name.as_ref()));
    statement::within(&mut statement, owner, bounds);
    let found = handle.select(&statement).await?.into_iter().next();
    found
        .and_then(read)
        .ok_or_else(|| ViewError::Backend(format!("the rows of {} cannot be added up", table.name)))
}

fn read(row: Row) -> Option<(u64, String)> {
    let [count, text] = <[Value; 2]>::try_from(row).ok()?;
    let text: Option<String> = Cell::read(text)?;
    Some((Cell::read(count)?, text.unwrap_or_default()))
}

/// The owner that closes the next page; none behind the last.
pub(super) async fn fetch_end(
    handle: &mut Handle<'_>,
    table: &Shape<'_>,
    after: Option<&Value>,
) -> Result<Option<Value>> {
    let owner = &table.columns[0];
    let mut statement = Query::select();
    statement
        .column(owner.name)
        .distinct()
        .from(Alias::new(table.name.as_ref()))
        .order_by(owner.name, Order::Asc)
        .limit(1)
        .offset(OWNERS);
    if let Some(after) = after {
        statement.and_where(Expr::col(owner.name).gt(after.clone().bind()));
    }
    let found = handle.select(&statement).await?.into_iter().next();
    Ok(found.and_then(|mut row| {
        crate::table::typed(&table.columns[..1], &mut row);
        row.pop()
    }))
}
