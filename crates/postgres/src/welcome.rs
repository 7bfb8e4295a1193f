//! What is done with a connection before it is used.

use crate::session::Wanted;
use sqlx::PgConnection;
use std::io;
use tokio_postgres::{Client, SimpleQueryMessage};

/// Whether the server follows another one; and no limit on a transaction as a whole, which
/// PostgreSQL has from version 17 on: an older server would refuse the setting when it is
/// connected to.
const WELCOME: &str = "SELECT pg_catalog.pg_is_in_recovery(), \
     (SELECT count(pg_catalog.set_config(name, '0', false)) FROM pg_catalog.pg_settings \
      WHERE name = 'transaction_timeout')";
const IS_STANDBY: &str = "SELECT pg_catalog.pg_is_in_recovery()";

/// Welcomes a connection of the pooling driver: a standby is refused where the primary is wanted,
/// because what it does not know yet must not be answered as absent.
///
/// # Errors
/// Those of the driver; one of input and output for a standby.
pub async fn welcome(connection: &mut PgConnection, wanted: Wanted) -> sqlx::Result<()> {
    let (standby, _): (bool, i64) = sqlx::query_as(WELCOME).fetch_one(connection).await?;
    match standby && wanted == Wanted::Primary {
        true => Err(io::Error::other("the server follows another one").into()),
        false => Ok(()),
    }
}

/// Welcomes a connection of the pipelining driver, which was asked for a server that takes writes
/// when it connected.
///
/// # Errors
/// Those of the driver.
pub async fn welcome_client(client: &Client) -> Result<(), tokio_postgres::Error> {
    client.simple_query(WELCOME).await.map(|_| ())
}

/// Whether a server follows another one.
///
/// # Errors
/// Those of the driver.
pub async fn is_standby(client: &Client) -> Result<bool, tokio_postgres::Error> {
    let answer = client.simple_query(IS_STANDBY).await?;
    Ok(answer.iter().any(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0) == Some("t"),
        _ => false,
    }))
}
