//! The tamperings: what is done, and what must be found.

use super::ground::Ground;
use docket_store::{Recorded, StreamId, sha256};
use docket_testkit::engines::Engine;

/// One tampering.
pub struct Case {
    pub name: &'static str,
    /// Run with the triggers away; they are put back as they were.
    pub sql: String,
    /// Run after that.
    pub then: String,
    /// Parts and positions that `docket log verify` names.
    pub found: Vec<(String, Option<u64>)>,
    /// Whether it names nothing else.
    pub exactly: bool,
    /// Whether it is given the head that was published before.
    pub with_head: bool,
}

fn case(name: &'static str, sql: impl Into<String>, found: &[(&str, u64)]) -> Case {
    let found = found.iter();
    Case {
        name,
        sql: sql.into(),
        then: String::new(),
        found: found
            .map(|(part, at)| ((*part).to_owned(), (*at > 0).then_some(*at)))
            .collect(),
        exactly: true,
        with_head: false,
    }
}

impl Case {
    /// It names more besides.
    fn among_others(mut self) -> Self {
        self.exactly = false;
        self
    }

    fn with_head(mut self) -> Self {
        self.with_head = true;
        self
    }

    fn then(mut self, sql: impl Into<String>) -> Self {
        self.then = sql.into();
        self
    }
}

/// A finding that names no position stands here as position 0.
const NOWHERE: u64 = 0;

pub fn cases(ground: &Ground) -> Vec<Case> {
    let mut cases = events(ground);
    cases.extend(forgeries(ground));
    cases.extend(appended(ground));
    cases.extend(order(ground));
    cases.extend(ends(ground));
    cases.extend(commands(ground));
    cases.extend(documents(ground));
    cases.extend(more_documents(ground));
    cases.extend(keys(ground));
    cases.extend(surroundings(ground));
    cases
}

/// Changes of a row that leave its leaf.
fn events(ground: &Ground) -> Vec<Case> {
    let at = ground.of("Submitted")[0];
    let update = |set: &str| format!("UPDATE events SET {set} WHERE position = {at}");
    let changed = [("event", at)];
    let other = ground.blob(&[9; 90]);
    vec![
        case("nothing is done", "SELECT 1", &[]),
        case(
            "a payload is changed",
            update("payload = replace(payload, ':', ': ')"),
            &changed,
        ),
        case(
            "metadata are changed",
            update("metadata = replace(metadata, ':', ': ')"),
            &changed,
        ),
        case(
            "a sealed part is another's",
            update(&format!("sealed = {other}")),
            &changed,
        ),
        case(
            "a type is changed",
            update("kind = 'Resubmitted'"),
            &changed,
        ),
        case(
            "a schema is changed",
            update("schema = schema + 1"),
            &changed,
        ),
        case(
            "a time is changed",
            update("recorded_at = recorded_at + 1"),
            &changed,
        ),
        case(
            "a leaf is changed",
            update(&format!("leaf = {}", ground.blob(&[0; 32]))),
            &changed,
        ),
        case(
            "the last event is changed",
            format!(
                "UPDATE events SET payload = payload || ' ' WHERE position = {}",
                ground.size()
            ),
            &[("event", ground.size())],
        )
        .among_others(),
    ]
}

/// Changes with the leaf that is right for them: only the sealed part tells.
fn forgeries(ground: &Ground) -> Vec<Case> {
    let at = ground.of("Submitted")[0];
    let seal = [("seal", at)];
    let saved = ground.beside("SectionSaved", at);
    let (one, two) = (saved[0], saved[1]);
    let swapped = ground.forge(one, |event| event.sealed.clone_from(&ground.at(two).sealed))
        + &ground.forge(two, |event| event.sealed.clone_from(&ground.at(one).sealed));
    let plan = ground.of("PlanSaved").first().copied().unwrap_or(2);
    vec![
        case(
            "a payload is forged",
            ground.forge(at, |event| event.payload.push(' ')),
            &seal,
        ),
        case(
            "metadata are forged",
            ground.forge(at, |event| event.metadata.push(' ')),
            &seal,
        ),
        case(
            "an instant is forged",
            ground.forge(at, |event| {
                event.metadata = event.metadata.replacen("2026-03-02", "2026-03-01", 1);
            }),
            &seal,
        ),
        case(
            "a sealed part is cut off",
            ground.forge(at, |event| event.sealed.truncate(1)),
            &seal,
        ),
        case(
            "sealed parts of one stream are exchanged",
            swapped,
            &[("seal", one), ("seal", two)],
        ),
        case(
            "an event of a stream without personal data is forged",
            ground.forge(plan, |event| event.payload.push(' ')),
            &[("seal", plan)],
        ),
        case(
            "a type is forged",
            ground.forge(at, |event| event.kind = "ResubmittedBy".into()),
            &[("event", at)],
        ),
        case(
            "a schema is forged",
            ground.forge(at, |event| event.schema = 99),
            &[("event", at)],
        ),
        case(
            "the event that erased a stream is forged",
            {
                let at = ground.of("DraftDeleted")[0];
                ground.forge(at, |event| event.payload.push(' '))
            },
            &[("seal", ground.of("DraftDeleted")[0])],
        ),
    ]
}

