use crate::cache::Cache;
use crate::clock::Clock;
use crate::order::{Accepted, Failure, Order};
use docket_codec::{Entropy, KeyRing, Quarantine, Reader};
use docket_domain::command::{Command, decide};
use docket_domain::declaration::{Allowed, DeclarationCommand};
use docket_domain::workflow::Definition;
use docket_domain::{Actor, Code, DeclarationId, Facts, Kind, Refusal, declaration};
use docket_store::{AppendError, AuditEntry, Document, Log};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// How often a command is decided again because a stream moved under it.
const ATTEMPTS_MAX: usize = 64;

/// What an engine is made of.
pub struct EngineParts {
    /// The log.
    pub log: Arc<dyn Log>,
    /// Keys that seal personal data.
    pub ring: Arc<KeyRing>,
    /// Now.
    pub clock: Arc<dyn Clock>,
    /// Keys, nonces and ids.
    pub entropy: Arc<dyn Entropy>,
    /// Definitions by kind and version, as published.
    pub definitions: BTreeMap<(Kind, u32), Arc<Definition>>,
    /// What was found in the log that it does not prove, shared with the readers of the views.
    pub quarantine: Arc<Quarantine>,
    /// How many states are kept in memory.
    pub cached_states: NonZeroUsize,
}

/// Turns orders into events.
pub struct Engine {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) ring: Arc<KeyRing>,
    pub(crate) reader: Reader,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) cache: Cache,
    definitions: Arc<BTreeMap<(Kind, u32), Arc<Definition>>>,
}

impl Engine {
    /// Puts an engine together.
    pub fn new(parts: EngineParts) -> Self {
        Self {
            reader: Reader::sharing(
                Arc::clone(&parts.log),
                Arc::clone(&parts.ring),
                parts.quarantine,
            ),
            log: parts.log,
            ring: parts.ring,
            clock: parts.clock,
            entropy: parts.entropy,
            cache: Cache::new(parts.cached_states),
            definitions: Arc::new(parts.definitions),
        }
    }

    /// The log it writes to.
    pub fn log(&self) -> &Arc<dyn Log> {
        &self.log
    }

    /// Opens events of its log.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// The keys it seals with.
    pub fn ring(&self) -> &Arc<KeyRing> {
        &self.ring
    }

