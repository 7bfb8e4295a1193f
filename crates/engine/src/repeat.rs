//! Repeats of accepted commands, answered from the log.

use crate::engine::Engine;
use crate::order::{Accepted, EventPlace, Failure, Order};
use docket_domain::Stream;

impl Engine {
    /// What the first order with this id was answered; another request under the same id is
    /// refused.
    pub(crate) async fn repeated(&self, order: &Order) -> Result<Accepted, Failure> {
        let stored = self
            .log
            .command(order.command_id)
            .await?
            .unwrap_or_default();
        let opened = self.reader.open(&stored).await?;
        let (Some(first), Some(last)) = (opened.first(), stored.last()) else {
            return Err(Failure::Corrupt("a repeated command has no events".into()));
        };
        let before = first.request.as_ref().map(|request| &request.fingerprint);
        let now = order.request.as_ref().map(|request| &request.fingerprint);
        if before.is_some() && now.is_some() && before != now {
            return Err(Failure::KeyReused);
        }
        let stream: Stream = first.stream.clone();
        let own = opened.iter().filter(|event| event.stream == stream);
        let events: Vec<EventPlace> = own
            .map(|event| EventPlace {
                kind: event.envelope.event.kind().to_owned(),
                version: event.envelope.version,
                position: event.envelope.position,
            })
            .collect();
        Ok(Accepted {
            version: events.last().map_or(0, |event| event.version),
            position: last.position,
            stream,
            events,
            warnings: Vec::new(),
            repeated: true,
        })
    }
}
