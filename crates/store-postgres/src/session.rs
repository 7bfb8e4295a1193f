//! The connection that writes. It pipelines: what is asked at once is answered by one round trip.

use crate::error::{Result, lost, silent};
use crate::place::{self, Place};
use futures::future::try_join_all;
use sqlx::postgres::PgConnectOptions;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_postgres::{Client, Statement};

/// A session with its prepared statements.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) statements: Statements,
    /// How to read where this session writes.
    pub(crate) reading: PgConnectOptions,
    driver: AbortHandle,
}

/// The statements of the writer, prepared once for each session.
pub(crate) struct Statements {
    pub(crate) lock: Statement,
    pub(crate) look: Statement,
    pub(crate) repeats: Statement,
    pub(crate) events: Statement,
    pub(crate) document: Statement,
    pub(crate) create_key: Statement,
    pub(crate) destroy_key: Statement,
    pub(crate) audit: Statement,
    pub(crate) setting: Statement,
    pub(crate) settle: Statement,
    pub(crate) flush: Statement,
}

impl Session {
    /// Connects and prepares.
    pub(crate) async fn open(place: &Place) -> Result<Self> {
        let reached = place.connect(&place.writing()).await?;
        let driver = tokio::spawn(async move {
            if let Err(error) = reached.connection.await {
                tracing::debug!(%error, "the write connection ended");
            }
        });
        let driver = driver.abort_handle();
        let client = reached.client;
        place::settle(&client, &place.options).await?;
        let prepared = timeout(place.options.answer_within, async {
            insist_on_durability(&client).await?;
            Statements::prepare(&client).await
        });
        let statements = prepared.await.map_err(|_| silent())??;
        Ok(Self {
            client,
            statements,
            reading: reached.reading,
            driver,
        })
    }
}

impl Drop for Session {
    /// An unfinished transaction ends with its connection.
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// What is acknowledged is on disk, whatever the role or the database was given as a default.
async fn insist_on_durability(client: &Client) -> Result<()> {
    client
        .batch_execute(include_str!("../sql/own/insist_on_durability.sql"))
        .await
        .map_err(lost)
}

impl Statements {
    async fn prepare(client: &Client) -> Result<Self> {
        let texts = [
            include_str!("../sql/own/lock.sql"),
            include_str!("../sql/look.sql"),
            include_str!("../sql/own/repeats.sql"),
            include_str!("../sql/append_events.sql"),
            include_str!("../sql/append_document.sql"),
            include_str!("../sql/create_key.sql"),
            include_str!("../sql/destroy_key.sql"),
            include_str!("../sql/audit.sql"),
            include_str!("../sql/put_setting.sql"),
            include_str!("../sql/own/settle.sql"),
            include_str!("../sql/own/flush.sql"),
        ];
        let prepared = try_join_all(texts.map(|text| client.prepare(text))).await;
        let prepared: Vec<Statement> = prepared.map_err(lost)?;
        let [
            lock,
            look,
            repeats,
            events,
            document,
            create_key,
            destroy_key,
            audit,
            setting,
            settle,
            flush,
        ] = <[Statement; 11]>::try_from(prepared).expect("one for each text");
        Ok(Self {
            lock,
            look,
            repeats,
            events,
            document,
            create_key,
            destroy_key,
            audit,
            setting,
            settle,
            flush,
        })
    }
}
