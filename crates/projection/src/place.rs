use std::path::PathBuf;

/// Where the read models of a process lie.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder of SQLite files, `views/`; made if need be.
    Folder(PathBuf),
    /// The URL of a PostgreSQL database: a schema per generation.
    Postgres(String),
}

impl From<PathBuf> for Place {
    fn from(folder: PathBuf) -> Place {
        Place::Folder(folder)
    }
}

/// Without the URL, which may hold a password.
impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            Place::Postgres(_) => f.write_str("Postgres"),
        }
    }
}
