use crate::error::{Result, corrupt};
use docket_store::{Leaf, LogError, Recorded, StreamId};

/// Reads the events of one page, written by the view `framed` of schema.sql.
pub(crate) fn decode(page: &str) -> Result<Vec<Recorded>> {
    let mut events = Vec::with_capacity(page.len() / 512);
    let mut rest = page;
    while !rest.is_empty() {
        let (event, behind) = frame(rest)?;
        events.push(event);
        rest = behind;
    }
    Ok(events)
}

/// Reads leaves written as hex, one behind the other.
pub(crate) fn decode_leaves(page: &str) -> Result<Vec<Leaf>> {
    page.as_bytes().chunks(64).map(leaf).collect()
}

fn frame(text: &str) -> Result<(Recorded, &str)> {
    let (numbers, rest) = text
        .split_once(';')
        .ok_or_else(|| corrupt("a page of events without an end"))?;
    let numbers = numbers
        .split(' ')
        .map(str::parse)
        .collect::<std::result::Result<Vec<i64>, _>>()
        .map_err(corrupt)?;
    let [
        position,
        version,
        schema,
        recorded_at,
        stream,
        kind,
        payload,
        metadata,
        sealed,
    ] = numbers[..]
    else {
        return Err(corrupt("a page of events with another frame"));
    };
    let mut parts = Parts { position, rest };
    let event = Recorded {
        position: position.unsigned_abs(),
        stream: StreamId::parse(parts.take(stream)?)
            .ok_or_else(|| parts.wrong("the name of the stream"))?,
        version: version.unsigned_abs(),
        kind: parts.take(kind)?.to_owned(),
        schema: u16::try_from(schema).map_err(|_| parts.wrong("the schema version"))?,
        payload: parts.take(payload)?.to_owned(),
        metadata: parts.take(metadata)?.to_owned(),
        sealed: if sealed < 0 {
            None
        } else {
            Some(hex::decode(parts.take(sealed)?).map_err(corrupt)?)
        },
        recorded_at,
        leaf: leaf(parts.take(64)?.as_bytes())?,
    };
    Ok((event, parts.rest))
}

struct Parts<'a> {
    position: i64,
    rest: &'a str,
}

impl<'a> Parts<'a> {
    fn take(&mut self, length: i64) -> Result<&'a str> {
        let length = usize::try_from(length).map_err(|_| self.wrong("a length"))?;
        let (part, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| self.wrong("a length"))?;
        self.rest = rest;
        Ok(part)
    }

    fn wrong(&self, what: &str) -> LogError {
        LogError::Corrupt {
            position: self.position.unsigned_abs(),
            what: format!("{what} cannot be read"),
        }
    }
}

fn leaf(text: &[u8]) -> Result<Leaf> {
    let mut leaf = [0; 32];
    hex::decode_to_slice(text, &mut leaf).map_err(corrupt)?;
    Ok(leaf)
}
