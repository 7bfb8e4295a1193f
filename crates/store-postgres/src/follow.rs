use crate::error::{Result, lost, silent};
use crate::place::{Place, Reached, passing, settle};
use crate::readers::{Readers, compare};
use docket_store::page::integer;
use docket_store::queue::advance;
use docket_store::{LogError, Seen};
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_postgres::{AsyncMessage, Client, Statement};

/// The wait before the database is reached for again.
const AGAIN: Duration = Duration::from_millis(200);

/// Announces the newest position of the log, until it is aborted: when another node says that it
/// committed, and every while, because what was said while nobody listened is lost. It also finds a
/// new primary for the readers.
pub(crate) async fn follow(
    place: Place,
    readers: Readers,
    seen: Arc<Seen>,
    newest: watch::Sender<u64>,
) {
    loop {
        if let Err(error) = listen(&place, &readers, &seen, &newest).await {
            tracing::warn!(%error, "the log could not be followed");
        }
        sleep(AGAIN).await;
    }
}

async fn listen(
    place: &Place,
    readers: &Readers,
    seen: &Seen,
    newest: &watch::Sender<u64>,
) -> Result<()> {
    let reached = place.connect(&passing()).await?;
    readers.turn_to(&reached.reading);
    let (client, mut woken) = drive(reached);
    settle(&client, &place.options).await?;
    let prepared = timeout(place.options.answer_within, begin(&client)).await;
    let look = prepared.map_err(|_| silent())??;
    let mut ticks = interval(place.options.poll_interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            heard = woken.recv() => if heard.is_none() { return Ok(()) },
            _ = ticks.tick() => {}
        }
        while woken.try_recv().is_ok() {}
        let asked = seen.newest();
        let at = asked.map_or(0, |mark| integer(mark.position));
        let found = timeout(place.options.answer_within, client.query_opt(&look, &[&at])).await;
        let found = found.map_err(|_| silent())?.map_err(lost)?;
        let found = found.map(|row| (row.get(0), row.get(1), row.get(2)));
        match compare(seen, asked, found) {
            Ok(position) => advance(newest, position),
            // Told by those who are asked meanwhile.
            Err(LogError::Lost(_)) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Listens, and prepares what is asked again and again. A server that refuses to be listened to, as
/// a standby or some poolers do, is polled alone.
async fn begin(client: &Client) -> Result<Statement> {
    let listen = include_str!("../sql/own/listen.sql");
    if let Err(error) = client.batch_execute(listen).await {
        if error.as_db_error().is_none() {
            return Err(lost(error));
        }
        tracing::debug!(error = %lost(error), "the log is polled, because nobody may listen to it");
    }
    let look = include_str!("../sql/own/seen.sql");
    client.prepare(look).await.map_err(lost)
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
