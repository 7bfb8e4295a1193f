use std::fmt;

/// What a check could not see, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unchecked {
    /// Events cut off the end, behind a position up to which a head proves the log.
    CutTail(u64),
    /// An older copy of the whole database put in the log's place.
    OlderCopy(u64),
    /// Other events in the place of those behind the position, written with the key file.
    Fork(u64),
    /// An event that somebody who holds the key file appended.
    ForgedEnd(u64),
    /// Whether sealed parts authenticate their events, because no key file was given.
    SealsWithoutKeyFile,
    /// Whether documents open, because no key file was given.
    DocumentsWithoutKeyFile,
    /// Whether wrapped keys open, because no key file was given.
    KeysWithoutKeyFile,
    /// So many events are of a type or schema that only a newer Docket reads.
    NewerTypes(u64),
}

impl Unchecked {
    /// What only a head kept outside shows, of a log that a head proves up to a position.
    pub(crate) const fn behind(position: u64) -> [Self; 4] {
        [
            Self::CutTail(position),
            Self::OlderCopy(position),
            Self::Fork(position),
            Self::ForgedEnd(position),
        ]
    }

    /// The frozen name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CutTail(_) => "cut_tail",
            Self::OlderCopy(_) => "older_copy",
            Self::Fork(_) => "fork",
            Self::ForgedEnd(_) => "forged_end",
            Self::SealsWithoutKeyFile => "seals_without_key_file",
            Self::DocumentsWithoutKeyFile => "documents_without_key_file",
            Self::KeysWithoutKeyFile => "keys_without_key_file",
            Self::NewerTypes(_) => "newer_types",
        }
    }
}

impl fmt::Display for Unchecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutTail(after) => write!(
                f,
                "whether events behind position {after} were cut off the end: only a head that was kept \
                 outside and is newer shows it"
            ),
            Self::OlderCopy(after) => write!(
                f,
                "whether an older copy of the database took its place, behind position {after}: only a \
                 newer head that was kept outside shows it"
            ),
            Self::Fork(after) => write!(
                f,
                "whether other events once stood behind position {after} (a fork, or a history written \
                 anew by somebody who holds the key file): only a newer head that was kept outside shows it"
            ),
            Self::ForgedEnd(after) => write!(
                f,
                "whether somebody who holds the key file appended an event of his own behind position \
                 {after}: nothing in the log shows it, and a head shows only that it was not there before"
            ),
            Self::SealsWithoutKeyFile => f.write_str(
                "whether the sealed parts authenticate their events: without the key file somebody who \
                 changes an event and its hash is not noticed",
            ),
            Self::DocumentsWithoutKeyFile => {
                f.write_str("whether the documents open: that needs the key file")
            }
            Self::KeysWithoutKeyFile => {
                f.write_str("whether the wrapped keys open: that needs the key file")
            }
            Self::NewerTypes(events) => write!(
                f,
                "{events} events of a type or schema that this version of Docket does not know: their \
                 hashes were checked and nothing else"
            ),
        }
    }
}
