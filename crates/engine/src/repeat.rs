//! Repeats of accepted commands, answered from the log.

use crate::engine::Engine;
use crate::order::{Accepted, EventPlace, Failure, Order};
use docket_codec::Opened;
use docket_domain::command::Command;
use docket_domain::declaration::DeclarationCommand;
use docket_domain::{Stream, Warning};

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
            return Err(Failure::corrupt("a repeated command has no events"));
        };
        if first.metadata.command.id != order.command_id {
            return Err(Failure::Corrupt {
                position: Some(first.envelope.position),
                what: "the event stands under another command than its own".into(),
            });
        }
        if !is_same(first, order) {
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
        let codes = first.metadata.warnings.iter();
        Ok(Accepted {
            version: events.last().map_or(0, |event| event.version),
            position: last.position,
            stream,
            events,
            warnings: codes.filter_map(|code| Warning::parse(code)).collect(),
            repeated: true,
        })
    }
}

/// Whether an order is the one that was accepted under its id. The fingerprint tells; where it was
/// erased with its stream, the command's name and stream must do, and a creation, which names no
/// stream beforehand, cannot be told from another and counts as another.
fn is_same(first: &Opened, order: &Order) -> bool {
    let before = first.request.as_ref().map(|request| &request.fingerprint);
    let now = order.request.as_ref().map(|request| &request.fingerprint);
    match (before, now) {
        (Some(before), Some(now)) => before == now,
        _ => {
            let creates = matches!(
                &order.command,
                Command::Declaration {
                    command: DeclarationCommand::Create(_),
                    ..
                }
            );
            !(first.erased && creates)
                && first.metadata.command.name == order.command.name()
                && first.stream == order.command.subject()
        }
    }
}
