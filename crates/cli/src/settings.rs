//! Where Docket finds its database, key file and views, and where it listens: flags over
//! environment over `docket.toml`.

mod file;
mod given;
mod listen;
pub mod uses;

use crate::exit::Stop;
use clap::Args;
use docket_postgres::DatabaseUrl;
use docket_projection::Place;
use file::SettingFile;
pub use given::GivenUrl;
pub use listen::Address;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DATABASE: &str = "docket.db";
const KEY_FILE: &str = "docket.key";
const VIEWS: &str = "views";
const KEEP_MINUTES: u32 = 60;
const VERIFY_HOURS: u32 = 24;
const LISTEN: &str = "127.0.0.1:8300";

/// Settings as flags; each has an environment variable.
#[derive(Debug, Clone, Default, Args)]
pub struct SettingFlags {
    /// Settings file [default: docket.toml, if there is one]
    #[arg(long, env = "DOCKET_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Database: sqlite:PATH or postgres://USER@HOST/NAME [default: sqlite:docket.db]
    #[arg(
        long,
        env = "DOCKET_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        global = true
    )]
    pub database_url: Option<GivenUrl>,
    /// Key file [default: docket.key beside the SQLite file, or in the working directory]
    #[arg(long, env = "DOCKET_KEY_FILE", value_name = "FILE", global = true)]
    pub key_file: Option<PathBuf>,
    /// Folder of the read models, on SQLite only [default: views/ beside the database]
    #[arg(long, env = "DOCKET_VIEWS", value_name = "DIR", global = true)]
    pub views: Option<PathBuf>,
    /// Minutes a replaced read model is kept and fed, so that `docket projections rollback` can let
    /// it answer again; 0 keeps none [default: 60]
    #[arg(long, env = "DOCKET_KEEP_VIEWS", value_name = "MINUTES", global = true)]
    pub keep_views: Option<u32>,
}

/// Where a verb that serves listens; each has an environment variable.
#[derive(Debug, Clone, Default, Args)]
pub struct ListenFlags {
    /// Address to listen on: IP:PORT, NAME:PORT, or :PORT for all addresses; port 0 takes a free one
    /// [default: 127.0.0.1:8300]
    #[arg(long, env = "DOCKET_LISTEN", value_name = "ADDR")]
    pub listen: Option<String>,
    /// Address at which /metrics is answered, to anybody who can reach it [default: nowhere]
    #[arg(long, env = "DOCKET_ADMIN_LISTEN", value_name = "ADDR")]
    pub admin_listen: Option<String>,
    /// Hours from one check of the whole log to the next, the first at the start; 0 makes none
    /// [default: 24]
    #[arg(long, env = "DOCKET_VERIFY_EVERY", value_name = "HOURS")]
    pub verify_every: Option<u32>,
}

/// Settings as they are in force.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database.
    pub database: Database,
    /// The key file.
    pub key_file: PathBuf,
    /// Where the read models lie.
    pub views: Place,
    /// How long a replaced read model is kept.
    pub keep_views: Duration,
    /// Where to listen.
    pub listen: Address,
    /// Where metrics are answered.
    pub admin_listen: Option<Address>,
    /// How often a server proves the whole log.
    pub verify_every: Option<Duration>,
    /// What a new log is told about itself.
    pub jurisdiction: String,
}

/// Which engine holds the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// One SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database.
    Postgres(DatabaseUrl),
}

impl Database {
    /// Reads a URL.
    ///
    /// # Errors
    /// A usage error that says what is possible.
    pub fn parse(url: &str) -> anyhow::Result<Self> {
        if DatabaseUrl::is_one(url) {
            return DatabaseUrl::parse(url)
                .map(Self::Postgres)
                .map_err(Stop::usage);
        }
        let path = url
            .strip_prefix("sqlite://")
            .or_else(|| url.strip_prefix("sqlite:"));
        // Behind the ? other programs take settings, which nobody would honour here.
        let plain = |path: &&str| !path.is_empty() && *path != ":memory:" && !path.contains('?');
        match path.filter(plain) {
            Some(path) if !path.contains("://") => Ok(Self::Sqlite(path.into())),
            _ => Err(Stop::usage(
                "that is no database URL; write sqlite:PATH, such as sqlite:docket.db, or \
                 postgres://USER@HOST/NAME",
            )),
        }
    }

