//! Where Docket finds its database, key file and views, and where it listens: flags over
//! environment over `docket.toml`.

use crate::exit::Stop;
use clap::Args;
use serde::Deserialize;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

const CONFIG: &str = "docket.toml";
const DATABASE: &str = "docket.db";
const KEY_FILE: &str = "docket.key";
const VIEWS: &str = "views";
const LISTEN: &str = "127.0.0.1:8300";

/// Settings as flags; each has an environment variable.
#[derive(Debug, Clone, Default, Args)]
pub struct SettingFlags {
    /// Settings file [default: docket.toml, if there is one]
    #[arg(long, env = "DOCKET_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Database: sqlite:PATH [default: sqlite:docket.db]
    #[arg(long, env = "DOCKET_DATABASE_URL", value_name = "URL", global = true)]
    pub database_url: Option<String>,
    /// Key file [default: docket.key beside the database]
    #[arg(long, env = "DOCKET_KEY_FILE", value_name = "FILE", global = true)]
    pub key_file: Option<PathBuf>,
    /// Folder of the read models [default: views/ beside the database]
    #[arg(long, env = "DOCKET_VIEWS", value_name = "DIR", global = true)]
    pub views: Option<PathBuf>,
}

/// `docket.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingFile {
    database_url: Option<String>,
    key_file: Option<PathBuf>,
    views: Option<PathBuf>,
    listen: Option<String>,
    jurisdiction: Option<String>,
}

/// Settings as they are in force.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database.
    pub database: Database,
    /// The key file.
    pub key_file: PathBuf,
    /// The folder of the read models.
    pub views: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// What a new log is told about itself.
    pub jurisdiction: String,
}

/// Which engine holds the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// One SQLite file.
    Sqlite(PathBuf),
}

impl Database {
    /// Reads a URL.
    ///
    /// # Errors
    /// A usage error that says what is possible.
    pub fn parse(url: &str) -> anyhow::Result<Self> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return Err(Stop::usage(
                "this build has no PostgreSQL engine yet; use sqlite:PATH",
            ));
        }
        let path = url
            .strip_prefix("sqlite://")
            .or_else(|| url.strip_prefix("sqlite:"));
        match path {
            Some(path) if !path.is_empty() && path != ":memory:" => Ok(Self::Sqlite(path.into())),
            _ => Err(Stop::usage(format!(
                "`{url}` is no database URL; write sqlite:PATH, such as sqlite:docket.db"
            ))),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            Database::Sqlite(path) => path,
        }
    }
}

impl SettingFlags {
    /// The settings in force; `listen` is the flag of the verbs that have one.
    ///
    /// # Errors
    /// When a setting cannot be read.
    pub fn resolve(&self, listen: Option<&str>) -> anyhow::Result<Settings> {
        let file = self.file()?;
        let url = self.database_url.clone().or(file.database_url);
        let database = url.map_or_else(
            || Ok(Database::Sqlite(DATABASE.into())),
            |url| Database::parse(&url),
        )?;
        let beside = |name: &str| database.path().with_file_name(name);
        Ok(Settings {
            key_file: self
                .key_file
                .clone()
                .or(file.key_file)
                .unwrap_or_else(|| beside(KEY_FILE)),
            views: self
                .views
                .clone()
                .or(file.views)
                .unwrap_or_else(|| beside(VIEWS)),
            listen: address(listen.or(file.listen.as_deref()).unwrap_or(LISTEN))?,
            jurisdiction: file.jurisdiction.unwrap_or_else(|| "重庆市".to_owned()),
            database,
        })
    }

    fn file(&self) -> anyhow::Result<SettingFile> {
        let path = self.config.clone().unwrap_or_else(|| CONFIG.into());
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.config.is_none() => {
                return Ok(SettingFile::default());
            }
            Err(error) => return Err(Stop::usage(format!("{}: {error}", path.display()))),
        };
        toml::from_str(&text).map_err(|error| Stop::usage(format!("{}: {error}", path.display())))
    }
}

impl Settings {
    /// Everything in one folder: what `--data` names.
    ///
    /// # Errors
    /// When the address cannot be read.
    pub fn in_folder(folder: &Path, listen: Option<&str>) -> anyhow::Result<Self> {
        Ok(Self {
            database: Database::Sqlite(folder.join(DATABASE)),
            key_file: folder.join(KEY_FILE),
            views: folder.join(VIEWS),
            listen: address(listen.unwrap_or(LISTEN))?,
            jurisdiction: "重庆市".to_owned(),
        })
    }
}

fn address(text: &str) -> anyhow::Result<SocketAddr> {
    text.parse().map_err(|_| {
        Stop::usage(format!(
            "`{text}` is no address; write IP:PORT, such as {LISTEN}"
        ))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn key_file_and_views_lie_beside_the_database() {
        let flags = SettingFlags {
            database_url: Some("sqlite:/srv/docket/log.db".into()),
            ..SettingFlags::default()
        };
        let settings = flags.resolve(None).unwrap();
        assert_eq!(settings.key_file, Path::new("/srv/docket/docket.key"));
        assert_eq!(settings.views, Path::new("/srv/docket/views"));
    }

    #[test]
    fn flags_go_over_the_file_and_unknown_settings_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("docket.toml");
        fs::write(
            &config,
            "database_url = \"sqlite:a.db\"\nlisten = \"127.0.0.1:9\"\n",
        )
        .unwrap();
        let flags = SettingFlags {
            config: Some(config.clone()),
            ..SettingFlags::default()
        };
        let settings = flags.resolve(None).unwrap();
        assert_eq!(settings.database, Database::Sqlite("a.db".into()));
        assert_eq!(settings.listen.port(), 9);
        let flags = SettingFlags {
            database_url: Some("sqlite:b.db".into()),
            ..flags
        };
        assert_eq!(flags.resolve(Some("127.0.0.1:8")).unwrap().listen.port(), 8);
        assert_eq!(
            flags.resolve(None).unwrap().database,
            Database::Sqlite("b.db".into())
        );
        fs::write(&config, "databse_url = \"sqlite:a.db\"\n").unwrap();
        assert!(
            flags
                .resolve(None)
                .unwrap_err()
                .to_string()
                .contains("databse_url")
        );
    }

    #[test]
    fn postgresql_is_refused_clearly() {
        let error = Database::parse("postgres://localhost/docket")
            .unwrap_err()
            .to_string();
        assert!(error.contains("no PostgreSQL engine yet"), "{error}");
        assert!(Database::parse("docket.db").is_err());
    }
}
