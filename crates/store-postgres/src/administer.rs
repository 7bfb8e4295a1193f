//! What an operator asks of the database once in a while, over a connection of its own.

use crate::error::{Result, lost};
use crate::options::PostgresOptions;
use crate::place::Place;
use docket_postgres::{DatabaseUrl, Unreadable, Wanted};
use tokio_postgres::Client;

/// What surrounds a log: its server, and the role that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// The server's clock, microseconds UTC.
    pub now_micros: i64,
    /// Connections that the server takes.
    pub connections_max: i32,
    /// Of them, those that it keeps for superusers.
    pub connections_reserved: i32,
    /// Connections of clients there are, this one among them.
    pub connections_used: i64,
    /// The role that asks.
    pub role: String,
    /// Whether this role could change or remove an event, by privilege or as an owner who may take
    /// the triggers away.
    pub may_change_events: bool,
    /// Standbys that follow now.
    pub standbys: i64,
    /// Which of them a commit waits for; empty when for none.
    pub synchronous_standbys: String,
}

/// Asks the server of an existing log what surrounds it; it may be a standby.
///
/// # Errors
/// When it cannot be asked.
pub async fn surroundings<U>(url: U) -> Result<Surroundings>
where
    U: TryInto<DatabaseUrl, Error = Unreadable>,
{
    with_connection_to(url, looking(), async |client| {
        let statement = include_str!("../sql/own/surroundings.sql");
        let row = client.query_one(statement, &[]).await?;
        Ok(Surroundings {
            now_micros: row.try_get("now_micros")?,
            connections_max: row.try_get("connections_max")?,
            connections_reserved: row.try_get("connections_reserved")?,
            connections_used: row.try_get("connections_used")?,
            role: row.try_get("role")?,
            may_change_events: row.try_get("may_change_events")?,
            standbys: row.try_get("standbys")?,
            synchronous_standbys: row.try_get("synchronous_standbys")?,
        })
    })
    .await
}

/// What was set for the role of a URL or for its database, as far as it concerns Docket.
///
/// # Errors
/// When the server cannot be asked.
pub async fn defaults_of_role<U>(url: U) -> Result<Vec<String>>
where
    U: TryInto<DatabaseUrl, Error = Unreadable>,
{
    with_connection_to(url, looking(), async |client| {
        docket_postgres::defaults(client).await
    })
    .await
}

/// A standby answers whoever only looks.
fn looking() -> PostgresOptions {
    PostgresOptions {
        wanted: Wanted::Any,
        ..PostgresOptions::default()
    }
}

/// Gives a role what a node needs on an existing log, and no more: it may not change an event.
///
/// # Errors
/// When there is no such role, or the one that asks may not give it anything.
pub async fn grant<U>(url: U, role: &str) -> Result<()>
where
    U: TryInto<DatabaseUrl, Error = Unreadable>,
{
    with_connection(url, async |client| {
        let transaction = client.transaction().await?;
        let statement = include_str!("../sql/own/grant_to.sql");
        transaction.execute(statement, &[&role]).await?;
        let statement = include_str!("../sql/own/grant.sql");
        transaction.batch_execute(statement).await?;
        transaction.commit().await
    })
    .await
}

/// A privilege that a role lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The role.
    pub role: String,
    /// Such as `INSERT`.
    pub privilege: String,
    /// On what.
    pub place: String,
    /// The statement that gives it.
    pub remedy: String,
}

/// What the role of a URL lacks of what a node needs.
///
/// # Errors
/// When the server cannot be asked.
pub async fn missing_privileges<U>(url: U) -> Result<Vec<Missing>>
where
    U: TryInto<DatabaseUrl, Error = Unreadable>,
{
    with_connection(url, async |client| {
        let statement = include_str!("../sql/own/missing.sql");
        let rows = client.query(statement, &[]).await?;
        let missing = rows.iter().map(|row| {
            Ok(Missing {
                role: row.try_get("role")?,
                privilege: row.try_get("privilege")?,
                place: row.try_get("place")?,
                remedy: row.try_get("remedy")?,
            })
        });
        missing.collect()
    })
    .await
}

async fn with_connection<U, T>(
    url: U,
    work: impl AsyncFnOnce(&mut Client) -> std::result::Result<T, tokio_postgres::Error>,
) -> Result<T>
where
    U: TryInto<DatabaseUrl, Error = Unreadable>,
{
    with_connection_to(url, PostgresOptions::default(), work).await
}

async fn with_connection_to<U, T>(
    url: U,
    options: PostgresOptions,
    work: impl AsyncFnOnce(&mut Client) -> std::result::Result<T, tokio_postgres::Error>,
) -> Result<T>
where
    U: TryInto<DatabaseUrl, Error = Unreadable>,
{
    let place = Place::new(url, options)?;
    let done = place.with_connection(async |client| work(client).await.map_err(lost));
    done.await
}
