//! Events out of the database in the binary format of COPY: no row is described, and none is decoded
//! twice.

use crate::error::{Result, corrupt};
use docket_store::{LogError, Recorded, StreamId, lossy};
use futures::TryStreamExt;
use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres};

/// The signature, no flags, no extension.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What stands where the number of a row's fields would, behind the last row.
const END: i16 = -1;
/// Fields of an event.
const FIELDS: i16 = 10;

/// The statement that copies what a query finds; `$1` to `$9` stand for texts of SQL.
pub(crate) fn text(query: &str, parameters: &[String]) -> String {
    let lines = query.lines().filter(|line| !line.starts_with("--"));
    let query = lines.collect::<Vec<_>>().join("\n");
    let mut parts = query.split('$');
    let mut text = format!("COPY ({}", parts.next().unwrap_or_default());
    for part in parts {
        let (number, rest) = part.split_at(1);
        let at: usize = number.parse().expect("a digit follows");
        text.push_str(&parameters[at - 1]);
        text.push_str(rest);
    }
    text.push_str(") TO STDOUT (FORMAT binary)");
    text
}

/// A text as SQL has it, whatever stands in it.
pub(crate) fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// Runs the statement and reads its events.
pub(crate) async fn events(pool: PgPool, copy: &str) -> sqlx::Result<Result<Vec<Recorded>>> {
    let mut lent = Lent {
        connection: Some(pool.acquire().await?),
        whole: false,
    };
    let mut rows = Rows::default();
    let mut messages = lent.connection().copy_out_raw(copy).await?;
    while let Some(message) = messages.try_next().await? {
        rows.take(&message);
    }
    drop(messages);
    lent.whole = true;
    Ok(rows.finish())
}

/// A connection that goes back to its pool only when the answer was read to its end.
struct Lent {
    connection: Option<PoolConnection<Postgres>>,
    whole: bool,
}

impl Lent {
    fn connection(&mut self) -> &mut PoolConnection<Postgres> {
        self.connection
            .as_mut()
            .expect("it is there until the drop")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && !self.whole
        {
            drop(connection.detach());
        }
    }
}

/// Rows as they come, one message each; the head stands in front of the first.
#[derive(Default)]
struct Rows {
    begun: bool,
    ended: bool,
    events: Vec<Recorded>,
    trouble: Option<LogError>,
}

impl Rows {
    fn take(&mut self, message: &[u8]) {
        if self.trouble.is_some() {
            return;
        }
        let rows = match self.begun {
            true => Some(message),
            false => message.strip_prefix(HEAD),
        };
        self.begun = true;
        let taken = rows.ok_or_else(|| corrupt("COPY began in another format"));
        if let Err(error) = taken.and_then(|rows| self.add(Fields(rows))) {
            self.trouble = Some(error);
        }
    }

    fn add(&mut self, mut fields: Fields) -> Result<()> {
        while !fields.0.is_empty() {
            match i16::from_be_bytes(fields.take()?) {
                END => self.ended = true,
                FIELDS => {
                    let event = fields.event(self.events.last())?;
                    self.events.push(event);
                }
                _ => return Err(corrupt("COPY sent a row with other fields")),
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<Recorded>> {
        match self.trouble {
            Some(error) => Err(error),
            None if !self.ended => Err(corrupt("COPY ended in the middle")),
            None => Ok(self.events),
        }
    }
}

/// What is left of a row.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The event, and the one before it, which is of the same stream more often than not.
    fn event(&mut self, before: Option<&Recorded>) -> Result<Recorded> {
        let position = self.number()?.unsigned_abs();
        let name = self.text()?;
        let stream = match before {
            Some(before) if before.stream.as_str() == name => before.stream.clone(),
            _ => StreamId::parse_lossy(name),
        };
        Ok(Recorded {
            position,
            stream,
            version: self.number()?.unsigned_abs(),
            kind: self.text()?.to_owned(),
            schema: lossy::schema(i32::from_be_bytes(self.fixed()?).into()),
            payload: self.text()?.to_owned(),
            sealed: self.bytes()?.unwrap_or_default().to_vec(),
            metadata: self.text()?.to_owned(),
            recorded_at: self.number()?,
            leaf: lossy::leaf(self.bytes()?.unwrap_or_default()),
        })
    }

    fn number(&mut self) -> Result<i64> {
        self.fixed().map(i64::from_be_bytes)
    }

    fn text(&mut self) -> Result<&'a str> {
        let bytes = self.bytes()?.ok_or_else(|| corrupt("an empty column"))?;
        std::str::from_utf8(bytes).map_err(corrupt)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.bytes()?.and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| corrupt("a column of another length"))
    }

