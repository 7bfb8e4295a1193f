//! A unit switched 签收 off: what is pending there is signed for its legal user (A5).

use super::runner::{Reaction, Reactor};
use crate::engine::Engine;
use crate::order::{Failure, Order, derived_command_id};
use async_trait::async_trait;
use docket_domain::declaration::DeclarationCommand;
use docket_domain::{Actor, Command, DeclarationId, Event, UnitId};
use docket_store::Recorded;
use futures::stream::{self, StreamExt, TryStreamExt};
use std::sync::Arc;

/// Commands under way at once.
const IN_FLIGHT_MAX: usize = 64;
/// Candidates asked for at once.
const PAGE_ROWS: usize = 500;

/// Where a reactor finds the declarations an event may concern: a read model at or after the
/// event's position. It never decides from it.
#[async_trait]
pub trait Candidates: Send + Sync {
    /// Declarations standing in 待签收 of a unit as of `position` or later, ordered by id, behind
    /// `after`, at most `limit`.
    ///
    /// # Errors
    /// When the read model is behind or cannot be read: the event is tried again later.
    async fn pending(
        &self,
        unit: UnitId,
        position: u64,
        after: Option<DeclarationId>,
        limit: usize,
    ) -> Result<Vec<DeclarationId>, Failure>;
}

/// Answers `SignOffToggled {on: false}`. From its position on no step of the unit can enter
/// 待签收, so the pending set only shrinks.
pub struct SignOffReactor {
    engine: Arc<Engine>,
    candidates: Arc<dyn Candidates>,
}

impl SignOffReactor {
    /// A reactor on an engine.
    pub fn new(engine: Arc<Engine>, candidates: Arc<dyn Candidates>) -> Self {
        Self { engine, candidates }
    }

    /// The level comes first: a read model that stopped at what it does not know could only say that
    /// it is behind, and the event would be tried again for ever.
    async fn answered(&self, event: &Recorded) -> Result<(), Failure> {
        self.engine.level().await?;
        match self.switched_off(event).await? {
            Some(unit) => self.sign_all(unit, event.position).await,
            None => Ok(()),
        }
    }

    async fn sign_all(&self, unit: UnitId, position: u64) -> Result<(), Failure> {
        let mut after = None;
        loop {
            let page = self
                .candidates
                .pending(unit, position, after, PAGE_ROWS)
                .await?;
            let Some(last) = page.last().copied() else {
                return Ok(());
            };
            stream::iter(page.into_iter().map(|id| self.sign(id, unit, position)))
                .buffer_unordered(IN_FLIGHT_MAX)
                .try_collect::<Vec<()>>()
                .await?;
            after = Some(last);
        }
    }

    /// The unit that switched 签收 off by this event.
    async fn switched_off(&self, event: &Recorded) -> Result<Option<UnitId>, Failure> {
        let opened = self
            .engine
            .reader()
            .open(std::slice::from_ref(event))
            .await?;
        let unit = opened
            .iter()
            .find_map(|opened| match &opened.envelope.event {
                Event::SignOffToggled(toggled) if !toggled.on => opened.stream.id.parse().ok(),
                _ => None,
            });
        Ok(unit)
    }

    async fn sign(&self, id: DeclarationId, unit: UnitId, position: u64) -> Result<(), Failure> {
        let command_id = derived_command_id(&[Self::NAME, &position.to_string(), &id.to_string()]);
        let command = Command::Declaration {
            id,
            command: DeclarationCommand::SignAutomatically(unit),
        };
        let order = Order {
            causation: Some(position),
            ..Order::new(Actor::SYSTEM, command, command_id)
        };
        match self.engine.execute(order).await {
            Ok(_) | Err(Failure::Refused(_)) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}

#[async_trait]
impl Reactor for SignOffReactor {
    const NAME: &'static str = "sign_off";

    fn reacts_to(kind: &str) -> bool {
        kind == "SignOffToggled"
    }

    async fn answer(&self, event: &Recorded) -> Reaction {
        self.answered(event).await.into()
    }
}
