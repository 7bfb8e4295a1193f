use super::cluster::{Cluster, with_database};
use super::psql::try_psql;
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

/// The URL of a running server, which is used instead of starting one.
const SERVER: &str = "DOCKET_TEST_POSTGRES";

/// A fresh database, dropped when it goes out of scope, whoever is still connected.
#[derive(Debug)]
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    /// Creates an empty database on the server of this test process.
    ///
    /// # Panics
    /// When PostgreSQL is not installed, with what to install, or does not start.
    #[allow(clippy::new_without_default)] // making one is work
    pub fn new() -> Self {
        Self::create(server(), "")
    }

    /// Creates one that holds what this one holds. Nobody may be connected to this one.
    ///
    /// # Panics
    /// When somebody still is, after a few seconds.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self::create(self.server.clone(), &format!("TEMPLATE {}", self.name))
    }

    fn create(server: String, from: &str) -> Self {
        // Chance keeps processes apart that share a server; which name it is decides nothing.
        let name = format!("docket_test_{:016x}", RandomState::new().hash_one("name"));
        let database = Self { server, name };
        database.administer(&format!("CREATE DATABASE {} {from}", database.name));
        database
    }

    /// A URL that sqlx and tokio-postgres take, of a role that may do anything.
    pub fn url(&self) -> String {
        with_database(&self.server, &self.name)
    }

    /// Its name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs statements from outside and gives what they answer: fields separated by `|`, rows by
    /// line ends.
    ///
    /// # Panics
    /// With what psql said, when a statement fails.
    pub fn psql(&self, sql: &str) -> String {
        match try_psql(&self.url(), sql) {
            Ok(answer) => answer,
            Err(error) => panic!("{sql}\n{error}"),
        }
    }

    fn administer(&self, sql: &str) {
        if let Err(error) = try_psql(&self.server, sql) {
            panic!("{sql}\n{error}");
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A test that has taken the server down has nothing to drop.
        let _ = try_psql(&self.server, &drop);
    }
}

fn server() -> String {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    match std::env::var(SERVER) {
        Ok(url) if !url.is_empty() => url,
        _ => SHARED.get_or_init(Cluster::start).url("postgres"),
    }
}
