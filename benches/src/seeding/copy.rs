use anyhow::Result;
use docket_store::Recorded;
use futures::SinkExt;
use std::io::Cursor;
use std::pin::pin;
use tokio_postgres::Client;
use uuid::Uuid;

/// Signature, flags and length of the extension of a binary COPY.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: i16 = -1;
/// Bytes of one message.
const MESSAGE_BYTES: usize = 64 * 1024;

/// Rows of one table as PostgreSQL's COPY reads them, in its binary format.
pub(super) struct CopyRows {
    messages: Vec<Vec<u8>>,
    open: Vec<u8>,
}

impl CopyRows {
    pub(super) fn new() -> Self {
        Self {
            messages: Vec::new(),
            open: HEAD.to_vec(),
        }
    }

    /// A row of `docket_log.events`; `command` goes with the first of a command's events.
    pub(super) fn event(&mut self, event: &Recorded, command: Option<(Uuid, i32)>) -> Result<()> {
        self.begin(12);
        self.bigint(event.position)?;
        self.bytes(event.stream.as_str().as_bytes())?;
        self.bigint(event.version)?;
        self.bytes(event.kind.as_bytes())?;
        self.bytes(&i32::from(event.schema).to_be_bytes())?;
        self.bytes(event.payload.as_bytes())?;
        self.bytes(&event.sealed)?;
        self.bytes(event.metadata.as_bytes())?;
        self.bytes(&event.recorded_at.to_be_bytes())?;
        self.bytes(&event.leaf)?;
        self.optional(command.as_ref().map(|(id, _)| &id.as_bytes()[..]))?;
        let size = command.map(|(_, size)| size.to_be_bytes());
        self.optional(size.as_ref().map(|size| &size[..]))
    }

    /// A row of `docket_log.keys`.
    pub(super) fn key(&mut self, stream: &str, wrapped: &[u8]) -> Result<()> {
        self.begin(2);
        self.bytes(stream.as_bytes())?;
        self.bytes(wrapped)
    }

    fn begin(&mut self, fields: i16) {
        if self.open.len() > MESSAGE_BYTES {
            self.messages.push(std::mem::take(&mut self.open));
        }
        self.open.extend_from_slice(&fields.to_be_bytes());
    }

    fn bigint(&mut self, number: u64) -> Result<()> {
        self.bytes(&i64::try_from(number)?.to_be_bytes())
    }

    fn optional(&mut self, bytes: Option<&[u8]>) -> Result<()> {
        match bytes {
            Some(bytes) => self.bytes(bytes),
            None => {
                self.open.extend_from_slice(&(-1_i32).to_be_bytes());
                Ok(())
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        let length = i32::try_from(bytes.len())?;
        self.open.extend_from_slice(&length.to_be_bytes());
        self.open.extend_from_slice(bytes);
        Ok(())
    }

    /// Sends all of them and answers how many were stored.
    pub(super) async fn send(mut self, client: &Client, table: &str) -> Result<u64> {
        self.open.extend_from_slice(&TRAILER.to_be_bytes());
        self.messages.push(self.open);
        let sink = client
            .copy_in(&format!("COPY {table} FROM STDIN (FORMAT binary)"))
            .await?;
        let mut sink = pin!(sink);
        for message in self.messages {
            sink.feed(Cursor::new(message)).await?;
        }
        Ok(sink.finish().await?)
    }
}
