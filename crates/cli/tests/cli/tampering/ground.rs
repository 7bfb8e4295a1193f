//! A small log with everything that can be tampered with, and the ways around its triggers.

use crate::process::Place;
use docket_codec::{Entropy, KeyRing, OsEntropy};
use docket_domain::declaration::DeclarationCommand;
use docket_domain::{Actor, Kind};
use docket_store::{Header, Leaf, Log, Recorded, leaf, root};
use docket_store_postgres::PostgresLog;
use docket_store_sqlite::SqliteLog;
use docket_testkit::engines::Engine;
use docket_testkit::town::Town;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};
use std::fmt::Write as _;
use std::sync::Arc;
use uuid::Uuid;

pub struct Ground {
    pub engine: Engine,
    /// Nobody has it open.
    pub place: Place,
    pub log: Uuid,
    /// Everything in it, in the order of the log.
    pub events: Vec<Recorded>,
}

impl Ground {
    /// A town with a submitted declaration of which one section was saved twice, a draft, and a draft
    /// that was deleted.
    pub async fn new(engine: Engine) -> Self {
        let place = Place::new(engine);
        let open = Open::on(&place).await;
        let log = open.log();
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy);
        let (ring, _) = KeyRing::open_or_create(&place.key_file(), entropy.as_ref()).unwrap();
        ring.check(log.as_ref()).await.unwrap();
        let town = Town::found_with(Arc::clone(&log), Arc::new(ring), entropy).await;
        let (applicant, other) = (town.person().await, town.person().await);
        let submitted = town.draft(applicant, Kind::Initial).await;
        town.fill(applicant, submitted, Kind::Initial).await;
        let submit = DeclarationCommand::Submit;
        let actor = Actor::applicant(applicant);
        town.act(actor, submitted, submit).await.unwrap();
        let deleted = town.draft(other, Kind::Initial).await;
        let delete = DeclarationCommand::Delete;
        town.act(Actor::applicant(other), deleted, delete)
            .await
            .unwrap();
        town.draft(other, Kind::Confirmation).await;
        let id = log.id();
        let events = log.read_all(0, usize::MAX).await.unwrap();
        drop((town, log));
        open.close().await;
        Self {
            engine,
            place,
            log: id,
            events,
        }
    }

    pub fn size(&self) -> u64 {
        self.events.len() as u64
    }

    pub fn at(&self, position: u64) -> &Recorded {
        &self.events[position as usize - 1]
    }

    /// The positions of a type, in order.
    pub fn of(&self, kind: &str) -> Vec<u64> {
        let events = self.events.iter();
        let of_kind = events.filter(|event| event.kind == kind);
        of_kind.map(|event| event.position).collect()
    }

    /// The positions of a type in the same stream as a position.
    pub fn beside(&self, kind: &str, position: u64) -> Vec<u64> {
        let stream = &self.at(position).stream;
        let of_kind = self.of(kind).into_iter();
        of_kind
            .filter(|at| self.at(*at).stream == *stream)
            .collect()
    }

    pub fn head_arguments(&self) -> [String; 4] {
        let leaves: Vec<Leaf> = self.events.iter().map(|event| event.leaf).collect();
        let root = hex::encode(root(&leaves));
        [
            "--size".to_owned(),
            self.size().to_string(),
            "--root".to_owned(),
            root,
        ]
    }

    /// Bytes as SQL has them.
    pub fn blob(&self, bytes: &[u8]) -> String {
        match self.engine {
            Engine::Sqlite => format!("x'{}'", hex::encode(bytes)),
            Engine::Postgres => format!("'\\x{}'::bytea", hex::encode(bytes)),
        }
    }

    /// Makes an event another, with the leaf that is right for it.
    pub fn forge(&self, position: u64, change: impl FnOnce(&mut Recorded)) -> String {
        let mut event = self.at(position).clone();
        change(&mut event);
        self.set(position, &event)
    }

    /// Puts what an event holds, and its right leaf, into the row of a position.
    pub fn set(&self, position: u64, event: &Recorded) -> String {
        let event = Recorded {
            position,
            ..event.clone()
        };
        let values = self.values(&event);
        let columns = values.split('\u{1f}');
        let names = [
            "stream",
            "version",
            "kind",
            "schema",
            "payload",
            "sealed",
            "metadata",
            "recorded_at",
            "leaf",
        ];
        let mut sets = String::new();
        for (name, value) in names.iter().zip(columns) {
            let comma = if sets.is_empty() { "" } else { ", " };
            write!(sets, "{comma}{name} = {value}").unwrap();
        }
        format!("UPDATE events SET {sets} WHERE position = {position};")
    }

    /// Appends an event behind the last one, with its right leaf, as one more of the last command.
    pub fn append(&self, event: &Recorded) -> String {
        let event = Recorded {
            position: self.size() + 1,
            ..event.clone()
        };
        let values = self.values(&event).replace('\u{1f}', ", ");
        format!(
            "UPDATE events SET command_size = command_size + 1
               WHERE position = (SELECT max(position) FROM events WHERE command IS NOT NULL);
             INSERT INTO events VALUES ({}, {values}, NULL, NULL);",
            event.position
        )
    }

    fn values(&self, event: &Recorded) -> String {
        let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
        [
            text(event.stream.as_str()),
            event.version.to_string(),
            text(&event.kind),
            event.schema.to_string(),
            text(&event.payload),
            self.blob(&event.sealed),
            text(&event.metadata),
            event.recorded_at.to_string(),
            self.blob(&leaf(&Header::of(self.log, event))),
        ]
        .join("\u{1f}")
    }

    /// Runs SQL with the triggers away, puts them back as they were, and then runs the rest.
    pub async fn behind(&self, place: &Place, sql: &str, then: &str) {
        let Some(database) = place.database() else {
            return self.behind_sqlite(place, sql, then).await;
        };
        database.psql(&format!(
            "SET search_path TO docket_log; {}; {sql}; {}; {then}",
            each_trigger("DISABLE"),
            each_trigger("ENABLE ALWAYS")
        ));
    }

    async fn behind_sqlite(&self, place: &Place, sql: &str, then: &str) {
        let mut connection = SqliteConnectOptions::new()
            .filename(place.folder().join("docket.db"))
            .connect()
            .await
            .unwrap();
        let triggers: Vec<(String, String)> =
            sqlx::query_as("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
                .fetch_all(&mut connection)
                .await
                .unwrap();
        let mut script = String::from("BEGIN;");
        for (name, _) in &triggers {
            write!(script, "DROP TRIGGER {name};").unwrap();
        }
        write!(script, "{sql};").unwrap();
        for (_, made) in &triggers {
            write!(script, "{made};").unwrap();
        }
        write!(script, "COMMIT; {then}").unwrap();
        sqlx::raw_sql(AssertSqlSafe(script))
            .execute(&mut connection)
            .await
            .unwrap();
    }
}