/// Events behind the last one, each as one more of the last command.
fn appended(ground: &Ground) -> Vec<Case> {
    let saved = ground.beside("SectionSaved", ground.of("Submitted")[0]);
    let one = saved[0];
    let end = ground.size() + 1;
    let last = ground.at(ground.size());
    let appended = Recorded {
        version: last.version + 1,
        payload: last.payload.replacen(':', ": ", 1),
        ..last.clone()
    };
    vec![
        case(
            "an event is appended without the key",
            ground.append(&appended),
            &[("seal", end)],
        ),
        case(
            "an event is appended again as it was",
            ground.append(&Recorded {
                version: last.version + 1,
                ..last.clone()
            }),
            &[("seal", end)],
        ),
        case(
            "an event of before is appended again",
            ground.append(&Recorded {
                version: ground.at(saved[saved.len() - 1]).version + 2,
                ..ground.at(one).clone()
            }),
            &[("command", end)],
        )
        .among_others(),
    ]
}

/// Places and times.
fn order(ground: &Ground) -> Vec<Case> {
    let at = ground.of("Submitted")[0];
    let saved = ground.beside("SectionSaved", at);
    let (one, two) = (saved[0], saved[1]);
    let moved = |position: u64, as_of: u64| {
        let version = ground.at(position).version;
        ground.set(
            position,
            &Recorded {
                version,
                ..ground.at(as_of).clone()
            },
        )
    };
    vec![
        case(
            "an event is removed",
            format!("DELETE FROM events WHERE position = {one}"),
            &[("event", one)],
        )
        .among_others(),
        case(
            "the first event is removed",
            "DELETE FROM events WHERE position = 1",
            &[("event", 1)],
        )
        .among_others(),
        case(
            "a version is forged",
            ground.forge(two, |event| event.version += 100),
            &[("event", two)],
        )
        .among_others(),
        case(
            "an event is moved to another stream",
            ground.forge(at, |event| {
                event.stream = StreamId::parse("declaration/another").unwrap();
                event.version = 1;
            }),
            &[("key", at)],
        )
        .among_others(),
        case(
            "two events of a stream change places",
            moved(one, two) + &moved(two, one),
            &[("command", one), ("command", two)],
        )
        .among_others(),
        case(
            "a recorded time is forged",
            ground.forge(at, |event| event.recorded_at += 1),
            &[("event", at)],
        )
        .among_others(),
    ]
}

/// What only documents that are left behind, or a head that somebody kept, give away.
fn ends(ground: &Ground) -> Vec<Case> {
    // An event that the next one was stored with.
    let command = |position: u64| {
        let metadata: serde_json::Value =
            serde_json::from_str(&ground.at(position).metadata).unwrap();
        metadata["command"]["id"].clone()
    };
    let together = |position: &u64| command(*position) == command(position + 1);
    let created = (1..ground.size()).rev().find(together).unwrap();
    // The end of an append some events before the last.
    let whole = (1..=ground.size() - 3)
        .rev()
        .find(|position| !together(position))
        .unwrap();
    let cut = format!("DELETE FROM events WHERE position > {whole};");
    let left = ground
        .of("SectionSaved")
        .into_iter()
        .filter(|at| *at > whole);
    let left: String = left
        .map(|at| {
            format!(
                "DELETE FROM documents WHERE hash = {};",
                ground.blob(&document(ground, at))
            )
        })
        .chain(["DELETE FROM keys WHERE stream NOT IN (SELECT stream FROM events);".to_owned()])
        .collect();
    vec![
        case("the end is cut off", cut.clone(), &[("document", NOWHERE)]).among_others(),
        // With all that it named gone too, nothing but a head that somebody kept tells.
        case(
            "the end is cut off with its documents",
            cut.clone() + &left,
            &[],
        ),
        case(
            "the end is cut off with its documents, and a head was kept",
            cut + &left,
            &[("head", whole + 1)],
        )
        .with_head(),
        case(
            "the end is cut off within an append",
            format!("DELETE FROM events WHERE position > {created}"),
            &[("command", created)],
        )
        .among_others(),
        case("the head that was kept is right", "SELECT 1", &[]).with_head(),
    ]
}

