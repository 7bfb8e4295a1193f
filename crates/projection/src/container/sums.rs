use super::Result;
use crate::table::Table;
use sea_query::{Alias, Expr, ExprTrait, Func, Order, Query, SelectStatement, SqliteQueryBuilder};
use sea_query_sqlx::SqlxBinder;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, SqliteConnection};

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
    connection: &mut SqliteConnection,
    tables: &[Table],
) -> Result<Vec<TableSum>> {
    let mut sums = Vec::new();
    for table in tables {
        let columns: Vec<&'static str> = table.columns.iter().map(|column| column.name).collect();
        sums.push(sum(connection, table.name.to_owned(), &columns, table.key).await?);
        if !table.count_by.is_empty() {
            let columns: Vec<&'static str> = table.count_by.iter().copied().chain(["n"]).collect();
            sums.push(
                sum(
                    connection,
                    table.counts_name(),
                    &columns,
                    table.count_by.len(),
                )
                .await?,
            );
        }
    }
    Ok(sums)
}

/// Rows of all tables, counts left out.
pub(crate) async fn count_rows(connection: &mut SqliteConnection, tables: &[Table]) -> Result<u64> {
    let mut rows = 0;
    for table in tables {
        let mut statement = Query::select();
        statement
            .expr(Func::count(Expr::col(table.owner().name)))
            .from(table.name);
        for value in super::select(connection, &statement)
            .await?
            .into_iter()
            .flatten()
        {
            rows += <u64 as crate::Cell>::read(value).unwrap_or_default();
        }
    }
    Ok(rows)
}

async fn sum(
    connection: &mut SqliteConnection,
    table: String,
    columns: &[&'static str],
    key: usize,
) -> Result<TableSum> {
    let (mut hash, mut rows) = (Sha256::new(), 0);
    let mut after: Option<sea_query::Value> = None;
    loop {
        let end = fetch_end(connection, &table, columns[0], after.clone()).await?;
        let page = page(&table, columns, key, after, end.clone());
        let (sql, values) = page.build_sqlx(SqliteQueryBuilder);
        let found: (i64, Option<String>) = sqlx::query_as_with(AssertSqlSafe(sql), values)
            .fetch_one(&mut *connection)
            .await?;
        rows += found.0.unsigned_abs();
        hash.update(found.1.unwrap_or_default());
        match end {
            Some(end) => after = Some(end),
            None => {
                return Ok(TableSum {
                    table,
                    rows,
                    checksum: hex::encode(hash.finalize()),
                });
            }
        }
    }
}

/// The owner that closes the next page; none behind the last.
async fn fetch_end(
    connection: &mut SqliteConnection,
    table: &str,
    owner: &'static str,
    after: Option<sea_query::Value>,
) -> Result<Option<sea_query::Value>> {
    let mut statement = Query::select();
    statement
        .column(owner)
        .distinct()
        .from(Alias::new(table))
        .order_by(owner, Order::Asc)
        .limit(1)
        .offset(OWNERS);
    if let Some(after) = after {
        statement.and_where(Expr::col(owner).gt(after));
    }
    let found = super::select(connection, &statement).await?;
    Ok(found.into_iter().flatten().next().map(crate::Value::bind))
}

/// All cells of a page as one text. `quote` writes each so that no two values look alike.
fn page(
    table: &str,
    columns: &[&'static str],
    key: usize,
    after: Option<sea_query::Value>,
    end: Option<sea_query::Value>,
) -> SelectStatement {
    let mut statement = Query::select();
    let cells: Vec<String> = columns
        .iter()
        .map(|column| format!("quote(\"{column}\")"))
        .collect();
    let order: Vec<String> = columns[..key]
        .iter()
        .map(|column| format!("\"{column}\""))
        .collect();
    let all = format!(
        "group_concat({}, '' ORDER BY {})",
        cells.join("||','||"),
        order.join(",")
    );
    statement
        .expr(Func::count(Expr::col(columns[0])))
        .expr(Expr::cust(all))
        .from(Alias::new(table));
    if let Some(after) = after {
        statement.and_where(Expr::col(columns[0]).gt(after));
    }
    if let Some(end) = end {
        statement.and_where(Expr::col(columns[0]).lte(end));
    }
    statement
}
