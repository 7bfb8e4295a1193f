//! From a decision to an append: metadata, sealing, keys, check-only streams.

use crate::engine::Engine;
use crate::order::{Accepted, EventPlace, Failure, Order};
use docket_codec::{
    Codec, CommandStamp, DataKey, DefinitionStamp, KeyState, LogAt, Metadata, Request, Sealer,
    erases, seal_document, stream_id,
};
use docket_domain::command::Command;
use docket_domain::declaration::SavedForm;
use docket_domain::log::Level;
use docket_domain::{
    Author, Change, Decision, DeclarationId, Envelope, Event, Expectation, Facts, RULES, Seen,
    Stream, Warning, evolve,
};
use docket_store::{Append, Appended, Document, Expected, KeyChange, NewEvent, StreamAppend};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// An append with what is needed to answer once it is stored.
pub struct Assembled {
    pub append: Append,
    stream: Stream,
    changes: Vec<Change>,
    authors: Vec<Vec<Author>>,
}

impl Engine {
    /// Builds the append of a decision; `None` when it holds no event at all.
    pub(crate) async fn assemble(
        &self,
        order: &Order,
        command: &Command,
        decision: &Decision,
        facts: &Facts,
        document: Option<Document>,
    ) -> Result<Option<Assembled>, Failure> {
        let changes: Vec<Change> = decision
            .changes
            .iter()
            .filter(|change| !change.events.is_empty())
            .cloned()
            .collect();
        if changes.is_empty() {
            return Ok(None);
        }
        let author = facts.author();
        let metadata = Metadata {
            warnings: codes(&decision.warnings),
            ..self.metadata(order, command, facts, author)
        };
        let mut assembled = Assembled {
            append: empty_append(order, facts, document),
            stream: command.subject(),
            authors: Vec::with_capacity(changes.len()),
            changes: Vec::new(),
        };
        let mut request = order.request.as_ref();
        for change in &changes {
            let keys = self
                .keys_for(change, facts, &mut assembled.append.keys)
                .await?;
            let mut events = Vec::with_capacity(change.events.len());
            let mut authors = Vec::with_capacity(change.events.len());
            for event in &change.events {
                let author = author_of(event, author);
                let metadata = Metadata {
                    author,
                    ..metadata.clone()
                };
                events.push(self.encode(
                    facts.level(),
                    &change.stream,
                    event,
                    &metadata,
                    request.take(),
                    keys.of(&change.stream, event),
                )?);
                authors.push(author);
            }
            assembled.authors.push(authors);
            let expected = expected(change, facts);
            assembled.append.streams.push(StreamAppend {
                stream: stream_id(self.log.id(), &change.stream),
                expected,
                events,
            });
        }
        self.check_what_was_used(&changes, facts, &mut assembled.append.streams);
        assembled.changes = changes;
        Ok(Some(assembled))
    }

    fn metadata(
        &self,
        order: &Order,
        command: &Command,
        facts: &Facts,
        author: Author,
    ) -> Metadata {
        Metadata {
            at: facts.at,
            author,
            on_behalf_of: None,
            command: CommandStamp {
                id: order.command_id,
                name: command.name().to_owned(),
            },
            correlation: order.correlation.clone(),
            causation: order.causation,
            traceparent: None,
            definition: self.definition_used(command, facts),
            rules: RULES,
            warnings: Vec::new(),
        }
    }

    /// The definition a declaration keeps; for a new one, the newest.
    fn definition_used(&self, command: &Command, facts: &Facts) -> Option<DefinitionStamp> {
        let Command::Declaration { id, command } = command else {
            return None;
        };
        let (kind, definition) = match (facts.declaration(*id), command) {
            (Some(declaration), _) => (
                declaration.kind,
                self.definition(declaration.kind, declaration.definition.version)?,
            ),
            (None, docket_domain::declaration::DeclarationCommand::Create(draft)) => {
                (draft.kind, self.newest_definition(draft.kind)?)
            }
            (None, _) => return None,
        };
        Some(DefinitionStamp {
            kind,
            version: definition.version,
            hash: definition.hash().to_owned(),
        })
    }

