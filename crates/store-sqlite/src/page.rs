use crate::error::{Result, corrupt};
use docket_store::{Leaf, Recorded, StreamId, lossy};

/// Reads the events of one page, written by the view `framed` of schema.sql.
///
/// A row that somebody changed past the constraints comes back as an event that its leaf does not
/// prove ([`docket_store::lossy`]); it does not take the page with it.
pub(crate) fn decode(page: &[u8]) -> Result<Vec<Recorded>> {
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
    page.as_bytes()
        .chunks(64)
        .map(|hex| {
            let mut leaf = [0; 32];
            hex::decode_to_slice(hex, &mut leaf).map_err(corrupt)?;
            Ok(leaf)
        })
        .collect()
}

fn frame(text: &[u8]) -> Result<(Recorded, &[u8])> {
    let end = text
        .iter()
        .position(|byte| *byte == b';')
        .ok_or_else(|| corrupt("a page of events without an end"))?;
    let numbers = std::str::from_utf8(&text[..end])
        .map_err(corrupt)?
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
        leaf,
    ] = numbers[..]
    else {
        return Err(corrupt("a page of events with another frame"));
    };
    let mut parts = Parts(&text[end + 1..]);
    let event = Recorded {
        position: position.unsigned_abs(),
        stream: StreamId::parse_lossy(&lossy::text(parts.take(stream)?)),
        version: version.unsigned_abs(),
        kind: lossy::text(parts.take(kind)?),
        schema: lossy::schema(schema),
        payload: lossy::text(parts.take(payload)?),
        metadata: lossy::text(parts.take(metadata)?),
        sealed: parts.take_hex(sealed)?,
        recorded_at,
        leaf: lossy::leaf(&parts.take_hex(leaf)?),
    };
    Ok((event, parts.0))
}

struct Parts<'a>(&'a [u8]);

impl<'a> Parts<'a> {
    fn take(&mut self, length: i64) -> Result<&'a [u8]> {
        let (part, rest) = usize::try_from(length)
            .ok()
            .and_then(|length| self.0.split_at_checked(length))
            .ok_or_else(|| corrupt("a page of events that is cut off"))?;
        self.0 = rest;
        Ok(part)
    }

    fn take_hex(&mut self, length: i64) -> Result<Vec<u8>> {
        hex::decode(self.take(length)?).map_err(corrupt)
    }
}
