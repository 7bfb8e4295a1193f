use crate::error::{Result, corrupt, lost};
use crate::place::Place;
use docket_store::{FORMAT, LogError};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

const SCHEMA_VERSION: i32 = 1;

/// Makes the log if the database has none, and answers its id.
pub(crate) async fn open(place: &Place, log_id_if_new: Uuid) -> Result<Uuid> {
    let opened = place.with_connection(async |client| {
        if !exists(client).await? {
            create(client, log_id_if_new).await?;
        }
        identity(client).await
    });
    opened.await
}

/// Whether the database has a log.
pub(crate) async fn exists_at(place: &Place) -> Result<bool> {
    place
        .with_connection(async |client| exists(client).await)
        .await
}

/// The id of the log, if the database has one. It may be asked of a standby.
pub(crate) async fn identity_at(place: &Place) -> Result<Option<Uuid>> {
    let found = place.with_connection(async |client| match exists(client).await? {
        true => identity(client).await.map(Some),
        false => Ok(None),
    });
    found.await
}

async fn exists(client: &Client) -> Result<bool> {
    let text = include_str!("../sql/own/exists.sql");
    Ok(client.query_one(text, &[]).await.map_err(lost)?.get(0))
}

/// One transaction, under a lock: of two nodes that start at once, one makes the log.
async fn create(client: &mut Client, log_id: Uuid) -> Result<()> {
    let transaction = client.transaction().await.map_err(lost)?;
    transaction
        .batch_execute(include_str!("../sql/own/lock_schema.sql"))
        .await
        .map_err(lost)?;
    if exists(transaction.client()).await? {
        return Ok(());
    }
    transaction
        .batch_execute(include_str!("../sql/schema.sql"))
        .await
        .map_err(|error| match error.code() {
            Some(&SqlState::INSUFFICIENT_PRIVILEGE) => LogError::Backend(
                "the database has no Docket log and this role may not make one: run `docket migrate --new` \
                 as the owner"
                    .to_owned(),
            ),
            _ => lost(error),
        })?;
    transaction
        .execute(
            include_str!("../sql/create_log.sql"),
            &[&log_id, &i32::from(FORMAT)],
        )
        .await
        .map_err(lost)?;
    transaction.commit().await.map_err(lost)
}

async fn identity(client: &Client) -> Result<Uuid> {
    let found = client
        .query_opt(include_str!("../sql/open_log.sql"), &[])
        .await
        .map_err(lost)?
        .ok_or_else(|| corrupt("the log has no identity"))?;
    let (format, schema): (i32, i32) = (found.get(1), found.get(2));
    if format != i32::from(FORMAT) {
        return Err(LogError::Backend(format!(
            "the log has format {format}, known is {FORMAT}"
        )));
    }
    if schema != SCHEMA_VERSION {
        return Err(LogError::Backend(format!(
            "the log's schema has version {schema}, known is {SCHEMA_VERSION}"
        )));
    }
    Ok(found.get(0))
}