    fn encode(
        &self,
        level: Level,
        stream: &Stream,
        event: &Event,
        metadata: &Metadata,
        request: Option<&Request>,
        key: &DataKey,
    ) -> Result<NewEvent, Failure> {
        let id = self.log.id();
        let nonce = self.entropy.nonce();
        let log = LogAt { id, level };
        Ok(Codec::encode(
            log, stream, event, metadata, request, key, nonce,
        )?)
    }

    /// The keys that seal a change: its stream's own, made with the stream and destroyed with a
    /// draft, and the log's.
    async fn keys_for(
        &self,
        change: &Change,
        facts: &Facts,
        keys: &mut Vec<KeyChange>,
    ) -> Result<Keys, Failure> {
        let log = self.log_key().await?;
        let category = change.stream.category;
        let sealers = || {
            let events = change.events.iter();
            events.map(|event| Sealer::of(category, event.kind()))
        };
        let stream = stream_id(self.log.id(), &change.stream);
        if change.events.iter().any(|event| erases(event.kind())) {
            keys.push(KeyChange::Destroy {
                stream: stream.clone(),
            });
        }
        if sealers().all(|sealer| sealer == Sealer::Log) {
            return Ok(Keys { own: None, log });
        }
        if facts.version(&change.stream) == 0 {
            let (own, create) = self.ring.create_key(&stream, self.entropy.as_ref());
            keys.push(create);
            return Ok(Keys {
                own: Some(own),
                log,
            });
        }
        match self.reader.key(&change.stream).await? {
            KeyState::Known(own) => Ok(Keys {
                own: Some(own),
                log,
            }),
            KeyState::Destroyed | KeyState::None => Err(no_key(&change.stream)),
        }
    }

    /// The log's own key.
    async fn log_key(&self) -> Result<DataKey, Failure> {
        let own = Stream::log(self.log.id());
        match self.reader.key(&own).await? {
            KeyState::Known(key) => Ok(key),
            KeyState::Destroyed | KeyState::None => Err(no_key(&own)),
        }
    }

    /// The log's own key, made where the log has no event yet.
    pub(crate) async fn log_key_or_new(
        &self,
        expected: Expected,
    ) -> Result<(DataKey, Vec<KeyChange>), Failure> {
        if expected != Expected::Absent {
            return Ok((self.log_key().await?, Vec::new()));
        }
        let own = stream_id(self.log.id(), &Stream::log(self.log.id()));
        let (key, create) = self.ring.create_key(&own, self.entropy.as_ref());
        Ok((key, vec![create]))
    }

    /// Every stream the decision used and did not change rides along as check only.
    fn check_what_was_used(
        &self,
        changes: &[Change],
        facts: &Facts,
        streams: &mut Vec<StreamAppend>,
    ) {
        for (stream, version) in facts.used() {
            if !changes.iter().any(|change| change.stream == stream) {
                streams.push(StreamAppend {
                    stream: stream_id(self.log.id(), &stream),
                    expected: Expected::Exact(version),
                    events: Vec::new(),
                });
            }
        }
    }

    /// Encrypts a section's text under its declaration's key, and puts the hashes into the form.
    /// Without a key there is no such draft, which the decision will say.
    pub(crate) async fn seal_section(
        &self,
        id: DeclarationId,
        form: &SavedForm,
    ) -> Result<(SavedForm, Option<Document>), Failure> {
        let plain = canonical(&form.body);
        let content = hex::encode(Sha256::digest(plain.as_bytes()));
        let bytes = u32::try_from(plain.len()).unwrap_or(u32::MAX);
        let stream = Stream::declaration(id);
        let mut form = SavedForm {
            content,
            bytes,
            ..form.clone()
        };
        let KeyState::Known(key) = self.reader.key(&stream).await? else {
            return Ok((form, None));
        };
        let (hash, bytes) = seal_document(
            self.log.id(),
            &stream,
            &key,
            self.entropy.nonce(),
            plain.as_bytes(),
        );
        form.document = hex::encode(hash);
        Ok((
            form,
            Some(Document {
                hash,
                stream: stream_id(self.log.id(), &stream),
                bytes,
            }),
        ))
    }

