use docket_postgres::DatabaseUrl;
use std::path::PathBuf;

/// Where the read models of a process lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder of SQLite files, `views/`; made if need be.
    Folder(PathBuf),
    /// A PostgreSQL database: a schema per generation.
    Postgres(DatabaseUrl),
}

impl From<PathBuf> for Place {
    fn from(folder: PathBuf) -> Place {
        Place::Folder(folder)
    }
}
