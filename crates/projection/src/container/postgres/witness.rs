//! What the views of a database prove of the log; it is looked at and not touched.

use super::names::{quoted, schema_name};
use super::pool::limited;
use super::server::{Role, session};
use crate::container::Result;
use crate::error::ViewError;
use crate::witness::{Named, Witness};
use docket_postgres::{DatabaseUrl, Wanted, welcome};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use uuid::Uuid;

const IS_THERE: &str = "SELECT to_regclass('docket_views.generations_of_logs') IS NOT NULL \
     AND has_schema_privilege('docket_views', 'USAGE') \
     AND has_table_privilege('docket_views.generations_of_logs', 'SELECT')";

/// The witnesses that a query of the registry names. A role that may not read the views, as the
/// owner of the log, finds none.
pub(crate) async fn witnesses(
    url: &DatabaseUrl,
    log: Uuid,
    generations: &'static str,
) -> Result<Vec<Witness>> {
    let mut connection = reach(url).await?;
    let found = look(&mut connection, log, generations).await;
    connection.close().await?;
    Ok(found?)
}

async fn reach(url: &DatabaseUrl) -> Result<PgConnection> {
    let mut last = ViewError::Unavailable("no server takes writes".to_owned());
    for at in 0..url.servers() {
        let host = url.pooled(at, &session(&Role::Desk));
        let reached = limited(url.connect_within(), async {
            let mut connection = host.connect().await?;
            let welcomed = welcome(&mut connection, Wanted::Primary).await;
            welcomed.map(|()| connection)
        });
        match reached.await {
            Ok(connection) => return Ok(connection),
            Err(error) => last = error.into(),
        }
    }
    Err(last)
}

async fn look(
    connection: &mut PgConnection,
    log: Uuid,
    generations: &'static str,
) -> sqlx::Result<Vec<Witness>> {
    let is_there: Option<bool> = sqlx::query_scalar(IS_THERE)
        .fetch_one(&mut *connection)
        .await?;
    if is_there != Some(true) {
        return Ok(Vec::new());
    }
    let named: Vec<Named> = sqlx::query_as(generations)
        .bind(log.to_string())
        .fetch_all(&mut *connection)
        .await?;
    let mut found = Vec::new();
    for named in named {
        let schema = quoted(&schema_name(&named.name, named.number()));
        let checkpoint = format!("SELECT position, leaf FROM {schema}.docket_checkpoint");
        let seen = sqlx::query_as(AssertSqlSafe(checkpoint)).fetch_optional(&mut *connection);
        match seen.await {
            Ok(seen) => found.extend(named.witness(seen)),
            Err(error) => {
                tracing::debug!(%error, view = named.name, "the view proves nothing");
            }
        }
    }
    Ok(found)
}