    /// Its clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Its source of ids and keys.
    pub fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.entropy
    }

    /// A kind's definition by version.
    pub fn definition(&self, kind: Kind, version: u32) -> Option<&Arc<Definition>> {
        self.definitions.get(&(kind, version))
    }

    /// The newest definition of a kind.
    pub fn newest_definition(&self, kind: Kind) -> Option<&Arc<Definition>> {
        self.definitions
            .range((kind, 0)..=(kind, u32::MAX))
            .next_back()
            .map(|(_, definition)| definition)
    }

    pub(crate) fn facts(&self, actor: Actor) -> Facts {
        Facts::new(self.clock.now(), actor, Arc::clone(&self.definitions)).on_log(self.log.id())
    }

    /// Answers a command: in the log when it returns `Ok`, not in the log and in the security audit
    /// when it returns a refusal.
    ///
    /// # Errors
    /// [`Failure::Refused`] is the rules' answer; everything else says that nothing was decided.
    pub async fn execute(&self, order: Order) -> Result<Accepted, Failure> {
        let answer = self.attempt(&order).await;
        count(&order, &answer);
        if let Err(Failure::Refused(refusal)) = &answer {
            self.audit_refusal(&order, refusal).await?;
        }
        answer
    }

    async fn attempt(&self, order: &Order) -> Result<Accepted, Failure> {
        let (command, document) = self.prepared(&order.command).await?;
        let mut facts = self.facts(order.actor.clone());
        facts.expected_version = order.expected_version;
        for _ in 0..ATTEMPTS_MAX {
            facts.at = self.clock.now();
            match self
                .ask(&mut facts, &|facts: &Facts| decide(&command, facts))
                .await?
            {
                Err(refusal) => {
                    if self.confirm(&mut facts).await? {
                        return self.refused(order, refusal).await;
                    }
                }
                Ok(decision) => {
                    let assembled = self
                        .assemble(order, &command, &decision, &facts, document.clone())
                        .await?;
                    let Some(assembled) = assembled else {
                        if self.confirm(&mut facts).await? {
                            return self.nothing_to_do(order, &facts).await;
                        }
                        continue;
                    };
                    docket_store::failpoint!("engine.decided");
                    let appended = self.log.append(assembled.append.clone()).await;
                    docket_store::failpoint!("engine.appended");
                    match appended {
                        Ok(appended) if appended.repeated => return self.repeated(order).await,
                        Ok(appended) => {
                            return Ok(self.accepted(
                                assembled,
                                &appended,
                                &facts,
                                decision.warnings,
                            ));
                        }
                        Err(AppendError::Conflict { .. }) => {
                            self.confirm(&mut facts).await?;
                        }
                        Err(AppendError::Stale) => {}
                        Err(AppendError::Invalid(what)) => {
                            return Err(Failure::corrupt(what));
                        }
                        Err(AppendError::Log(error)) => return Err(error.into()),
                    }
                }
            }
        }
        Err(Failure::Busy)
    }

    /// A refusal stands unless the same order was accepted before.
    async fn refused(&self, order: &Order, refusal: Refusal) -> Result<Accepted, Failure> {
        if self.was_accepted(order).await? {
            return self.repeated(order).await;
        }
        Err(refusal.into())
    }

    /// Nothing has to change, which the log has confirmed; a repeat is answered as the first time.
    async fn nothing_to_do(&self, order: &Order, facts: &Facts) -> Result<Accepted, Failure> {
        if self.was_accepted(order).await? {
            return self.repeated(order).await;
        }
        let stream = order.command.subject();
        Ok(Accepted {
            version: facts.version(&stream),
            position: self.log.head().await?.position,
            stream,
            events: Vec::new(),
            warnings: Vec::new(),
            repeated: false,
        })
    }

    /// Whether an order that may be a repeat stands in the log already.
    async fn was_accepted(&self, order: &Order) -> Result<bool, Failure> {
        Ok(order.request.is_some() && self.log.command(order.command_id).await?.is_some())
    }

    /// Seals a section's text before the decision, so that the event can name its hash.
    async fn prepared(&self, command: &Command) -> Result<(Command, Option<Document>), Failure> {
        let Command::Declaration {
            id,
            command: DeclarationCommand::SaveSection(form),
        } = command
        else {
            return Ok((command.clone(), None));
        };
        let (form, document) = self.seal_section(*id, form).await?;
        let command = DeclarationCommand::SaveSection(Box::new(form));
        Ok((Command::Declaration { id: *id, command }, document))
    }

    /// What an actor may do to a declaration now, confirmed by the log.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn allowed(&self, id: DeclarationId, actor: Actor) -> Result<Vec<Allowed>, Failure> {
        self.consult(actor, |facts| declaration::allowed(id, facts))
            .await
    }

    /// What an actor may do to each of a page of declarations, confirmed by the log at once; `None`
    /// for one that cannot be judged, because an event cannot be read.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn allowed_on_page(
        &self,
        ids: &[DeclarationId],
        actor: Actor,
    ) -> Result<Vec<Option<Vec<Allowed>>>, Failure> {
        let allowed = |id: &DeclarationId, facts: &Facts| declaration::allowed(*id, facts);
        self.consult_each(actor, ids, allowed).await
    }

    /// Writes to the security audit; durable when it returns.
    ///
    /// # Errors
    /// When the log cannot be written: then nothing may be answered either.
    pub async fn audit(&self, entries: Vec<AuditEntry>) -> Result<(), Failure> {
        Ok(self.log.audit(entries).await?)
    }

    async fn audit_refusal(&self, order: &Order, refusal: &Refusal) -> Result<(), Failure> {
        self.audit(vec![self.entry(order, Some(refusal.code))])
            .await
    }

    fn entry(&self, order: &Order, code: Option<Code>) -> AuditEntry {
        AuditEntry {
            at: self.clock.now().micros(),
            actor: order.actor.person.map(|person| person.0),
            unit: order.actor.unit().map(|unit| unit.0),
            action: order.command.name().to_owned(),
            subject: Some(order.command.subject().to_string()),
            result: if code.is_some() { "refused" } else { "done" }.to_owned(),
            code: code.map(|code| code.code().to_owned()),
            correlation: order.correlation.clone(),
        }
    }
}

/// For whoever watches; its labels say nothing of who asked for what.
fn count(order: &Order, answer: &Result<Accepted, Failure>) {
    let result = match answer {
        Ok(accepted) if accepted.repeated => "repeated",
        Ok(_) => "done",
        Err(Failure::Refused(_) | Failure::KeyReused) => "refused",
        Err(_) => "failed",
    };
    let action = order.command.name();
    metrics::counter!("docket_commands_total", "action" => action, "result" => result).increment(1);
}
