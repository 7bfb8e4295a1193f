use crate::error::{Result, classify, corrupt};
use crate::options::Place;
use docket_store::{FORMAT, LogError};
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use uuid::Uuid;

const APPLICATION: i64 = 0x446f_636b;
const SCHEMA_VERSION: i64 = 1;

/// Whether the file holds a log. Nothing is written to find out, and no file is made.
pub(crate) async fn exists(place: &Place) -> Result<bool> {
    if !place.path.exists() {
        return Ok(false);
    }
    let mut connection = place.reading().connect().await.map_err(classify)?;
    Ok(!is_new(place, &mut connection).await?)
}

/// Opens the write connection, creating the log if the file is new, and answers its id.
pub(crate) async fn open(place: &Place, log_id_if_new: Uuid) -> Result<(SqliteConnection, Uuid)> {
    if place.path.exists() {
        // Before the write connection changes the journal mode of somebody else's database.
        let mut connection = place.reading().connect().await.map_err(classify)?;
        is_new(place, &mut connection).await?;
    }
    let mut connection = place.writing().connect().await.map_err(classify)?;
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(classify)?;
    if is_new(place, &mut transaction).await? {
        create(&mut transaction, log_id_if_new).await?;
    }
    let id = identity(&mut transaction).await?;
    transaction.commit().await.map_err(classify)?;
    Ok((connection, id))
}

/// Whether the file is empty; an error if it holds anything but a log this code knows.
async fn is_new(place: &Place, connection: &mut SqliteConnection) -> Result<bool> {
    match describe(connection).await? {
        (0, 0, 0) => Ok(true),
        (APPLICATION, SCHEMA_VERSION, _) => Ok(false),
        (APPLICATION, version, _) => Err(other(format!(
            "the log's schema has version {version}, known is 1"
        ))),
        _ => Err(other(format!(
            "{} is a database, but no Docket log",
            place.path.display()
        ))),
    }
}

async fn describe(connection: &mut SqliteConnection) -> Result<(i64, i64, i64)> {
    sqlx::query_as(include_str!("../sql/own/describe.sql"))
        .fetch_one(connection)
        .await
        .map_err(classify)
}

async fn create(connection: &mut SqliteConnection, log_id: Uuid) -> Result<()> {
    sqlx::raw_sql(include_str!("../sql/schema.sql"))
        .execute(&mut *connection)
        .await
        .map_err(classify)?;
    let insert = sqlx::query(include_str!("../sql/create_log.sql"))
        .bind(&log_id.as_bytes()[..])
        .bind(i64::from(FORMAT));
    insert.execute(connection).await.map_err(classify)?;
    Ok(())
}

async fn identity(connection: &mut SqliteConnection) -> Result<Uuid> {
    let (id, format): (Vec<u8>, i64) = sqlx::query_as(include_str!("../sql/open_log.sql"))
        .fetch_one(connection)
        .await
        .map_err(classify)?;
    if format != i64::from(FORMAT) {
        return Err(other(format!(
            "the log has format {format}, known is {FORMAT}"
        )));
    }
    Uuid::from_slice(&id).map_err(corrupt)
}

fn other(what: String) -> LogError {
    LogError::Backend(what)
}
