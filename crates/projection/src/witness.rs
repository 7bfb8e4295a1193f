//! What views prove of the log: how far they have seen it.

use crate::container::Result;
use crate::container::postgres;
use crate::container::sqlite::folder;
use crate::error::ViewError;
use crate::place::Place;
use docket_domain::log::Incarnation;
use docket_store::{Leaf, Mark};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use std::path::Path;
use uuid::Uuid;

/// Every generation that answers or may answer again.
const GENERATIONS: &str = "SELECT name, generation, incarnation FROM generations_of_logs \
     WHERE state IN ('live', 'kept') AND log = $1 ORDER BY name, generation";
const CHECKPOINT: &str = "SELECT position, leaf FROM docket_checkpoint";

/// A generation of a view, and the newest event that it has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The view.
    pub view: String,
    /// The generation's number.
    pub generation: u32,
    /// The incarnation of the log that it is known to have seen.
    pub incarnation: Incarnation,
    /// The newest event that it has seen.
    pub newest: Mark,
}

/// A generation as the registry names it.
#[derive(sqlx::FromRow)]
pub(crate) struct Named {
    pub(crate) name: String,
    generation: i64,
    incarnation: i64,
}

impl Named {
    pub(crate) fn number(&self) -> u32 {
        u32::try_from(self.generation).unwrap_or(0)
    }

    /// With what it has seen; one that has seen nothing proves nothing.
    pub(crate) fn witness(self, seen: Option<(i64, Option<Vec<u8>>)>) -> Option<Witness> {
        let (position, leaf) = seen?;
        let leaf: Leaf = leaf?.try_into().ok()?;
        Some(Witness {
            generation: self.number(),
            incarnation: Incarnation::try_from(self.incarnation).ok()?,
            view: self.name,
            newest: Mark {
                position: position.unsigned_abs(),
                leaf,
            },
        })
    }
}

/// How far the views of a log have seen it, whatever version of Docket built them. Only looks: a
/// place without views stays as it is. A generation that cannot be read proves nothing.
///
/// # Errors
/// When the place cannot be looked at.
pub async fn witnesses(place: &Place, log: Uuid) -> Result<Vec<Witness>> {
    match place {
        Place::Folder(dir) => in_folder(dir, log).await,
        Place::Postgres(url) => postgres::witnesses(url, log, GENERATIONS).await,
    }
}

async fn in_folder(dir: &Path, log: Uuid) -> Result<Vec<Witness>> {
    let registry = dir.join("registry.db");
    if !registry.exists() {
        return Ok(Vec::new());
    }
    let mut connection = looking(&registry).await?;
    let named: Vec<Named> = sqlx::query_as(GENERATIONS)
        .bind(log.to_string())
        .fetch_all(&mut connection)
        .await?;
    connection.close().await?;
    let mut found = Vec::new();
    for named in named {
        let path = folder::file_path(dir, &named.name, named.number());
        match seen_in(&path).await {
            Ok(seen) => found.extend(named.witness(seen)),
            Err(error) => {
                tracing::debug!(%error, view = named.name, "the view proves nothing");
            }
        }
    }
    Ok(found)
}

async fn seen_in(path: &Path) -> Result<Option<(i64, Option<Vec<u8>>)>> {
    let mut connection = looking(path).await?;
    let seen = sqlx::query_as(CHECKPOINT)
        .fetch_optional(&mut connection)
        .await?;
    connection.close().await?;
    Ok(seen)
}

async fn looking(path: &Path) -> std::result::Result<SqliteConnection, ViewError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    Ok(options.connect().await?)
}
