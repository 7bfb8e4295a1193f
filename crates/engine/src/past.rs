//! States as they stood at a position of the log: what a history of one stream says of others.

use crate::engine::Engine;
use crate::order::Failure;
use docket_codec::{Opened, stream_id};
use docket_domain::committee::Deadlines;
use docket_domain::declaration::Declaration;
use docket_domain::{Envelope, Requirement, State, Stream, UnitId, evolve};
use std::collections::BTreeMap;

/// Streams folded up to positions. Each is read once; nothing comes from the cache, which holds
/// present states only.
pub struct Past<'a> {
    engine: &'a Engine,
    read: BTreeMap<Stream, Vec<Envelope>>,
}

/// What a declaration is judged by, as it stood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JudgedBy {
    /// The committee's name and its plan; none for 初定 and 确认, which have no deadlines.
    pub committee: Option<(String, Deadlines)>,
    /// 附件要求
    pub attachments: Vec<Requirement>,
}

impl Engine {
    /// States as they stood.
    pub fn past(&self) -> Past<'_> {
        Past {
            engine: self,
            read: BTreeMap::new(),
        }
    }

    /// The events of a stream up to a version, oldest first. Those behind it are not looked at: one
    /// that cannot be read leaves what was before it readable.
    ///
    /// # Errors
    /// When one of them cannot be read, or a version among them is missing.
    pub async fn history(&self, stream: &Stream, up_to: u64) -> Result<Vec<Opened>, Failure> {
        let mut recorded = self.recorded(stream).await?;
        recorded.retain(|event| event.version <= up_to);
        let without_gap = (1..)
            .zip(&recorded)
            .all(|(due, event)| event.version == due);
        let reaches = recorded.last().map_or(0, |event| event.version) >= up_to;
        if !without_gap || !reaches {
            let position = recorded.last().map_or(0, |event| event.position);
            let what = format!("{stream} lacks an event up to version {up_to}");
            return Err(Failure::Corrupt {
                position: Some(position).filter(|position| *position > 0),
                what,
            });
        }
        Ok(self.reader.open(&recorded).await?)
    }

    /// The version of a stream's last event, as the log has it now; 0 for one without events.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn version_of(&self, stream: &Stream) -> Result<u64, Failure> {
        let id = stream_id(self.log.id(), stream);
        let versions = self.log.versions(std::slice::from_ref(&id)).await?;
        Ok(versions.first().copied().unwrap_or_default())
    }
}

impl Past<'_> {
    /// A stream's state after the last of its events up to a position.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn state(&mut self, stream: &Stream, position: u64) -> Result<State, Failure> {
        if !self.read.contains_key(stream) {
            let opened = self.engine.reader().stream(stream, 0).await?;
            let events = opened.into_iter().map(|opened| opened.envelope).collect();
            self.read.insert(stream.clone(), events);
        }
        let mut state = State::initial(stream.category);
        let events = self.read.get(stream).into_iter().flatten();
        for envelope in events.take_while(|envelope| envelope.position <= position) {
            evolve(&mut state, envelope);
        }
        Ok(state)
    }

    /// A unit's name at a position; none where it did not exist yet.
    ///
    /// # Errors
    /// As [`Past::state`].
    pub async fn unit_name(
        &mut self,
        unit: UnitId,
        position: u64,
    ) -> Result<Option<String>, Failure> {
        match self.state(&Stream::unit(unit), position).await? {
            State::Unit(found) if found.id.is_some() => Ok(Some(found.name)),
            _ => Ok(None),
        }
    }

    /// What a declaration was judged by at a position.
    ///
    /// # Errors
    /// As [`Past::state`].
    pub async fn judged_by(
        &mut self,
        declaration: &Declaration,
        position: u64,
    ) -> Result<JudgedBy, Failure> {
        let stream = declaration.target.stream();
        Ok(match self.state(&stream, position).await? {
            State::Committee(found) => JudgedBy {
                committee: Some((found.name, found.deadlines)),
                attachments: found.attachments,
            },
            State::Setting(found) => JudgedBy {
                committee: None,
                attachments: found.attachments,
            },
            _ => JudgedBy::default(),
        })
    }
}

/// The client's address behind an event of a history: it is kept with the first event of its
/// command. None where no client asked, and once erased.
pub fn client_of<'a>(history: &'a [Opened], event: &Opened) -> Option<&'a str> {
    let command = event.metadata.command.id;
    let first = history
        .iter()
        .filter(|other| other.metadata.command.id == command)
        .find_map(|other| other.request.as_ref());
    first.and_then(|request| request.client.as_deref())
}
