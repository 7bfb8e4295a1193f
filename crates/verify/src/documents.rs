use crate::check::{PAGE, Phase, Session};
use crate::held::Held;
use crate::report::Part;
use docket_codec::{Codec, hash_from_hex, open_document, stream_of, superseded};
use docket_domain::Event;
use docket_store::{LogError, Recorded, StoredDocument, StreamId, Superseded, sha256};
use std::collections::HashSet;

/// Events of one stream that are read at once.
const STREAM_PAGE: usize = 1_000;
/// How much of a hash stands in front of it in the order of hashes.
const BEFORE: usize = 31;

impl Session<'_> {
    /// The document that an event names: there, right, and readable under its stream's key; or
    /// rightly gone.
    pub(crate) async fn document(
        &mut self,
        event: &Recorded,
        hash: &[u8; 32],
        held: &Held,
        erased: bool,
    ) -> Result<(), LogError> {
        let Some(bytes) = self.log.document(hash).await? else {
            return self.absent(event, hash, erased).await;
        };
        if sha256(&bytes) != *hash {
            let what = "the document that it names has another hash";
            self.found_at(Part::Document, event.position, what);
            return Ok(());
        }
        match held {
            _ if erased => self.report.counts.documents_erased += 1,
            Held::Open(key) => {
                let stream = stream_of(&event.stream);
                let opened = stream.map(|stream| {
                    open_document(self.log.id(), &stream, key, &bytes)
                        .map_err(|error| error.to_string())
                });
                self.report.counts.documents += 1;
                if let Some(Err(_)) | None = opened {
                    let what =
                        "the document that it names does not open under the key of its stream";
                    self.found_at(Part::Document, event.position, what);
                }
            }
            _ => self.report.counts.documents += 1,
        }
        Ok(())
    }

    /// A document that is not there: erased, or superseded and noted so before it was removed.
    async fn absent(
        &mut self,
        event: &Recorded,
        hash: &[u8; 32],
        erased: bool,
    ) -> Result<(), LogError> {
        if erased {
            self.report.counts.documents_erased += 1;
            return Ok(());
        }
        let history = self.history(&event.stream).await?;
        let what = if !superseded(history.iter(), hash) {
            "the document that it names is gone: no event erased or superseded it"
        } else if !self.is_noted(hash).await? {
            "the document that it names was removed without the note that it may be"
        } else {
            self.report.counts.documents_superseded += 1;
            return Ok(());
        };
        self.found_at(Part::Document, event.position, what);
        Ok(())
    }

    async fn is_noted(&self, hash: &[u8; 32]) -> Result<bool, LogError> {
        let notes = self.log.superseded(Some(&hash[..BEFORE]), 1).await?;
        Ok(notes.first().is_some_and(|note| note.hash == hash))
    }

    /// Rows that no event names, and notes that the log does not bear out.
    pub(crate) async fn documents(&mut self) -> Result<(), LogError> {
        let mut after: Option<StoredDocument> = None;
        let mut named: Option<(String, HashSet<[u8; 32]>)> = None;
        let mut done = 0;
        loop {
            let page = self.log.stored_documents(after.as_ref(), PAGE).await?;
            for document in &page {
                if named
                    .as_ref()
                    .is_none_or(|(stream, _)| *stream != document.stream)
                {
                    named = Some((document.stream.clone(), self.named(&document.stream).await?));
                }
                let known = <[u8; 32]>::try_from(&document.hash[..]).ok();
                let hashes = named.as_ref().map(|(_, hashes)| hashes);
                if !known.is_some_and(|hash| hashes.is_some_and(|named| named.contains(&hash))) {
                    let what = format!(
                        "no event of the stream names the document {}",
                        hex::encode(&document.hash)
                    );
                    self.found_of(Part::Document, &document.stream, what);
                }
            }
            done += page.len() as u64;
            self.turn(Phase::Documents, done, 0).await;
            match page.into_iter().last() {
                Some(last) => after = Some(last),
                None => return self.notes().await,
            }
        }
    }

    /// The hashes that the events of a stream name.
    async fn named(&self, stream: &str) -> Result<HashSet<[u8; 32]>, LogError> {
        let Some(stream) = StreamId::parse(stream) else {
            return Ok(HashSet::new());
        };
        let history = self.history(&stream).await?;
        let saved = history.iter().filter_map(|event| match event {
            Event::SectionSaved(saved) => hash_from_hex(&saved.document),
            _ => None,
        });
        Ok(saved.collect())
    }

    /// What the hashes of a stream's events prove; an event that they do not prove is left out.
    async fn history(&self, stream: &StreamId) -> Result<Vec<Event>, LogError> {
        let mut events = Vec::new();
        let mut after = 0;
        loop {
            let page = self.log.read_stream(stream, after, STREAM_PAGE).await?;
            let read = page
                .iter()
                .filter_map(|event| Codec::unopened(self.log.id(), event).ok());
            events.extend(read.map(|envelope| envelope.event));
            match page.last() {
                Some(last) if page.len() == STREAM_PAGE => after = last.version,
                _ => return Ok(events),
            }
        }
    }

    async fn notes(&mut self) -> Result<(), LogError> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = self.log.superseded(after.as_deref(), PAGE).await?;
            for note in &page {
                if !self.is_borne_out(note).await? {
                    let position = note.saved_at.unsigned_abs();
                    let what = "a note says that the document it names may be removed, and the events of its stream do not";
                    self.found_at(Part::Document, position, what);
                }
            }
            match page.into_iter().last() {
                Some(last) => after = Some(last.hash),
                None => return Ok(()),
            }
        }
    }

    /// Whether the event that a note names stored the document, and a later save superseded it.
    async fn is_borne_out(&self, note: &Superseded) -> Result<bool, LogError> {
        let Ok(hash) = <[u8; 32]>::try_from(&note.hash[..]) else {
            return Ok(false);
        };
        let before = note.saved_at.unsigned_abs().saturating_sub(1);
        let saved = self.log.read_all(before, 1).await?;
        let Some(saved) = saved.first() else {
            return Ok(false);
        };
        let history = self.history(&saved.stream).await?;
        Ok(superseded(history.iter(), &hash))
    }
}
