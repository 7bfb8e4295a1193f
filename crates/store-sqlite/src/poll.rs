use crate::options::Place;
use docket_store::queue::advance;
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// Looks for commits of other processes and announces their newest position, until it is aborted.
pub(crate) async fn follow(place: Place, newest: watch::Sender<u64>) {
    let mut ticks = interval(place.options.poll_interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watched: Option<Watched> = None;
    loop {
        ticks.tick().await;
        let looked = match &mut watched {
            Some(watched) => watched.look().await,
            None => place.reading().connect().await.map(|connection| {
                watched = Some(Watched {
                    connection,
                    version: -1,
                });
                None
            }),
        };
        match looked {
            Ok(Some(position)) => advance(&newest, position),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "the log could not be polled");
                watched = None;
            }
        }
    }
}

struct Watched {
    connection: SqliteConnection,
    /// Changes with every commit of another connection.
    version: i64,
}

impl Watched {
    /// The newest position, if anything was committed since the last look.
    async fn look(&mut self) -> Result<Option<u64>, sqlx::Error> {
        let version: i64 = sqlx::query_scalar(include_str!("../sql/own/data_version.sql"))
            .fetch_one(&mut self.connection)
            .await?;
        if version == self.version {
            return Ok(None);
        }
        let head: Option<(i64, i64)> = sqlx::query_as(include_str!("../sql/head.sql"))
            .fetch_optional(&mut self.connection)
            .await?;
        self.version = version;
        Ok(head.map(|(position, _)| position.unsigned_abs()))
    }
}