/// Which command stored what.
fn commands(ground: &Ground) -> Vec<Case> {
    let at = ground.of("Submitted")[0];
    let saved = ground.beside("SectionSaved", at)[0];
    let other = match ground.engine {
        Engine::Sqlite => ground.blob(&[7; 16]),
        Engine::Postgres => "'07070707-0707-0707-0707-070707070707'".to_owned(),
    };
    let update = |set: &str| format!("UPDATE events SET {set} WHERE position = {saved}");
    let found = [("command", saved)];
    vec![
        case(
            "a command is emptied",
            update("command = NULL, command_size = NULL"),
            &found,
        ),
        case(
            "half of a command is emptied",
            update("command_size = NULL"),
            &found,
        ),
        case(
            "a command is another",
            update(&format!("command = {other}")),
            &found,
        ),
        case(
            "a command stored more",
            update("command_size = 2"),
            &[("command", saved + 1)],
        ),
        case(
            "a command stored nothing",
            update("command_size = 0"),
            &found,
        ),
    ]
}

/// The hash of the document that an event names.
fn document(ground: &Ground, position: u64) -> Vec<u8> {
    let payload: serde_json::Value = serde_json::from_str(&ground.at(position).payload).unwrap();
    hex::decode(payload["document"].as_str().unwrap()).unwrap()
}

fn documents(ground: &Ground) -> Vec<Case> {
    let at = ground.of("Submitted")[0];
    let saved = ground.beside("SectionSaved", at);
    let section = |position: u64| {
        let payload: serde_json::Value =
            serde_json::from_str(&ground.at(position).payload).unwrap();
        payload["section"].as_str().unwrap().to_owned()
    };
    // The first save of a section that was saved again, and the last one, which was submitted.
    let first = saved[0];
    let again = saved[1..]
        .iter()
        .find(|at| section(**at) == section(first))
        .copied()
        .unwrap();
    let last = *saved.last().unwrap();
    let blob = |position: u64| ground.blob(&document(ground, position));
    let remove = |position| format!("DELETE FROM documents WHERE hash = {}", blob(position));
    let note = format!(
        "INSERT INTO superseded VALUES ({}, {first}, {again});",
        blob(first)
    );
    let deleted = ground.of("DraftDeleted")[0];
    let erased = ground.beside("SectionSaved", deleted)[0];
    vec![
        case("a document is removed", remove(last), &[("document", last)]),
        case(
            "a superseded document is removed without a note",
            remove(first),
            &[("document", first)],
        ),
        case(
            "a superseded document is collected",
            note.clone() + &remove(first),
            &[],
        ),
        case(
            "a document of an erased stream is collected",
            remove(erased),
            &[],
        ),
        case(
            "a document is overwritten",
            format!(
                "UPDATE documents SET bytes = {} WHERE hash = {}",
                ground.blob(b"x"),
                blob(last)
            ),
            &[("document", last)],
        ),
        case(
            "a document stands in another's place",
            format!(
                "UPDATE documents SET bytes = (SELECT bytes FROM documents WHERE hash = {}) WHERE hash = {}",
                blob(first),
                blob(last)
            ),
            &[("document", last)],
        ),
        case(
            "all documents are gone",
            "DELETE FROM documents",
            &[("document", last), ("document", first)],
        )
        .among_others(),
    ]
}

/// Rows that no event asks for.
fn more_documents(ground: &Ground) -> Vec<Case> {
    let at = ground.of("Submitted")[0];
    let last = *ground.beside("SectionSaved", at).last().unwrap();
    let hash = ground.blob(&document(ground, last));
    let foreign = sha256(b"foreign");
    let stream = ground.at(last).stream.as_str();
    let deleted = ground.of("DraftDeleted")[0];
    vec![
        case(
            "a document is added",
            format!(
                "INSERT INTO documents VALUES ({}, '{stream}', {})",
                ground.blob(&foreign),
                ground.blob(b"foreign")
            ),
            &[("document", NOWHERE)],
        ),
        case(
            "a document is given to another stream",
            format!(
                "UPDATE documents SET stream = '{}' WHERE hash = {}",
                ground.at(deleted).stream,
                hash
            ),
            &[("document", NOWHERE)],
        ),
        case(
            "a document that was submitted is noted as superseded",
            format!("INSERT INTO superseded VALUES ({}, {last}, {at})", hash),
            &[("document", last)],
        ),
    ]
}