    /// A file that lies beside the database, or in the working directory if that is no file.
    fn beside(&self, name: &str) -> PathBuf {
        match self {
            Database::Sqlite(path) => path.with_file_name(name),
            Database::Postgres(_) => name.into(),
        }
    }

    /// Where the read models lie, given the folder that was asked for.
    fn views(&self, folder: Option<PathBuf>) -> anyhow::Result<Place> {
        match (self, folder) {
            (Database::Sqlite(_), folder) => {
                Ok(Place::Folder(folder.unwrap_or_else(|| self.beside(VIEWS))))
            }
            (Database::Postgres(url), None) => Ok(Place::Postgres(url.clone())),
            (Database::Postgres(_), Some(_)) => Err(Stop::usage(
                "a folder of read models is for SQLite; on PostgreSQL they lie in the database",
            )),
        }
    }
}

/// A file's path, or the servers and the name of a database.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::Sqlite(path) => path.display().fmt(f),
            Database::Postgres(url) => url.fmt(f),
        }
    }
}

impl SettingFlags {
    /// The settings in force; `listen` are the flags of the verbs that serve.
    ///
    /// # Errors
    /// When a setting cannot be read.
    pub fn resolve(&self, listen: Option<&ListenFlags>) -> anyhow::Result<Settings> {
        self.resolve_in(Path::new(""), listen)
    }

    /// The same where database and key file lie in a folder unless they were named: what `--data`
    /// of the demo asks for.
    ///
    /// # Errors
    /// When a setting cannot be read.
    pub fn resolve_in(
        &self,
        folder: &Path,
        listen: Option<&ListenFlags>,
    ) -> anyhow::Result<Settings> {
        let file = SettingFile::read(self.config.as_deref())?;
        let flags = listen.cloned().unwrap_or_default();
        let url = self.database_url.clone().or(file.database_url);
        let database = url.map_or_else(
            || Ok(Database::Sqlite(folder.join(DATABASE))),
            |url| Database::parse(url.expose()),
        )?;
        let key_file = self.key_file.clone().or(file.key_file);
        let listen = flags.listen.or(file.listen);
        let admin = flags.admin_listen.or(file.admin_listen);
        Ok(Settings {
            key_file: key_file.unwrap_or_else(|| match folder.as_os_str().is_empty() {
                true => database.beside(KEY_FILE),
                false => folder.join(KEY_FILE),
            }),
            views: database.views(self.views.clone().or(file.views))?,
            keep_views: minutes(self.keep_views.or(file.keep_views)),
            listen: Address::parse(listen.as_deref().unwrap_or(LISTEN), "listen")?,
            admin_listen: match admin {
                Some(admin) => Some(Address::parse(&admin, "admin_listen")?),
                None => None,
            },
            verify_every: hours(flags.verify_every.or(file.verify_every)),
            jurisdiction: file.jurisdiction.unwrap_or_else(|| "重庆市".to_owned()),
            database,
        })
    }

    /// Whether a database was named, wherever.
    ///
    /// # Errors
    /// When the settings file cannot be read.
    pub fn names_a_database(&self) -> anyhow::Result<bool> {
        let in_file = || SettingFile::read(self.config.as_deref());
        Ok(self.database_url.is_some() || in_file()?.database_url.is_some())
    }
}

fn minutes(told: Option<u32>) -> Duration {
    Duration::from_secs(60 * u64::from(told.unwrap_or(KEEP_MINUTES)))
}