/// The log, to be closed before anybody copies it.
enum Open {
    Sqlite(Arc<SqliteLog>),
    Postgres(Arc<PostgresLog>),
}

impl Open {
    async fn on(place: &Place) -> Self {
        let new = Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_00a1);
        match place.database() {
            None => {
                let file = place.folder().join("docket.db");
                Self::Sqlite(Arc::new(SqliteLog::open(&file, new).await.unwrap()))
            }
            Some(database) => {
                let url = database.url();
                Self::Postgres(Arc::new(PostgresLog::open(&url, new).await.unwrap()))
            }
        }
    }

    fn log(&self) -> Arc<dyn Log> {
        match self {
            Self::Sqlite(log) => Arc::clone(log) as Arc<dyn Log>,
            Self::Postgres(log) => Arc::clone(log) as Arc<dyn Log>,
        }
    }

    async fn close(self) {
        match self {
            Self::Sqlite(log) => {
                log.checkpoint().await.unwrap();
                log.close().await.unwrap();
            }
            Self::Postgres(log) => log.close().await.unwrap(),
        }
    }
}

fn each_trigger(what: &str) -> String {
    format!(
        "DO $do$ DECLARE one record; BEGIN
           FOR one IN SELECT tgrelid::regclass AS on_table, tgname FROM pg_trigger
             WHERE NOT tgisinternal AND tgrelid IN
               (SELECT oid FROM pg_class WHERE relnamespace = 'docket_log'::regnamespace)
           LOOP EXECUTE format('ALTER TABLE %s {what} TRIGGER %I', one.on_table, one.tgname); END LOOP;
         END $do$"
    )
}
