use crate::options::{FileId, Place};
use crate::readers::{Readers, Trouble, look};
use docket_store::LogError;
use docket_store::queue::advance;
use sqlx::{ConnectOptions, SqliteConnection};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// Looks for commits of other processes and announces their newest position, until it is aborted. A
/// file that was put in the place of the one that is read is noticed here, and read from then on.
pub(crate) async fn follow(place: Place, readers: Readers, newest: watch::Sender<u64>) {
    let mut ticks = interval(place.options.poll_interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut file = place.file();
    let mut watched: Option<Watched> = None;
    loop {
        ticks.tick().await;
        let present = place.file();
        if present != file {
            tracing::warn!("the file of the log was replaced or removed while it was read");
            watched = None;
            readers.renew(&place).await;
            file = present;
        }
        let looked = match &mut watched {
            Some(watched) => watched.look(&place).await,
            None => Watched::open(&place, file, &mut watched).await,
        };
        match looked {
            Ok(Some(position)) => advance(&newest, position),
            // Told by those who are asked meanwhile.
            Ok(None) | Err(Trouble::Log(LogError::Lost(_))) => {}
            Err(trouble) => {
                let error = LogError::from(trouble);
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

type Looked = Result<Option<u64>, Trouble>;

impl Watched {
    /// Connects, where there is a file to connect to.
    async fn open(place: &Place, file: Option<FileId>, watched: &mut Option<Watched>) -> Looked {
        if file.is_some() {
            let connection = place.reading().connect().await.map_err(Trouble::Driver)?;
            *watched = Some(Watched {
                connection,
                version: -1,
            });
        }
        Ok(None)
    }

    /// The newest position, if anything was committed since the last look.
    async fn look(&mut self, place: &Place) -> Looked {
        let version: i64 = sqlx::query_scalar(include_str!("../sql/own/data_version.sql"))
            .fetch_one(&mut self.connection)
            .await
            .map_err(Trouble::Driver)?;
        if version == self.version {
            return Ok(None);
        }
        let position = look(&mut self.connection, &place.seen).await?;
        self.version = version;
        Ok(Some(position))
    }
}
