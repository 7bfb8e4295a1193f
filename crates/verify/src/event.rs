use crate::held::Held;
use crate::report::Part;
use docket_codec::{Codec, Metadata, ReadError, hash_from_hex};
use docket_domain::Event;
use docket_domain::log::Level;
use docket_store::Recorded;
use uuid::Uuid;

/// What an event tells of itself, as far as it could be read.
#[derive(Default)]
pub(crate) struct Told {
    /// The instant its decision used, microseconds UTC.
    pub(crate) at: Option<i64>,
    /// The command its metadata names.
    pub(crate) command: Option<Uuid>,
    /// The document it names.
    pub(crate) document: Option<[u8; 32]>,
    /// Whether it could be read, as far as that needs no key.
    pub(crate) read: bool,
    /// Whether its sealed part was opened and authenticates it.
    pub(crate) opened: bool,
    /// Whether its key was destroyed.
    pub(crate) erased: bool,
    /// Whether this version of Docket does not know its type or schema.
    pub(crate) unknown: bool,
    /// The level to which it raised the log.
    pub(crate) level: Option<Level>,
}

impl Told {
    /// Of the metadata alone, which has one form in every version.
    pub(crate) fn of_metadata(event: &Recorded) -> Self {
        match serde_json::from_str::<Metadata>(&event.metadata) {
            Ok(metadata) => Self::of(&metadata),
            Err(_) => Self::default(),
        }
    }

    fn of(metadata: &Metadata) -> Self {
        Self {
            at: Some(metadata.at.micros()),
            command: Some(metadata.command.id),
            ..Self::default()
        }
    }
}

/// Opens an event with the key that seals it, or reads what its hash proves where that key cannot be
/// had.
pub(crate) fn open(log: Uuid, event: &Recorded, held: &Held) -> Result<Told, (Part, String)> {
    let read = match (held, held.state()) {
        (Held::Broken(what), _) => return Err((Part::Key, what.clone())),
        (_, Some(state)) => Codec::decode(log, event, &state).map(|opened| {
            let told = Told::of(&opened.metadata);
            (
                opened.envelope.event,
                Told {
                    opened: !opened.erased,
                    erased: opened.erased,
                    ..told
                },
            )
        }),
        (_, None) => {
            Codec::unopened(log, event).map(|envelope| (envelope.event, Told::of_metadata(event)))
        }
    };
    match read {
        Ok((content, told)) => with_content(&content, Told { read: true, ..told }),
        Err(ReadError::Unknown { .. }) => Ok(Told {
            unknown: true,
            ..Told::of_metadata(event)
        }),
        Err(ReadError::Corrupt { what, .. }) => Err((Part::Seal, what)),
        Err(ReadError::KeyMissing { .. }) => {
            Err((Part::Key, "the key that seals it is gone".to_owned()))
        }
        Err(ReadError::Log(error)) => Err((Part::Event, error.to_string())),
    }
}

/// With what the event says of things beside it.
fn with_content(content: &Event, told: Told) -> Result<Told, (Part, String)> {
    match content {
        Event::LevelRaised(raised) => Ok(Told {
            level: Some(raised.level),
            ..told
        }),
        Event::SectionSaved(saved) => match hash_from_hex(&saved.document) {
            Some(hash) => Ok(Told {
                document: Some(hash),
                ..told
            }),
            None => Err((Part::Document, "it names a document by no hash".to_owned())),
        },
        _ => Ok(told),
    }
}
