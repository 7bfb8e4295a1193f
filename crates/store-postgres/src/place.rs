//! Where the log lies: one database, on one server or on a primary and its standbys.

use crate::error::{Result, lost, silent};
use crate::options::PostgresOptions;
use docket_postgres::{Connections, DatabaseUrl, Session, Unreadable, Wanted, welcome_client};
use docket_store::LogError;
use sqlx::postgres::PgConnectOptions;
use tokio::time::timeout;
use tokio_postgres::{Client, Connection, NoTls, Socket};

/// A database and how to connect to it.
#[derive(Clone)]
pub(crate) struct Place {
    url: DatabaseUrl,
    pub(crate) options: PostgresOptions,
    /// Those that were made to it, by this process and this log.
    pub(crate) connections: Connections,
}

/// A connection to the server that takes writes, and how else to reach it.
pub(crate) struct Reached {
    pub(crate) client: Client,
    pub(crate) connection: Connection<Socket, tokio_postgres::tls::NoTlsStream>,
    /// For the pool of readers: they read where writes are acknowledged.
    pub(crate) reading: PgConnectOptions,
}

impl Place {
    pub(crate) fn new<U>(url: U, options: PostgresOptions) -> Result<Self>
    where
        U: TryInto<DatabaseUrl, Error = Unreadable>,
    {
        let url = url.try_into();
        Ok(Self {
            url: url.map_err(|error| LogError::Backend(error.to_string()))?,
            options,
            connections: Connections::default(),
        })
    }

    /// Connects to the server that takes writes: each host is asked in turn. Where any server will
    /// do, the one that takes writes is still asked for first.
    pub(crate) async fn connect(&self, session: &Session) -> Result<Reached> {
        match (
            self.options.wanted,
            self.connect_wanted(session, Wanted::Primary).await,
        ) {
            (Wanted::Any, Err(_)) => self.connect_wanted(session, Wanted::Any).await,
            (_, reached) => reached,
        }
    }

    async fn connect_wanted(&self, session: &Session, wanted: Wanted) -> Result<Reached> {
        let mut last = LogError::Backend("the database URL names no server".to_owned());
        for at in 0..self.url.servers() {
            match self.connect_to(at, session, wanted).await {
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
        let mut reached = self.connect(&passing()).await?;
        let driver = tokio::spawn(reached.connection);
        let done = work(&mut reached.client).await;
        driver.abort();
        done
    }

    async fn connect_to(&self, at: usize, session: &Session, wanted: Wanted) -> Result<Reached> {
        let mut config = self.url.client(at, session, wanted);
        config.tcp_user_timeout(self.options.answer_within);
        // The driver limits the way there, not what the server does once it is reached.
        let connected = timeout(self.options.answer_within, config.connect(NoTls)).await;
        let (client, connection) = connected.map_err(|_| silent())?.map_err(lost)?;
        self.connections.made();
        Ok(Reached {
            client,
            connection,
            reading: self.url.pooled(at, &reading()),
        })
    }

    /// The connection that writes. An idle transaction holds the lock for everybody, so the server
    /// ends it. There is no statement timeout: it would end the wait of a commit for its standby,
    /// and call it done.
    pub(crate) fn writing(&self) -> Session {
        let lock_timeout = self.options.lock_timeout.as_millis();
        planned(Session::new(""))
            .with("idle_in_transaction_session_timeout", "3000")
            .with("lock_timeout", lock_timeout.to_string())
    }
}

/// A connection that is used once, or only listens.
pub(crate) fn passing() -> Session {
    planned(Session::new(""))
}

/// The pool of readers.
fn reading() -> Session {
    planned(Session::new("")).with("default_transaction_read_only", "on")
}

/// Every statement of a log finds its rows by an index, and its plan is kept. A plan made while the
/// table was empty would walk it, and be kept until somebody analyses the table.
fn planned(session: Session) -> Session {
    session
        .with("enable_seqscan", "off")
        .with("enable_bitmapscan", "off")
        .with("plan_cache_mode", "force_generic_plan")
        .with("jit", "off")
}

/// Takes what the connection's driver has to run beside, and lifts the limit on transactions.
pub(crate) async fn settle(client: &Client, options: &PostgresOptions) -> Result<()> {
    let welcomed = timeout(options.answer_within, welcome_client(client)).await;
    welcomed.map_err(|_| silent())?.map_err(lost)
}
