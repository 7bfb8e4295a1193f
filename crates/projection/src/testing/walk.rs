use super::moves::{applicant, draft, in_draft, in_progress, resubmitted};
use super::{Cast, Dice};
use crate::fingerprint::History;
use docket_domain::declaration::{Declaration, evolve};
use docket_domain::time::Instant;
use docket_domain::vocabulary::Status;
use docket_domain::{Author, Envelope, Event, Stream};

/// One declaration that goes its way by events that could happen.
pub struct Walk {
    n: u64,
    state: Option<Box<Declaration>>,
    version: u64,
}

impl Walk {
    /// A declaration before its draft.
    pub fn new(n: u64) -> Walk {
        Walk {
            n,
            state: None,
            version: 0,
        }
    }

    /// The declaration as it stands.
    pub fn declaration(&self) -> &Declaration {
        self.state.as_deref().expect("the draft was made")
    }

    /// Its stream.
    pub fn stream(&self) -> Stream {
        Stream::declaration(Cast::declaration(self.n))
    }

    /// Adds an event by an author.
    pub fn add(
        &mut self,
        at: Instant,
        author: Author,
        event: impl Into<Event>,
    ) -> (Stream, Envelope) {
        self.version += 1;
        let envelope = Envelope {
            version: self.version,
            position: 0,
            at,
            author,
            event: event.into(),
        };
        evolve(&mut self.state, &envelope);
        (self.stream(), envelope)
    }

    /// The next event, if there can be one.
    pub fn step(&mut self, at: Instant, dice: &mut Dice) -> Option<(Stream, Envelope)> {
        let (author, event) = match self.state.as_deref() {
            None => (applicant(self.n), draft(self.n, dice)),
            Some(declaration) => match declaration.status {
                Status::Draft => (applicant(self.n), in_draft(declaration, dice)),
                Status::Returned => (applicant(self.n), resubmitted(declaration)),
                Status::InProgress => in_progress(declaration, dice)?,
                Status::Terminated | Status::Concluded | Status::Deleted => return None,
            },
        };
        Some(self.add(at, author, event))
    }
}

/// Histories of so many declarations, interleaved, some of them deleted as drafts.
pub fn history(declarations: u64, events_max: usize, seed: u64) -> History {
    let mut dice = Dice::new(seed);
    let mut walks: Vec<Walk> = (0..declarations).map(Walk::new).collect();
    let mut history = History::new();
    let start = Instant::parse("2026-03-02T09:00:00+08:00").expect("a time");
    for n in 0..events_max {
        let at = start.plus_micros(n as i64 * 61_000_000);
        let chosen = dice.roll(declarations) as usize;
        history.extend(walks[chosen].step(at, &mut dice));
    }
    history
}
