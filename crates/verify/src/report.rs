use crate::Unchecked;
use std::collections::BTreeMap;

/// Most findings that are kept with their text; all are counted.
pub const FINDINGS_SHOWN_MAX: usize = 200;

/// What a whole log was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The newest position that was checked.
    pub size: u64,
    /// The root of the recomputed leaves; `None` where a position is missing.
    pub root: Option<[u8; 32]>,
    /// The time of the newest event, microseconds UTC; 0 for an empty log.
    pub recorded_at: i64,
    /// How much was checked.
    pub counts: Counts,
    /// What is not as it was written.
    pub findings: Findings,
    /// What could not be checked.
    pub unchecked: Vec<Unchecked>,
}

impl Report {
    /// Whether nothing was found.
    pub fn is_whole(&self) -> bool {
        self.findings.total() == 0
    }
}

/// How much was checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events that are there.
    pub events: u64,
    /// Of them, those whose sealed part was opened and authenticates them.
    pub opened: u64,
    /// Of them, those whose key was destroyed by an event of their stream.
    pub erased: u64,
    /// Of them, those of a type that only a newer Docket knows: their hashes alone were checked.
    pub unknown: u64,
    /// Documents that events name and that are there.
    pub documents: u64,
    /// Documents whose stream was erased.
    pub documents_erased: u64,
    /// Documents that were removed because a later save superseded them.
    pub documents_superseded: u64,
    /// Wrapped keys.
    pub keys: u64,
    /// Keys that were destroyed.
    pub keys_destroyed: u64,
}

/// What a finding is about: what an operator looks at next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// An event differs from its hash, is missing, or stands where it cannot.
    Event,
    /// An event's hash is right and its sealed part does not authenticate it.
    Seal,
    /// The columns that say which command stored an event.
    Command,
    /// A document.
    Document,
    /// The key of a stream.
    Key,
    /// What the log holds to prove a key file right.
    KeyFile,
    /// Tables, indexes, triggers and functions.
    Schema,
    /// A head that was published earlier.
    Head,
}

impl Part {
    /// The frozen name.
    pub const fn code(self) -> &'static str {
        match self {
            Part::Event => "event",
            Part::Seal => "seal",
            Part::Command => "command",
            Part::Document => "document",
            Part::Key => "key",
            Part::KeyFile => "key_file",
            Part::Schema => "schema",
            Part::Head => "head",
        }
    }
}

/// One thing that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub part: Part,
    /// The position it concerns, where it concerns one.
    pub position: Option<u64>,
    /// The stream it concerns, as it is stored.
    pub stream: Option<String>,
    /// What is wrong, in a sentence without a value of an event.
    pub what: String,
}

/// Everything that was found: counted all, kept up to [`FINDINGS_SHOWN_MAX`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    shown: Vec<Finding>,
    counts: BTreeMap<Part, u64>,
}

impl Findings {
    pub(crate) fn add(&mut self, finding: Finding) {
        *self.counts.entry(finding.part).or_default() += 1;
        if self.shown.len() < FINDINGS_SHOWN_MAX {
            self.shown.push(finding);
        }
    }

    /// How many there are.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// How many there are of each part that has any.
    pub fn counts(&self) -> &BTreeMap<Part, u64> {
        &self.counts
    }

    /// The first of them, in the order in which they were found.
    pub fn shown(&self) -> &[Finding] {
        &self.shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_kept_up_to_a_number_and_counted_beyond() {
        let mut findings = Findings::default();
        for position in 1..=500 {
            findings.add(Finding {
                part: if position % 5 == 0 {
                    Part::Key
                } else {
                    Part::Event
                },
                position: Some(position),
                stream: None,
                what: String::new(),
            });
        }
        assert_eq!(findings.total(), 500);
        assert_eq!(findings.shown().len(), FINDINGS_SHOWN_MAX);
        assert_eq!(findings.counts()[&Part::Key], 100);
    }
}
