//! What differs between a folder and a database about whole generations.

use crate::container::postgres::{self, Server, schema_name};
use crate::container::sqlite::{self, folder};
use crate::container::{Loader, Result, Writer};
use crate::engine::Engine;
use crate::error::ViewError;
use crate::generation::{Generation, Hold};
use crate::model::Model;
use crate::place::Place;
use crate::registry::{self, Begun, Registry};
use docket_domain::log::Incarnation;
use sea_query::SqliteQueryBuilder;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

/// Where generations lie, open.
pub(crate) enum Home {
    /// A folder of files.
    Folder(PathBuf),
    /// A database of schemas.
    Database(Arc<Server>),
}

/// A wish to build a generation.
pub(crate) enum Claim {
    /// Its number, and what keeps others from removing it.
    Ours(u32, Ticket),
    /// Another node builds it.
    Theirs,
}

/// What keeps others from removing a generation while it is built.
pub(crate) enum Ticket {
    /// The lock of its file.
    File(File),
    /// The session that holds its lock, and that loads it.
    Session(postgres::Writer),
}

impl Home {
    pub(crate) async fn open(place: &Place) -> Result<Home> {
        Ok(match place {
            Place::Folder(folder) => {
                no_file(folder)?;
                std::fs::create_dir_all(folder)?;
                Home::Folder(folder.clone())
            }
            Place::Postgres(url) => Home::Database(Server::open(url.clone()).await?),
        })
    }

    pub(crate) async fn registry(&self, log: Uuid, incarnation: Incarnation) -> Result<Registry> {
        let writer = match self {
            Home::Folder(folder) => {
                let mut writer = sqlite::registry(&folder.join("registry.db")).await?;
                for table in registry::create(Engine::Sqlite) {
                    writer.run(table.to_string(SqliteQueryBuilder)).await?;
                }
                Writer::Sqlite(writer)
            }
            Home::Database(server) => Writer::Postgres(server.registry()),
        };
        Ok(Registry::new(log, incarnation, writer))
    }

    /// Opens what there is without making anything: where there is no registry, it is as if there
    /// were an empty one.
    pub(crate) async fn open_to_look(
        place: &Place,
        log: Uuid,
        incarnation: Incarnation,
    ) -> Result<(Home, Registry)> {
        let (home, path) = match place {
            Place::Folder(folder) => {
                no_file(folder)?;
                (Home::Folder(folder.clone()), folder.join("registry.db"))
            }
            Place::Postgres(url) => {
                let server = Server::open_to_look(url.clone()).await?;
                if server.has_registry().await? {
                    let registry =
                        Registry::new(log, incarnation, Writer::Postgres(server.registry()));
                    return Ok((Home::Database(server), registry));
                }
                (Home::Database(server), PathBuf::new())
            }
        };
        let (mut writer, is_there) = sqlite::registry_to_look_at(&path).await?;
        if !is_there {
            for table in registry::create(Engine::Sqlite) {
                writer.run(table.to_string(SqliteQueryBuilder)).await?;
            }
        }
        Ok((
            home,
            Registry::new(log, incarnation, Writer::Sqlite(writer)),
        ))
    }

    /// Opens a generation and says so to other processes.
    pub(crate) async fn generation(
        &self,
        registry: &Registry,
        model: &Model,
        number: u32,
        hold: Option<Hold>,
    ) -> Result<Generation> {
        let tables = model.tables.clone();
        match self {
            Home::Folder(dir) => {
                let lock = File::create(folder::lock_path(dir, model.name, number))?;
                lock.lock_shared()?;
                let path = folder::file_path(dir, model.name, number);
                let container = sqlite::open(&path, tables).await?;
                Generation::new(number, container, Some(Hold::File { path, lock })).await
            }
            Home::Database(server) => {
                registry.enter(model.name, number).await?;
                let container = postgres::open(server, model.name, number, tables);
                let opened = Generation::new(number, container, hold).await;
                if opened.is_err() {
                    registry.leave(model.name, number).await;
                }
                opened
            }
        }
    }

    /// Takes a number for a new generation and keeps others from removing it. With `leave` it is
    /// left to another node that builds the same.
    pub(crate) async fn claim(
        &self,
        registry: &Registry,
        model: &Model,
        leave: bool,
    ) -> Result<Claim> {
        let (name, fingerprint) = (model.name, &model.fingerprint);
        match self {
            Home::Folder(dir) => loop {
                let number = match registry.begin(name, fingerprint).await? {
                    Begun::Number(number) => number,
                    Begun::Elsewhere => return Ok(Claim::Theirs),
                };
                if let Some(lock) = folder::try_own(&folder::lock_path(dir, name, number)) {
                    return Ok(Claim::Ours(number, Ticket::File(lock)));
                }
            },
            Home::Database(server) => {
                let mut writer = Writer::Postgres(server.building());
                let begun = registry
                    .begin_on(&mut writer, name, fingerprint, leave)
                    .await?;
                match (begun, writer) {
                    (Begun::Number(number), Writer::Postgres(session)) => {
                        Ok(Claim::Ours(number, Ticket::Session(session)))
                    }
                    (_, mut writer) => {
                        writer.close().await;
                        Ok(Claim::Theirs)
                    }
                }
            }
        }
    }

