use super::copy::CopyRows;
use super::template::{EventTemplate, Names, Template};
use crate::lives::{Lives, WHOLE};
use crate::postgres::connect;
use anyhow::{Context, Result, ensure};
use docket_codec::{
    Codec, DataKey, Entropy, KeyRing, KeyState, LogAt, OsEntropy, Reader, Sealer, stream_id,
};
use docket_domain::{Category, Event, Stream};
use docket_store::{Header, KeyChange, Recorded, leaf};
use docket_testkit::town::{Town, founding_day};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Declarations that are under way at the same time, unless told otherwise.
const LIVE: usize = 20_000;
/// Rows of one COPY, one transaction.
const CHUNK: u64 = 20_000;
/// How much later than the one before a seeded command is, in microseconds.
const STEP: i64 = 50;
/// Rows at the end of the log that are read back and checked.
const CHECKED: usize = 1_000;

/// Writes lives into a town's log.
pub struct Seeder {
    town: Arc<Town>,
    url: String,
    writer: Option<Writer>,
}

/// Makes rows; it runs beside the COPY, on a core of its own.
struct Writer {
    log: Uuid,
    ring: Arc<KeyRing>,
    /// The log's own.
    log_key: DataKey,
    template: Template,
    slots: Vec<Option<Life>>,
    /// How many there are when all are filled.
    live: usize,
    /// Picks the next slot: a full period over 64 bits.
    dice: u64,
    position: u64,
    recorded_at: i64,
}

/// A declaration under way.
struct Life {
    names: Names,
    keys: HashMap<Category, DataKey>,
    /// The next command.
    next: usize,
}

/// Rows that one transaction stores.
struct Chunk {
    events: CopyRows,
    keys: CopyRows,
    rows: u64,
}

impl Seeder {
    /// Leads one declaration through the engine and learns from it what a life looks like.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn learn(town: Arc<Town>, url: &str) -> Result<Self> {
        let behind = town.engine.log().head().await?.position;
        let lives = Arc::new(Lives::in_town(Arc::clone(&town), 1).await);
        lives.live(1, WHOLE).await;
        let writer = Writer {
            log: town.engine.log().id(),
            ring: Arc::clone(town.engine.ring()),
            log_key: log_key(&town).await?,
            template: Template::read(&town, behind).await?,
            slots: Vec::new(),
            live: LIVE,
            dice: 1,
            position: 0,
            recorded_at: 0,
        };
        Ok(Self {
            town,
            url: url.to_owned(),
            writer: Some(writer),
        })
    }

    /// Leads so many lives at the same time.
    #[must_use]
    pub fn with_live(mut self, live: usize) -> Self {
        if let Some(writer) = &mut self.writer {
            writer.live = live;
        }
        self
    }

    /// The town whose log it is.
    pub fn town(&self) -> Arc<Town> {
        Arc::clone(&self.town)
    }

    /// How many events a life has.
    pub fn events_a_life(&self) -> usize {
        self.writer
            .as_ref()
            .map_or(0, |writer| writer.template.events())
    }

    /// Grows the log to a size; the last command may go a few events beyond. `progress` is told the
    /// size after each transaction.
    ///
    /// # Errors
    /// When a row cannot be made or stored, or what was stored cannot be read back.
    pub async fn grow_to(&mut self, size: u64, progress: &dyn Fn(u64)) -> Result<()> {
        let head = self.town.engine.log().head().await?;
        if head.position >= size {
            return Ok(());
        }
        let mut writer = self.writer.take().context("an earlier seeding failed")?;
        (writer.position, writer.recorded_at) = (head.position, head.recorded_at);
        let (chunks, mut ready) = mpsc::channel(2);
        let making = tokio::task::spawn_blocking(move || {
            while writer.position < size {
                let chunk = writer.chunk(size)?;
                if chunks.blocking_send(chunk).is_err() {
                    break;
                }
            }
            anyhow::Ok(writer)
        });
        let client = connect(&self.url).await?;
        let mut position = head.position;
        while let Some(chunk) = ready.recv().await {
            client.batch_execute("BEGIN").await?;
            let rows = chunk.rows;
            let stored = chunk.events.send(&client, "docket_log.events").await?;
            chunk.keys.send(&client, "docket_log.keys").await?;
            client.batch_execute("COMMIT").await?;
            ensure!(stored == rows, "{stored} of {rows} rows were stored");
            position += stored;
            progress(position);
        }
        self.writer = Some(making.await??);
        client
            .batch_execute("VACUUM (ANALYZE) docket_log.events")
            .await?;
        self.check(position).await
    }

    /// Reads the newest rows back: each leaf is that of its row, each sealed part opens.
    async fn check(&self, position: u64) -> Result<()> {
        let log = self.town.engine.log();
        ensure!(
            log.head().await?.position == position,
            "the log has another size than was stored"
        );
        let after = position.saturating_sub(CHECKED as u64);
        let rows = log.read_all(after, CHECKED).await?;
        for row in &rows {
            ensure!(
                leaf(&Header::of(log.id(), row)) == row.leaf,
                "the leaf at {} is not that of its row",
                row.position
            );
        }
        let reader = Reader::new(Arc::clone(log), Arc::clone(self.town.engine.ring()));
        reader.open(&rows).await?;
        Ok(())
    }
}

