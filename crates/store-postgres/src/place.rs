//! Where the log lies: one database, on one server or on a primary and its standbys.

use crate::error::{Result, lost, silent};
use crate::options::PostgresOptions;
use docket_store::LogError;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::str::FromStr;
use std::time::Duration;
use tokio::time::timeout;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::{Client, Config, Connection, NoTls, Socket};

/// Every statement of a log finds its rows by an index, and its plan is kept. A plan made while the
/// table was empty would walk it, and be kept until somebody analyses the table.
const PLANS: &str = "-c enable_seqscan=off -c enable_bitmapscan=off -c plan_cache_mode=force_generic_plan -c jit=off";

/// How long one server may take to take up a connection before the next one is asked.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// A database and how to connect to it.
#[derive(Clone)]
pub(crate) struct Place {
    config: Config,
    pub(crate) options: PostgresOptions,
}

/// A connection to the server that takes writes, and how else to reach it.
pub(crate) struct Reached {
    pub(crate) client: Client,
    pub(crate) connection: Connection<Socket, tokio_postgres::tls::NoTlsStream>,
    /// For the pool of readers: they read where writes are acknowledged.
    pub(crate) reading: PgConnectOptions,
}

impl Place {
    /// Reads a URL; several hosts may stand in it, separated by commas.
    pub(crate) fn parse(url: &str, options: PostgresOptions) -> Result<Self> {
        let config = Config::from_str(url).map_err(|error| {
            // The text of the error never holds the password.
            LogError::Backend(format!("the database URL cannot be read: {error}"))
        })?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(LogError::Backend(
                "this build speaks to PostgreSQL without TLS: use a Unix socket, a private network or \
                 a tunnel, and leave sslmode out"
                    .to_owned(),
            ));
        }
        Ok(Self { config, options })
    }

    /// Connects to the server that takes writes: each host is asked in turn.
    pub(crate) async fn connect(&self, settings: &str) -> Result<Reached> {
        let mut last = LogError::Backend("the database URL names no host".to_owned());
        for at in 0..self.hosts() {
            match self.connect_to(at, settings).await {
                Ok(reached) => return Ok(reached),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Does something on a connection of its own.
    pub(crate) async fn with_connection<T>(
        &self,
        work: impl AsyncFnOnce(&mut Client) -> Result<T>,
    ) -> Result<T> {
        let mut reached = self.connect("").await?;
        let driver = tokio::spawn(reached.connection);
        let done = work(&mut reached.client).await;
        driver.abort();
        done
    }

    /// How many servers the URL names.
    fn hosts(&self) -> usize {
        self.config
            .get_hosts()
            .len()
            .max(self.config.get_hostaddrs().len())
    }

    async fn connect_to(&self, at: usize, settings: &str) -> Result<Reached> {
        let config = self.single(at, settings);
        // The driver limits the way there, not what the server does once it is reached.
        let connected = timeout(self.options.answer_within, config.connect(NoTls)).await;
        let (client, connection) = connected.map_err(|_| silent())?.map_err(lost)?;
        Ok(Reached {
            client,
            connection,
            reading: self.reading(&config),
        })
    }

    /// The settings of one server of the list.
    fn single(&self, at: usize, settings: &str) -> Config {
        let all = &self.config;
        let mut one = Config::new();
        match all.get_hosts().get(at) {
            Some(Host::Tcp(name)) => _ = one.host(name.clone()),
            Some(Host::Unix(path)) => _ = one.host_path(path),
            None => {}
        }
        if let Some(address) = all.get_hostaddrs().get(at) {
            one.hostaddr(*address);
        }
        let port = all.get_ports().get(at).or(all.get_ports().first());
        one.port(port.copied().unwrap_or(5432));
        all.get_user().map(|user| one.user(user));
        all.get_password().map(|password| one.password(password));
        all.get_dbname().map(|name| one.dbname(name));
        let given = all.get_options().unwrap_or_default();
        one.options(format!("{given} {PLANS} {settings}").trim());
        one.application_name(
            all.get_application_name()
                .unwrap_or(&self.options.application),
        );
        one.connect_timeout(all.get_connect_timeout().copied().unwrap_or(CONNECT_WITHIN));
        one.tcp_user_timeout(
            all.get_tcp_user_timeout()
                .copied()
                .unwrap_or(self.options.answer_within),
        );
        one.keepalives_idle(Duration::from_secs(10));
        one.target_session_attrs(TargetSessionAttrs::ReadWrite);
        one
    }

    fn reading(&self, one: &Config) -> PgConnectOptions {
        let mut options = PgConnectOptions::new_without_pgpass()
            .ssl_mode(PgSslMode::Disable)
            .port(one.get_ports().first().copied().unwrap_or(5432))
            .options([
                ("default_transaction_read_only", "on"),
                ("enable_seqscan", "off"),
                ("enable_bitmapscan", "off"),
                ("plan_cache_mode", "force_generic_plan"),
                ("jit", "off"),
            ])
            .statement_cache_capacity(64);
        options = match (one.get_hosts().first(), one.get_hostaddrs().first()) {
            (_, Some(address)) => options.host(&address.to_string()),
            (Some(Host::Tcp(name)), _) => options.host(name),
            (Some(Host::Unix(path)), _) => options.socket(path),
            (None, None) => options,
        };
        if let Some(user) = one.get_user() {
            options = options.username(user);
        }
        if let Some(password) = one.get_password() {
            options = options.password(&String::from_utf8_lossy(password));
        }
        if let Some(name) = one.get_dbname() {
            options = options.database(name);
        }
        options.application_name(one.get_application_name().unwrap_or_default())
    }

    /// Session settings of the connection that writes. An idle transaction holds the lock for
    /// everybody, so the server ends it. There is no statement timeout: it would end the wait of a
    /// commit for its standby, and call it done.
    pub(crate) fn writing(&self) -> String {
        format!(
            "-c idle_in_transaction_session_timeout=3000 -c lock_timeout={} \
             -c statement_timeout=0",
            self.options.lock_timeout.as_millis(),
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn place(url: &str) -> Result<Place> {
        Place::parse(url, PostgresOptions::default())
    }

    #[test]
    fn each_host_of_a_list_keeps_its_port() {
        let place = place("postgres://docket:secret@one:5433,two:5434/records").unwrap();
        assert_eq!(place.hosts(), 2);
        let two = place.single(1, "-c jit=off");
        assert_eq!(two.get_hosts(), [Host::Tcp("two".to_owned())]);
        assert_eq!(two.get_ports(), [5434]);
        assert_eq!(two.get_dbname(), Some("records"));
        assert_eq!(
            two.get_target_session_attrs(),
            TargetSessionAttrs::ReadWrite
        );
        let reading = place.reading(&two);
        assert_eq!((reading.get_host(), reading.get_port()), ("two", 5434));
    }

    #[test]
    fn tls_is_refused_and_not_left_out_silently() {
        let refused = place("postgres://docket@one/records?sslmode=require");
        assert!(matches!(refused, Err(LogError::Backend(why)) if why.contains("TLS")));
    }

    #[test]
    fn an_unreadable_url_is_told_without_its_password() {
        let Err(error) = place("postgres://docket:geheim@one:port/records") else {
            panic!("that is no port");
        };
        assert!(!error.to_string().contains("geheim"), "{error}");
    }
}
