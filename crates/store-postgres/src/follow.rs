use crate::error::{Result, lost};
use crate::place::{Place, Reached};
use crate::writer::advance;
use sqlx::PgPool;
use std::future::poll_fn;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_postgres::{AsyncMessage, Client};

/// The wait before the database is reached for again.
const AGAIN: Duration = Duration::from_millis(200);

/// Announces the newest position of the log, until it is aborted: when another node says that it
/// committed, and every while, because what was said while nobody listened is lost. It also finds a
/// new primary for the readers.
pub(crate) async fn follow(place: Place, readers: PgPool, newest: watch::Sender<u64>) {
    loop {
        if let Err(error) = listen(&place, &readers, &newest).await {
            tracing::warn!(%error, "the log could not be followed");
        }
        sleep(AGAIN).await;
    }
}

async fn listen(place: &Place, readers: &PgPool, newest: &watch::Sender<u64>) -> Result<()> {
    let reached = place.connect("").await?;
    readers.set_connect_options(reached.reading.clone());
    let (client, mut woken) = drive(reached);
    client
        .batch_execute(include_str!("../sql/own/listen.sql"))
        .await
        .map_err(lost)?;
    let head = client
        .prepare(include_str!("../sql/head.sql"))
        .await
        .map_err(lost)?;
    let mut ticks = interval(place.options.poll_interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            heard = woken.recv() => if heard.is_none() { return Ok(()) },
            _ = ticks.tick() => {}
        }
        while woken.try_recv().is_ok() {}
        let found = client.query_opt(&head, &[]);
        let found = tokio::time::timeout(place.options.answer_within, found).await;
        let found = found.map_err(|_| crate::error::silent())?.map_err(lost)?;
        advance(
            newest,
            found.map_or(0, |row| row.get::<_, i64>(0).unsigned_abs()),
        );
    }
}

/// Runs a connection; whatever it is notified of comes as one word.
fn drive(reached: Reached) -> (Client, mpsc::UnboundedReceiver<()>) {
    let (wake, woken) = mpsc::unbounded_channel();
    let mut connection = reached.connection;
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(_) = message
                && wake.send(()).is_err()
            {
                return;
            }
        }
    });
    (reached.client, woken)
}
