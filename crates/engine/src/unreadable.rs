//! Streams that hold an event which cannot be read: what came before it, and questions about many
//! streams of which one is such a stream.

use crate::engine::Engine;
use crate::order::Failure;
use docket_codec::{Opened, ReadError, stream_id};
use docket_domain::time::Instant;
use docket_domain::{Actor, Facts, State, Stream, evolve};
use docket_store::Recorded;

/// Events read at once.
const PAGE: usize = 1_000;

/// The first event of a stream that cannot be read: what the stream says ends before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its place in the log.
    pub position: u64,
    /// When it was recorded.
    pub since: Instant,
}

/// A stream as far as its events can be read.
#[derive(Debug, Clone)]
pub struct ReadablePart {
    /// The state before the first event that cannot be read.
    pub state: State,
    /// That event, if there is one.
    pub unreadable: Option<Unreadable>,
}

impl Engine {
    /// A stream's events as the log holds them, oldest first.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn recorded(&self, stream: &Stream) -> Result<Vec<Recorded>, Failure> {
        let id = stream_id(self.log.id(), stream);
        let mut events: Vec<Recorded> = Vec::new();
        loop {
            let after = events.last().map_or(0, |event| event.version);
            let page = self.log.read_stream(&id, after, PAGE).await?;
            let is_last = page.len() < PAGE;
            events.extend(page);
            if is_last {
                return Ok(events);
            }
        }
    }

    /// Opens events one by one where they cannot be opened together, so that one that cannot be
    /// read takes no other with it.
    ///
    /// # Errors
    /// When the log cannot be read, or holds what a newer Docket wrote.
    pub async fn open_each(
        &self,
        events: &[Recorded],
    ) -> Result<Vec<Result<Opened, ReadError>>, Failure> {
        match self.reader.open(events).await {
            Ok(opened) => return Ok(opened.into_iter().map(Ok).collect()),
            Err(error) if !is_of_one_event(&error) => return Err(error.into()),
            Err(_) => {}
        }
        let mut opened = Vec::with_capacity(events.len());
        for event in events {
            match self.reader.open(std::slice::from_ref(event)).await {
                Ok(one) => opened.extend(one.into_iter().map(Ok)),
                Err(error) if is_of_one_event(&error) => opened.push(Err(error)),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(opened)
    }

    /// A stream's state from those of its events that come before the first unreadable one. Nothing
    /// is decided on it.
    ///
    /// # Errors
    /// As [`Engine::open_each`].
    pub async fn readable_part(&self, stream: &Stream) -> Result<ReadablePart, Failure> {
        let events = self.recorded(stream).await?;
        let mut state = State::initial(stream.category);
        let opened = self.open_each(&events).await?;
        for ((version, recorded), opened) in (1..).zip(&events).zip(opened) {
            // Where a version is left out, an event was taken away.
            let Ok(opened) = opened
                .map_err(drop)
                .and_then(|opened| (recorded.version == version).then_some(opened).ok_or(()))
            else {
                let unreadable = Unreadable {
                    position: recorded.position,
                    since: Instant::from_micros(recorded.recorded_at),
                };
                return Ok(ReadablePart {
                    state,
                    unreadable: Some(unreadable),
                });
            };
            evolve(&mut state, &opened.envelope);
        }
        Ok(ReadablePart {
            state,
            unreadable: None,
        })
    }

    /// Asks the same question about each of several items, all answered from the same states where
    /// that is possible. `None` stands for an item whose answer needs an event that cannot be read.
    ///
    /// # Errors
    /// As [`Engine::consult`], but for what is wrong with single items.
    pub async fn consult_each<I, T>(
        &self,
        actor: Actor,
        items: &[I],
        question: impl Fn(&I, &Facts) -> T,
    ) -> Result<Vec<Option<T>>, Failure> {
        let of_all =
            |facts: &Facts| -> Vec<T> { items.iter().map(|item| question(item, facts)).collect() };
        match self.consult(actor.clone(), of_all).await {
            Ok(answers) => return Ok(answers.into_iter().map(Some).collect()),
            Err(Failure::Corrupt { .. }) => {}
            Err(other) => return Err(other),
        }
        let mut answers = Vec::with_capacity(items.len());
        for item in items {
            let of_one = |facts: &Facts| question(item, facts);
            answers.push(match self.consult(actor.clone(), of_one).await {
                Ok(answer) => Some(answer),
                Err(Failure::Corrupt { .. }) => None,
                Err(other) => return Err(other),
            });
        }
        Ok(answers)
    }
}

/// Whether an error says something of one event, and nothing of the log or of this node.
fn is_of_one_event(error: &ReadError) -> bool {
    match error {
        ReadError::Corrupt { .. } | ReadError::KeyMissing { .. } => true,
        ReadError::Log(error) => {
            matches!(error, docket_store::LogError::Corrupt { position, .. } if *position > 0)
        }
        ReadError::Unknown { .. } => false,
    }
}