async fn log_key(town: &Town) -> Result<DataKey> {
    let own = Stream::log(town.engine.log().id());
    match town.engine.reader().key(&own).await? {
        KeyState::Known(key) => Ok(key),
        _ => anyhow::bail!("the log has no key of its own"),
    }
}

impl Writer {
    fn chunk(&mut self, size: u64) -> Result<Chunk> {
        let mut chunk = Chunk {
            events: CopyRows::new(),
            keys: CopyRows::new(),
            rows: 0,
        };
        while chunk.rows < CHUNK && self.position < size {
            self.command(&mut chunk)?;
        }
        Ok(chunk)
    }

    /// Writes the next command of a life that chance picks. A life that is over makes way for
    /// another.
    fn command(&mut self, chunk: &mut Chunk) -> Result<()> {
        let slot = self.pick();
        if slot == self.slots.len() {
            self.slots.push(None);
        }
        let mut life = self.slots[slot].take().unwrap_or_else(Life::begin);
        let Self {
            template,
            log,
            ring,
            log_key,
            position,
            recorded_at,
            ..
        } = self;
        *recorded_at += STEP;
        let command = &template.commands[life.next];
        let id = OsEntropy.uuid(founding_day());
        let size = i32::try_from(command.events.len())?;
        for (nth, event) in command.events.iter().enumerate() {
            *position += 1;
            let row = life.row(*log, (ring, log_key), template, event, id, chunk)?;
            let mut row = Recorded {
                position: *position,
                recorded_at: *recorded_at,
                ..row
            };
            row.leaf = leaf(&Header::of(*log, &row));
            chunk.events.event(&row, (nth == 0).then_some((id, size)))?;
            chunk.rows += 1;
        }
        life.next += 1;
        self.slots[slot] = (life.next < template.commands.len()).then_some(life);
        Ok(())
    }

    /// A slot by chance; the first ones fill the slots.
    fn pick(&mut self) -> usize {
        if self.slots.len() < self.live {
            return self.slots.len();
        }
        self.dice = self
            .dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 33) as usize % self.live
    }
}

impl Life {
    fn begin() -> Self {
        let at = founding_day();
        let mut random = [0; 40];
        OsEntropy.fill(&mut random);
        let (number, identity) = random.split_at(8);
        Self {
            names: Names {
                person: OsEntropy.uuid(at).to_string(),
                declaration: OsEntropy.uuid(at).to_string(),
                number: format!("20260302{}", hex::encode(number).to_uppercase()),
                identity: format!("v1.{}", hex::encode(identity)),
            },
            keys: HashMap::new(),
            next: 0,
        }
    }

    /// One row, still without its place in the log.
    fn row(
        &mut self,
        log: Uuid,
        (ring, log_key): (&KeyRing, &DataKey),
        template: &Template,
        event: &EventTemplate,
        command: Uuid,
        chunk: &mut Chunk,
    ) -> Result<Recorded> {
        let put = |text: &str| self.names.put_into(text, &template.names);
        let stream = Stream {
            category: event.stream.category,
            id: self.names.id_of(&event.stream, &template.names),
        };
        let personal = event.personal.as_deref().map(put);
        let decoded = Event::decode(
            &event.kind,
            event.schema,
            &put(&event.payload),
            personal.as_deref(),
        )?;
        let mut metadata = event.metadata.clone();
        metadata.command.id = command;
        if let Some(person) = &mut metadata.author.person {
            *person = serde_json::from_value(put(&person.to_string()).into())?;
        }
        if event.version == 1 && stream.category.holds_personal_data() {
            self.create_key(log, ring, &stream, chunk)?;
        }
        let key = match Sealer::of(stream.category, decoded.kind()) {
            Sealer::Stream => self.keys.get(&stream.category),
            Sealer::Log => Some(log_key),
        };
        let encoded = Codec::encode(
            LogAt::newest(log),
            &stream,
            &decoded,
            &metadata,
            event.request.as_ref(),
            key.context("a stream without a key")?,
            OsEntropy.nonce(),
        )?;
        Ok(Recorded {
            position: 0,
            stream: stream_id(log, &stream),
            version: event.version,
            kind: encoded.kind,
            schema: encoded.schema,
            payload: encoded.payload,
            sealed: encoded.sealed,
            metadata: encoded.metadata,
            recorded_at: 0,
            leaf: [0; 32],
        })
    }

    fn create_key(
        &mut self,
        log: Uuid,
        ring: &KeyRing,
        stream: &Stream,
        chunk: &mut Chunk,
    ) -> Result<()> {
        let id = stream_id(log, stream);
        let (key, change) = ring.create_key(&id, &OsEntropy);
        if let KeyChange::Create { wrapped, .. } = change {
            chunk.keys.key(id.as_str(), &wrapped)?;
        }
        self.keys.insert(stream.category, key);
        Ok(())
    }
}