    /// The answer to a stored append; the cache takes the new states.
    pub(crate) fn accepted(
        &self,
        assembled: Assembled,
        appended: &Appended,
        facts: &Facts,
        warnings: Vec<Warning>,
    ) -> Accepted {
        let mut position = appended.first_position;
        let mut events = Vec::new();
        let mut subject_version = facts.version(&assembled.stream);
        for (change, authors) in assembled.changes.iter().zip(&assembled.authors) {
            let before = facts.version(&change.stream);
            let mut folded = Vec::with_capacity(change.events.len());
            for (index, (event, author)) in change.events.iter().zip(authors).enumerate() {
                let version = before + 1 + index as u64;
                if change.stream == assembled.stream {
                    events.push(EventPlace {
                        kind: event.kind().to_owned(),
                        version,
                        position,
                    });
                    subject_version = version;
                }
                folded.push(Envelope {
                    version,
                    position,
                    at: facts.at,
                    author: *author,
                    event: event.clone(),
                });
                position += 1;
            }
            self.remember(change, &folded);
        }
        Accepted {
            stream: assembled.stream,
            version: subject_version,
            position: appended.position,
            events,
            warnings,
            repeated: false,
        }
    }

    /// Folds stored events onto the cached state, if it is the state they were decided on.
    fn remember(&self, change: &Change, folded: &[Envelope]) {
        let erased = change.events.iter().any(|event| erases(event.kind()));
        if erased {
            self.reader.forget(&change.stream);
        }
        let first = folded.first().map_or(0, |envelope| envelope.version);
        let known = self
            .cache
            .get(&change.stream)
            .filter(|seen| seen.version + 1 == first);
        match known {
            Some(mut seen) if change.expected != Expectation::Any && !erased => {
                let state = Arc::make_mut(&mut seen.state);
                folded.iter().for_each(|envelope| evolve(state, envelope));
                seen.version += folded.len() as u64;
                self.cache.put(change.stream.clone(), Seen { ..seen });
            }
            _ => self.cache.forget(&change.stream),
        }
    }
}

/// What seals the events of one change.
struct Keys {
    /// Absent where no event of the change needs it.
    own: Option<DataKey>,
    log: DataKey,
}

impl Keys {
    fn of(&self, stream: &Stream, event: &Event) -> &DataKey {
        match Sealer::of(stream.category, event.kind()) {
            Sealer::Stream => self.own.as_ref().unwrap_or(&self.log),
            Sealer::Log => &self.log,
        }
    }
}

fn no_key(stream: &Stream) -> Failure {
    Failure::corrupt(format!("stream {stream} has no key to seal with"))
}

fn empty_append(order: &Order, facts: &Facts, document: Option<Document>) -> Append {
    Append {
        command: order.command_id,
        at: facts.at.micros(),
        streams: Vec::new(),
        documents: document.into_iter().collect(),
        keys: Vec::new(),
    }
}

fn codes(warnings: &[Warning]) -> Vec<String> {
    warnings
        .iter()
        .map(|warning| warning.code().to_owned())
        .collect()
}

/// What the system does on its own is the system's, whoever caused it.
fn author_of(event: &Event, author: Author) -> Author {
    match event {
        Event::SignedFor(signed) if signed.auto => Author::SYSTEM,
        _ => author,
    }
}

fn expected(change: &Change, facts: &Facts) -> Expected {
    match change.expected {
        Expectation::AsSeen => Expected::Exact(facts.version(&change.stream)),
        Expectation::Absent => Expected::Absent,
        Expectation::Any => Expected::Any,
    }
}

/// JSON with sorted keys: the text that is sealed and hashed, the same for the same content.
/// `serde_json` keeps objects in key order.
fn canonical(value: &Value) -> String {
    value.to_string()
}