    /// The next field, `None` for null.
    fn bytes(&mut self) -> Result<Option<&'a [u8]>> {
        let length = i32::from_be_bytes(self.take()?);
        let Ok(length) = usize::try_from(length) else {
            return Ok(None);
        };
        let (field, rest) = self.0.split_at_checked(length).ok_or_else(short)?;
        self.0 = rest;
        Ok(Some(field))
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(short)?;
        self.0 = rest;
        Ok(*taken)
    }
}

fn short() -> LogError {
    corrupt("COPY sent a row that is cut off")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn field(bytes: &[u8]) -> Vec<u8> {
        let mut field = (bytes.len() as i32).to_be_bytes().to_vec();
        field.extend_from_slice(bytes);
        field
    }

    /// A row as the server sends it, whose sealed part somebody took away.
    fn row(stream: &str) -> Vec<u8> {
        let mut row = FIELDS.to_be_bytes().to_vec();
        row.extend(field(&7_i64.to_be_bytes()));
        row.extend(field(stream.as_bytes()));
        row.extend(field(&3_i64.to_be_bytes()));
        row.extend(field(b"Happened"));
        row.extend(field(&2_i32.to_be_bytes()));
        row.extend(field(b"{}"));
        row.extend((-1_i32).to_be_bytes());
        row.extend(field(b"{\"a\":1}"));
        row.extend(field(&9_i64.to_be_bytes()));
        row.extend(field(&[5; 32]));
        row
    }

    fn read(messages: &[&[u8]]) -> Result<Vec<Recorded>> {
        let mut rows = Rows::default();
        messages.iter().for_each(|message| rows.take(message));
        rows.finish()
    }

    #[test]
    fn rows_are_read_and_what_is_cut_off_is_refused() {
        let (row, end) = (row("case/1"), END.to_be_bytes());
        let first = [HEAD, &row].concat();
        let events = read(&[&first, &row, &end]).unwrap();
        assert_eq!(events.len(), 2);
        let event = &events[1];
        assert_eq!((event.position, event.version, event.schema), (7, 3, 2));
        assert_eq!((event.recorded_at, event.leaf), (9, [5; 32]));
        assert!(event.sealed.is_empty());
        assert!(read(&[&first, &row]).is_err(), "without an end");
        assert!(read(&[&row, &end]).is_err(), "without a head");
        for length in 1..row.len() {
            assert!(read(&[&first, &row[..length], &end]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_row_that_nothing_wrote_is_read_beside_the_others() {
        let first = [HEAD, &row("case")].concat();
        let events = read(&[&first, &row("case/1"), &END.to_be_bytes()]).unwrap();
        assert_eq!(events[0].stream, StreamId::new("", "case"));
        assert_eq!(events[1].stream, StreamId::new("case", 1));
    }

    #[test]
    fn parameters_are_put_into_the_text_as_literals() {
        let parameters = [literal(r"a/'; DROP \ $2"), "8".to_owned()];
        assert_eq!(
            text("-- $1\nSELECT 1\nWHERE a > $1 AND b < $2", &parameters),
            "COPY (SELECT 1\nWHERE a > E'a/''; DROP \\\\ $2' AND b < 8) TO STDOUT (FORMAT binary)"
        );
    }
}