/// Nothing for 0.
fn hours(told: Option<u32>) -> Option<Duration> {
    let hours = told.unwrap_or(VERIFY_HOURS);
    (hours > 0).then(|| Duration::from_secs(3_600 * u64::from(hours)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs;

    #[test]
    fn key_file_and_views_lie_beside_the_database() {
        let flags = SettingFlags {
            database_url: Some("sqlite:/srv/docket/log.db".into()),
            ..SettingFlags::default()
        };
        let settings = flags.resolve(None).unwrap();
        assert_eq!(settings.key_file, Path::new("/srv/docket/docket.key"));
        assert!(
            matches!(settings.views, Place::Folder(folder) if folder == Path::new("/srv/docket/views"))
        );
    }

    #[test]
    fn flags_go_over_the_file() {
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
        assert_eq!(settings.listen.to_string(), "127.0.0.1:9");
        let flags = SettingFlags {
            database_url: Some("sqlite:b.db".into()),
            ..flags
        };
        let listen = ListenFlags {
            listen: Some("127.0.0.1:8".into()),
            ..ListenFlags::default()
        };
        let settings = flags.resolve(Some(&listen)).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8");
        assert_eq!(
            flags.resolve(None).unwrap().database,
            Database::Sqlite("b.db".into())
        );
    }

    #[test]
    fn on_postgresql_only_the_key_file_is_a_file() {
        let flags = SettingFlags {
            database_url: Some("postgresql://docket:geheim@db/records".into()),
            ..SettingFlags::default()
        };
        let settings = flags.resolve(None).unwrap();
        assert_eq!(settings.key_file, Path::new("docket.key"));
        assert_eq!(settings.database.to_string(), "postgres://db/records");
        assert!(!format!("{:?}", settings.database).contains("geheim"));
        let with_folder = SettingFlags {
            views: Some("views".into()),
            ..flags
        };
        let refused = with_folder.resolve(None).unwrap_err().to_string();
        assert!(refused.contains("for SQLite"), "{refused}");
    }

    #[test]
    fn a_demo_s_folder_holds_what_was_not_named() {
        let folder = Path::new("/srv/demo");
        let settings = SettingFlags::default().resolve_in(folder, None).unwrap();
        assert_eq!(
            settings.database,
            Database::Sqlite(folder.join("docket.db"))
        );
        assert_eq!(settings.key_file, folder.join("docket.key"));
        let named = SettingFlags {
            database_url: Some("sqlite:/srv/log/x.db".into()),
            views: Some("/srv/views".into()),
            keep_views: Some(7),
            ..SettingFlags::default()
        };
        let settings = named.resolve_in(folder, None).unwrap();
        assert_eq!(settings.key_file, folder.join("docket.key"));
        assert!(matches!(settings.views, Place::Folder(views) if views == Path::new("/srv/views")));
        assert_eq!(settings.keep_views, Duration::from_secs(420));
    }

    #[test]
    fn settings_show_no_password_in_any_way() {
        let flags = SettingFlags {
            database_url: Some("postgres://a:geheim@h/x?password=geheim".into()),
            ..SettingFlags::default()
        };
        assert!(!format!("{flags:?}").contains("geheim"));
        assert!(
            !flags
                .resolve(None)
                .unwrap_err()
                .to_string()
                .contains("geheim")
        );
        let flags = SettingFlags {
            database_url: Some("postgres://a:geheim@h/x".into()),
            ..SettingFlags::default()
        };
        let settings = flags.resolve(None).unwrap();
        assert!(!format!("{flags:?} {settings:?} {}", settings.database).contains("geheim"));
    }

    #[test]
    fn what_is_no_database_url_is_refused_without_its_password() {
        for url in [
            "geheim.db",
            "mysql://a:geheim@h/x",
            "sqlite:postgres://a:geheim@h/x",
            "sqlite:x.db?password=geheim",
            "postgres:a:geheim@h/x",
            "postgres://a:ge@geheim@h/x",
        ] {
            let refused = Database::parse(url).unwrap_err();
            assert!(!refused.to_string().contains("geheim"), "{refused}");
        }
    }
}
