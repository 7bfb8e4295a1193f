//! The URL of a database. It may hold a password in several places, and however badly it is
//! written, neither it nor a part of it is shown that may be one.

mod draft;
mod show;
#[cfg(test)]
mod tests;

use crate::environment::{self, Environment};
use crate::options;
use crate::secret::Secret;
use crate::session::{Session, Wanted};
use draft::Draft;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::TargetSessionAttrs;

/// How long one server of several may take to take up a connection before the next is asked.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// How long a cut network goes unnoticed by the pipelining driver.
const UNNOTICED: Duration = Duration::from_secs(10);
/// How the application calls itself in `pg_stat_activity`.
const APPLICATION: &str = "docket";
/// Prepared statements that a pooled connection keeps.
const STATEMENTS: usize = 100;

/// A database and how to reach it: on one server, or on a primary and its standbys.
///
/// It is read from a URL, and what the URL leaves open from the environment variables of
/// PostgreSQL's own programs and the file of passwords. It shows servers and database and nothing
/// else: no user, no password, no setting.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    servers: Vec<Server>,
    user: String,
    name: String,
    application: String,
    /// What is handed to the server.
    options: Vec<(String, String)>,
    connect_within: Duration,
}

#[derive(Clone, PartialEq, Eq)]
struct Server {
    place: Place,
    /// Where a name leads to, if that is said too.
    address: Option<IpAddr>,
    port: u16,
    password: Option<Secret>,
}

#[derive(Clone, PartialEq, Eq)]
enum Place {
    Name(String),
    /// The folder of a Unix socket.
    Socket(PathBuf),
}

/// Why a URL cannot be used, without a word of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the database URL cannot be used: {0}")]
pub struct Unreadable(String);

impl Unreadable {
    /// `what` must not hold a part of the URL but the names of settings that are known.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl DatabaseUrl {
    /// Whether a text begins as the URL of a PostgreSQL database does.
    pub fn is_one(text: &str) -> bool {
        draft::without_scheme(text).is_some()
    }

    /// Reads a URL, `postgres://USER@HOST:PORT/NAME`; several servers are separated by commas.
    ///
    /// # Errors
    /// What is wrong with it, or what of it cannot be honoured.
    pub fn parse(url: &str) -> Result<Self, Unreadable> {
        Self::parse_in(url, &environment::of_process)
    }

    fn parse_in(url: &str, environment: Environment<'_>) -> Result<Self, Unreadable> {
        let mut draft = Draft::of_url(url)?;
        draft.fill_from(environment)?;
        draft.finish(environment)
    }

    /// How many servers it names.
    pub fn servers(&self) -> usize {
        self.servers.len()
    }

    /// One of the servers, for a person.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn server(&self, at: usize) -> String {
        self.servers[at].to_string()
    }

    /// How long one server may take to take up a connection.
    pub fn connect_within(&self) -> Duration {
        self.connect_within
    }

    /// The name of the connections that append, and the beginning of all others'.
    pub fn application(&self) -> &str {
        &self.application
    }

    /// How the pipelining driver reaches one of the servers.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn client(&self, at: usize, session: &Session, wanted: Wanted) -> Config {
        let server = &self.servers[at];
        let mut config = Config::new();
        match &server.place {
            Place::Name(name) => config.host(name.clone()),
            Place::Socket(folder) => config.host_path(folder),
        };
        if let Some(address) = server.address {
            config.hostaddr(address);
        }
        if let Some(password) = &server.password {
            config.password(password.expose());
        }
        config
            .port(server.port)
            .user(self.user.clone())
            .dbname(self.name.clone())
            .application_name(self.named(session))
            .options(options::write(self.settings(session)))
            .ssl_mode(tokio_postgres::config::SslMode::Disable)
            .connect_timeout(self.connect_within)
            .tcp_user_timeout(UNNOTICED)
            .keepalives_idle(UNNOTICED)
            .target_session_attrs(match wanted {
                Wanted::Primary => TargetSessionAttrs::ReadWrite,
                Wanted::Any => TargetSessionAttrs::Any,
            });
        config
    }

    /// How the pooling driver reaches one of the servers; [`crate::welcome`] has to follow.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn pooled(&self, at: usize, session: &Session) -> PgConnectOptions {
        let server = &self.servers[at];
        // What it knows of the environment is the same, and is set again.
        let mut options = PgConnectOptions::new_without_pgpass()
            .ssl_mode(PgSslMode::Disable)
            .port(server.port)
            .username(&self.user)
            .database(&self.name)
            .application_name(&self.named(session))
            .options(self.settings(session))
            .statement_cache_capacity(STATEMENTS);
        options = match (&server.place, server.address) {
            (Place::Socket(folder), _) => options.socket(folder),
            (_, Some(address)) => options.host(&address.to_string()),
            (Place::Name(name), None) => options.host(name),
        };
        match &server.password {
            Some(password) => options.password(password.expose()),
            None => options,
        }
    }

    fn settings<'a>(&'a self, session: &'a Session) -> impl Iterator<Item = (&'a str, &'a str)> {
        let given = self.options.iter();
        given
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(session.settings())
    }

    fn named(&self, session: &Session) -> String {
        match session.purpose {
            "" => self.application.clone(),
            purpose => format!("{} {purpose}", self.application),
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = Unreadable;

    fn from_str(url: &str) -> Result<Self, Unreadable> {
        Self::parse(url)
    }
}

impl TryFrom<&str> for DatabaseUrl {
    type Error = Unreadable;

    fn try_from(url: &str) -> Result<Self, Unreadable> {
        Self::parse(url)
    }
}

impl TryFrom<&String> for DatabaseUrl {
    type Error = Unreadable;

    fn try_from(url: &String) -> Result<Self, Unreadable> {
        Self::parse(url)
    }
}

/// So that a function takes both a URL that was read and one that was not.
impl TryFrom<&DatabaseUrl> for DatabaseUrl {
    type Error = Unreadable;

    fn try_from(url: &DatabaseUrl) -> Result<Self, Unreadable> {
        Ok(url.clone())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