fn keys(ground: &Ground) -> Vec<Case> {
    let at = ground.of("Submitted")[0];
    let stream = ground.at(at).stream.as_str();
    let deleted = ground.of("DraftDeleted")[0];
    let erased = ground.at(deleted).stream.as_str();
    let empty = ground.blob(&[]);
    let garbage = ground.blob(&[1; 77]);
    let own = format!("log/{}", ground.log);
    let on = |sql: &str, stream: &str| format!("{sql} WHERE stream = '{stream}'");
    vec![
        case("a key is removed", on("DELETE FROM keys", stream), &[("key", at)]).among_others(),
        case("a key is destroyed without an erasing event",
            on(&format!("UPDATE keys SET wrapped = {empty}"), stream), &[("key", at)]).among_others(),
        case("a key is overwritten", on(&format!("UPDATE keys SET wrapped = {garbage}"), stream),
            &[("key", at), ("key", NOWHERE)]).among_others(),
        case("a key is another stream's", on(
            "UPDATE keys SET wrapped = (SELECT wrapped FROM keys WHERE stream LIKE 'person/%' LIMIT 1)",
            stream), &[("key", at), ("key", NOWHERE)]).among_others(),
        case("a destroyed key is back", on(&format!("UPDATE keys SET wrapped = {garbage}"), erased),
            &[("key", deleted), ("key", NOWHERE)]).among_others(),
        case("a key is added to a stream that needs none", format!(
            "INSERT INTO keys VALUES ('calendar/calendar', {empty})"), &[("key", NOWHERE)]),
        case("a key is added to no stream", format!(
            "INSERT INTO keys VALUES ('person/nobody', {empty})"), &[("key", NOWHERE)]),
        case("all keys are gone", "DELETE FROM keys", &[("key", 1), ("key", at), ("key", NOWHERE)])
            .among_others(),
        case("the log's own key is destroyed", on(&format!("UPDATE keys SET wrapped = {empty}"), &own),
            &[("key", 1), ("key", NOWHERE)]).among_others(),
        case("the check value of the key file is gone", "DELETE FROM settings WHERE name = 'key_check'",
            &[("key_file", NOWHERE)]),
        case("the check value of the key file is changed", format!(
            "UPDATE settings SET value = {} WHERE name = 'key_check'",
            ground.blob(format!("wrapping 1 {}\n", "00".repeat(32)).as_bytes())),
            &[("key_file", NOWHERE)]),
    ]
}

/// The schema, which is what keeps everybody else from all of the above.
fn surroundings(ground: &Ground) -> Vec<Case> {
    let schema = [("schema", NOWHERE)];
    let both = [("schema", NOWHERE), ("schema", NOWHERE)];
    let done = |name, then: &str, found: &[(&str, u64)]| case(name, "SELECT 1", found).then(then);
    match ground.engine {
        Engine::Sqlite => vec![
            done("a trigger is gone", "DROP TRIGGER events_are_never_updated", &schema),
            done("a trigger of the keys is gone", "DROP TRIGGER keys_are_never_deleted", &schema),
            done("a trigger does nothing", "DROP TRIGGER events_are_never_deleted;
                CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events BEGIN SELECT 1; END", &schema),
            done("a trigger forges", "CREATE TRIGGER forger AFTER INSERT ON documents
                BEGIN DELETE FROM settings; END", &schema),
            done("an index is gone", "DROP INDEX events_command", &schema),
            done("a table is added", "CREATE TABLE more (x)", &schema),
        ],
        Engine::Postgres => vec![
            done("a trigger is gone", "DROP TRIGGER never_changed ON events", &schema),
            done("a trigger of the keys is gone", "DROP TRIGGER never_removed ON keys", &schema),
            done("a trigger is off", "ALTER TABLE events DISABLE TRIGGER never_changed", &both),
            done("a trigger spares replicas", "ALTER TABLE keys ENABLE TRIGGER never_removed", &both),
            done("a trigger does nothing", "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger
                LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'", &both),
            done("a rule swallows", "CREATE RULE away AS ON INSERT TO documents DO INSTEAD NOTHING", &schema),
            done("an index is gone", "DROP INDEX events_command", &schema),
            done("row security hides", "ALTER TABLE events ENABLE ROW LEVEL SECURITY", &both),
        ],
    }
}