    /// Makes the container of a generation that was claimed.
    pub(crate) async fn loader(
        &self,
        model: &Model,
        number: u32,
        ticket: Ticket,
    ) -> Result<Loader> {
        let tables = model.tables.clone();
        match (self, ticket) {
            (Home::Folder(dir), Ticket::File(lock)) => {
                let path = folder::file_path(dir, model.name, number);
                let loader = sqlite::Loader::create(&path, tables, lock).await?;
                Ok(Loader::Sqlite(loader))
            }
            (_, Ticket::Session(session)) => {
                let loader = postgres::Loader::create(session, model.name, number, tables).await?;
                Ok(Loader::Postgres(loader))
            }
            (Home::Database(_), Ticket::File(_)) => Err(ViewError::Backend(
                "a file was claimed in a database".to_owned(),
            )),
        }
    }

    /// Bytes that a generation takes on the disk.
    pub(crate) async fn bytes(&self, name: &str, number: u32) -> Result<u64> {
        match self {
            Home::Folder(dir) => Ok(folder::bytes(&folder::file_path(dir, name, number))),
            Home::Database(server) => server.bytes(&schema_name(name, number)).await,
        }
    }

    /// Removes a generation unless somebody uses or builds it, and lets the registry forget it;
    /// whether it is gone. What people with psql read turns to what else answers first.
    pub(crate) async fn remove_unused(
        &self,
        registry: &Registry,
        name: &str,
        number: u32,
    ) -> Result<bool> {
        match self {
            Home::Folder(dir) => {
                let removed = folder::remove_unused(&folder::file_path(dir, name, number));
                if removed {
                    registry.forget(name, number).await?;
                }
                Ok(removed)
            }
            Home::Database(server) => Ok(server.remove(registry.log(), name, number).await),
        }
    }

    /// Whether nobody uses or builds a generation at this moment; a file is asked when it is removed.
    pub(crate) async fn is_unused(&self, name: &str, number: u32) -> Result<bool> {
        match self {
            Home::Folder(_) => Ok(true),
            Home::Database(server) => server.is_unused(name, number).await,
        }
    }

    /// Removes the files of generations that were replaced, unless another process uses them.
    pub(crate) fn remove_replaced(&self, name: &str, numbers: &[u32]) {
        if let Home::Folder(dir) = self {
            for number in numbers {
                folder::remove_unused(&folder::file_path(dir, name, *number));
            }
        }
    }

    /// Removes generations that are gone, as far as nobody uses them. A file goes with its last
    /// user.
    pub(crate) async fn remove_gone(&self, registry: &Registry) -> Result<()> {
        let Home::Database(server) = self else {
            return Ok(());
        };
        for entry in registry.gone().await? {
            server
                .remove(registry.log(), &entry.name, entry.number)
                .await;
        }
        Ok(())
    }

    /// Removes containers that the registry does not know.
    pub(crate) async fn remove_strays(&self, registry: &Registry) -> Result<()> {
        let known = registry.entries().await?;
        let known: Vec<(String, u32)> = known
            .into_iter()
            .map(|entry| (entry.name, entry.number))
            .collect();
        match self {
            Home::Folder(dir) => {
                for file in std::fs::read_dir(dir)? {
                    let path = file?.path();
                    if folder::parse_path(&path).is_some_and(|found| !known.contains(&found)) {
                        folder::remove_unused(&path);
                    }
                }
            }
            Home::Database(server) => {
                let gone = registry.gone().await?;
                let gone = gone.into_iter().map(|entry| (entry.name, entry.number));
                let known: Vec<String> = known
                    .into_iter()
                    .chain(gone)
                    .map(|(name, number)| schema_name(&name, number))
                    .collect();
                for schema in server.schemas().await? {
                    if !known.contains(&schema) {
                        server.remove_stray(&schema).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Lets people with psql read the newest generation that answers.
    pub(crate) async fn publish(&self, registry: &Registry, name: &str) {
        if let Home::Database(server) = self
            && let Err(error) = server.publish(registry.log(), name).await
        {
            tracing::debug!(%error, view = name, "schema docket names the generation before for now");
        }
    }

    /// After a failure, finds the server that takes writes by now.
    pub(crate) async fn seek(&self) {
        if let Home::Database(server) = self
            && let Err(error) = server.seek().await
        {
            tracing::debug!(%error, "no server takes writes now");
        }
    }

    pub(crate) async fn close(&self) {
        if let Home::Database(server) = self {
            server.close().await;
        }
    }
}

/// A file where a folder is to be is told by its name.
fn no_file(folder: &Path) -> Result<()> {
    match folder.exists() && !folder.is_dir() {
        true => Err(ViewError::Backend(format!(
            "{} is no folder",
            folder.display()
        ))),
        false => Ok(()),
    }
}
