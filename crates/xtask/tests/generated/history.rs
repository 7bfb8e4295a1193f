//! The history that read models are known by: random commands, stored once, so that a changed rule
//! does not change what is told. Delete the file and run `cargo xtask regen` for a new one, after a
//! change of events that should be seen in it.

use docket_domain::event::{Author, Envelope, Event};
use docket_domain::time::Instant;
use docket_domain::{Category, Stream};
use docket_projection::History;
use docket_testkit::Recorded;
use docket_testkit::histories::Generator;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs;
use xtask::regen::REGEN;
use xtask::root;

const PATH: &str = "fixtures/histories/three-kinds.jsonl";
const SEED: u64 = 20_260_302;
const COMMANDS: usize = 500;

/// One event of the file, one a line.
#[derive(Serialize, Deserialize)]
struct Line {
    stream: String,
    version: u64,
    position: u64,
    at: i64,
    author: Author,
    kind: String,
    schema: u16,
    payload: Value,
    personal: Option<Value>,
}

/// Reads the history; `cargo xtask regen` makes it where there is none.
pub fn stored() -> History {
    let file = root().join(PATH);
    if std::env::var_os(REGEN).is_some() && !file.exists() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, made()).unwrap();
    }
    let text = fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{PATH}: {error}: run `cargo xtask regen`"));
    text.lines()
        .map(|line| event(&serde_json::from_str(line).unwrap()))
        .collect()
}

fn made() -> String {
    let mut generator = Generator::new(SEED);
    for _ in 0..COMMANDS {
        // What is refused leaves no event, which is all that counts here.
        let _ = generator.step();
    }
    generator
        .log()
        .iter()
        .map(|recorded| serde_json::to_string(&line(recorded)).unwrap() + "\n")
        .collect()
}

fn line(recorded: &Recorded) -> Line {
    let envelope = &recorded.envelope;
    let json = |text: String| serde_json::from_str(&text).unwrap();
    Line {
        stream: recorded.stream.to_string(),
        version: envelope.version,
        position: envelope.position,
        at: envelope.at.micros(),
        author: envelope.author,
        kind: envelope.event.kind().to_owned(),
        schema: envelope.event.schema(),
        payload: json(envelope.event.payload().unwrap()),
        personal: envelope.event.personal().unwrap().map(json),
    }
}

fn event(line: &Line) -> (Stream, Envelope) {
    let (category, id) = line.stream.split_once('/').unwrap();
    let personal = line.personal.as_ref().map(Value::to_string);
    let event = Event::decode(
        &line.kind,
        line.schema,
        &line.payload.to_string(),
        personal.as_deref(),
    );
    let event = event.unwrap_or_else(|error| panic!("{PATH}, position {}: {error}", line.position));
    let stream = Stream::new(Category::parse(category).unwrap(), id);
    let at = Instant::from_micros(line.at);
    (
        stream,
        Envelope {
            version: line.version,
            position: line.position,
            at,
            author: line.author,
            event,
        },
    )
}
