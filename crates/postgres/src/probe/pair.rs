use super::{WITHIN, told};
use crate::session::{Session, Wanted};
use crate::url::DatabaseUrl;
use crate::welcome::welcome_client;
use std::future::poll_fn;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Client, NoTls};

/// A connection and what it is notified of.
pub(super) struct Side {
    pub(super) client: Client,
    pub(super) heard: Mutex<mpsc::UnboundedReceiver<String>>,
}

/// Two connections to one server.
pub(super) struct Pair {
    pub(super) one: Side,
    pub(super) other: Side,
    /// What both were started with.
    pub(super) session: Session,
}

/// The settings of the session that is tried: a value that no server has by itself.
pub(super) fn session() -> Session {
    Session::new("check").with("lock_timeout", "4321ms")
}

impl Side {
    pub(super) async fn connect(
        url: &DatabaseUrl,
        at: usize,
        wanted: Wanted,
    ) -> Result<Self, String> {
        let config = url.client(at, &session(), wanted);
        let connected = timeout(WITHIN, config.connect(NoTls)).await;
        let connected = connected.map_err(|_| super::SILENT.to_owned())?;
        let (client, mut connection) = connected.map_err(|error| told(&error))?;
        let (say, heard) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await
            {
                if let AsyncMessage::Notification(notice) = message {
                    _ = say.send(notice.payload().to_owned());
                }
            }
        });
        let welcomed = timeout(WITHIN, welcome_client(&client)).await;
        match welcomed {
            Ok(Ok(())) => Ok(Self {
                client,
                heard: Mutex::new(heard),
            }),
            Ok(Err(error)) => Err(told(&error)),
            Err(_) => Err(super::SILENT.to_owned()),
        }
    }
}

impl Pair {
    pub(super) async fn connect(url: &DatabaseUrl, at: usize) -> Result<Self, String> {
        Ok(Self {
            one: Side::connect(url, at, Wanted::Primary).await?,
            other: Side::connect(url, at, Wanted::Primary).await?,
            session: session(),
        })
    }
}
