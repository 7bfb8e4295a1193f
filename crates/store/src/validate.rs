use crate::{Append, AppendError, AuditEntry, KeyChange, LogError, NewEvent, StreamId};
use std::collections::HashSet;

/// Most events in one append.
pub const EVENTS_MAX: usize = 2_000;
/// Longest payload, and longest metadata, of one event.
pub const PAYLOAD_BYTES_MAX: usize = 16 * 1024;
/// Longest sealed part and longest document: 256 KiB and room for the envelope of the ciphertext.
pub const CIPHERTEXT_BYTES_MAX: usize = 257 * 1024;
/// Longest name of a stream.
pub const STREAM_BYTES_MAX: usize = 512;
/// Longest name of an event type.
pub const KIND_BYTES_MAX: usize = 128;

type Checked = Result<(), AppendError>;

impl Append {
    /// Whether the append keeps the port's rules, before anything is compared with the log. Every
    /// adapter calls this first; what it refuses is a bug in the caller.
    pub fn validate(&self) -> Checked {
        let events = self.events();
        require(self.at >= 0, "the instant lies before 1970")?;
        require(events <= EVENTS_MAX, "more than 2,000 events")?;
        require(
            events > 0 || (self.documents.is_empty() && self.keys.is_empty()),
            "documents or keys without an event",
        )?;
        self.validate_streams()?;
        self.validate_documents()?;
        self.validate_keys()
    }

    /// How many events the append holds. With none it only checks.
    pub fn events(&self) -> usize {
        self.streams.iter().map(|stream| stream.events.len()).sum()
    }

    fn validate_streams(&self) -> Checked {
        let mut seen = HashSet::new();
        for append in &self.streams {
            validate_name(&append.stream)?;
            require(seen.insert(&append.stream), "the same stream twice")?;
            append.events.iter().try_for_each(validate_event)?;
        }
        Ok(())
    }

    fn validate_documents(&self) -> Checked {
        for document in &self.documents {
            validate_name(&document.stream)?;
            require(
                document.bytes.len() <= CIPHERTEXT_BYTES_MAX,
                "a document over 256 KiB",
            )?;
            require(
                crate::sha256(&document.bytes) == document.hash,
                "a document under another hash than its own",
            )?;
        }
        Ok(())
    }

    fn validate_keys(&self) -> Checked {
        let mut seen = HashSet::new();
        for change in &self.keys {
            validate_name(change.stream())?;
            require(
                seen.insert(change.stream()),
                "two changes to the key of one stream",
            )?;
            if let KeyChange::Create { wrapped, .. } = change {
                require(!wrapped.is_empty(), "an empty key")?;
            }
        }
        Ok(())
    }
}

impl KeyChange {
    /// The stream the key belongs to.
    pub fn stream(&self) -> &StreamId {
        match self {
            KeyChange::Create { stream, .. } | KeyChange::Destroy { stream } => stream,
        }
    }
}

impl AuditEntry {
    /// Whether every engine can store the entry: no text holds U+0000.
    pub fn validate(&self) -> Result<(), LogError> {
        let optional = [&self.subject, &self.code, &self.correlation];
        let mut texts = optional
            .into_iter()
            .flatten()
            .chain([&self.action, &self.result]);
        if texts.any(|text| text.contains('\0')) {
            return Err(LogError::Backend("an audit entry holds U+0000".to_owned()));
        }
        Ok(())
    }
}

fn validate_name(stream: &StreamId) -> Checked {
    let category = stream.category();
    require(
        !category.is_empty() && category.is_ascii(),
        "a stream whose category is not ASCII",
    )?;
    require(!stream.id().is_empty(), "a stream without an id")?;
    require(
        stream.as_str().len() <= STREAM_BYTES_MAX,
        "a stream name over 512 bytes",
    )?;
    no_nul(stream.as_str())
}

fn validate_event(event: &NewEvent) -> Checked {
    require(!event.kind.is_empty(), "an event without a type")?;
    require(
        event.kind.len() <= KIND_BYTES_MAX,
        "an event type over 128 bytes",
    )?;
    require(event.schema > 0, "schema version 0")?;
    require(
        event.payload.len() <= PAYLOAD_BYTES_MAX,
        "a payload over 16 KiB",
    )?;
    require(
        event.metadata.len() <= PAYLOAD_BYTES_MAX,
        "metadata over 16 KiB",
    )?;
    require(!event.sealed.is_empty(), "an event without a sealed part")?;
    require(
        event.sealed.len() <= CIPHERTEXT_BYTES_MAX,
        "a sealed part over 256 KiB",
    )?;
    [&event.kind, &event.payload, &event.metadata]
        .into_iter()
        .try_for_each(|text| no_nul(text))
}

fn no_nul(text: &str) -> Checked {
    require(!text.contains('\0'), "U+0000 in a text")
}

fn require(holds: bool, otherwise: &'static str) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(AppendError::Invalid(otherwise))
    }
}
