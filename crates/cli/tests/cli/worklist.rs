//! What moved between two instants.

use crate::process::{Place, stderr, stdout};
use docket_testkit::engines::Engine;
use docket_testkit::on_both_engines;
use serde_json::{Value, json};

on_both_engines!(
    a_signature_moves_one_row_of_one_unit,
    from_the_beginning_every_row_came_from_nowhere,
    instants_that_cannot_be_compared_are_a_usage_error,
);

const NUMBER: &str = "20260303QJWR";

/// The event that signed for the declaration first, and the one before it.
fn signature(place: &Place) -> (Value, Value) {
    let whole = place.json(&["replay", NUMBER]);
    let turns = whole["turns"].as_array().unwrap().clone();
    let signed = turns.iter().position(|turn| turn["event"] == "SignedFor");
    let signed = signed.unwrap();
    (turns[signed - 1].clone(), turns[signed].clone())
}

fn diff(place: &Place, from: &str, to: &str, more: &[&str]) -> Value {
    place.json(&[&["worklist", "diff", "--from", from, "--to", to], more].concat())
}

fn a_signature_moves_one_row_of_one_unit(engine: Engine) {
    let place = Place::demo(engine);
    let (_, signed) = signature(&place);
    let position = signed["position"].as_u64().unwrap();
    let (from, to) = ((position - 1).to_string(), position.to_string());
    let told = diff(&place, &from, &to, &[]);
    let moved = told["moved"].as_array().unwrap();
    assert_eq!(moved.len(), 1, "{told}");
    let row = &moved[0];
    assert_eq!(
        [&row["number"], &row["kind"], &row["from"], &row["to"]],
        [NUMBER, "review", "to_sign", "to_review"]
    );
    let count = |side: &str, tab: &str| told[side]["counts"][tab].as_i64().unwrap();
    let change = |tab: &str| count("to", tab) - count("from", tab);
    assert_eq!(
        ["to_sign", "to_review", "publicizing", "all"].map(change),
        [-1, 1, 0, 0]
    );
    assert_eq!(told["to"]["position"], position);
    assert_eq!(told["to"]["at"], signed["at"]);

    let unit = row["unit_id"].as_str().unwrap();
    assert_eq!(
        diff(&place, &from, &to, &["--unit", unit])["moved"],
        told["moved"]
    );
    let other = diff(&place, &from, &to, &["--kind", "initial"]);
    assert_eq!(other["moved"], json!([]));
    assert_eq!(diff(&place, &to, &to, &[])["moved"], json!([]));

    let shown = place.run(&["worklist", "diff", "--from", &from, "--to", &to]);
    let text = stdout(&shown);
    let unit = row["unit"].as_str().unwrap();
    let line = text.lines().find(|line| line.contains(NUMBER)).unwrap();
    for cell in [unit, "评审", "待签收", "待审核"] {
        assert!(line.contains(cell), "{cell} is not in {line}");
    }
    assert!(
        text.contains("全部") && text.contains("-1") && text.contains("+1"),
        "{text}"
    );
    let nothing = place.run(&["worklist", "diff", "--from", &to, "--to", &to]);
    assert!(stdout(&nothing).contains("没有变动"));
}

fn from_the_beginning_every_row_came_from_nowhere(engine: Engine) {
    let place = Place::demo(engine);
    let head = place.json(&["log", "head"]);
    let size = head["size"].to_string();
    let told = diff(&place, "1", &size, &[]);
    let moved = told["moved"].as_array().unwrap();
    assert!(moved.len() > 10, "{}", moved.len());
    assert!(
        moved
            .iter()
            .all(|row| row["from"].is_null() && row["to"].is_string())
    );
    assert_eq!(told["from"]["counts"]["all"], 0);
    assert_eq!(told["to"]["counts"]["all"], moved.len());
    // The same by time: what was signed on a day had not been there the evening before.
    let (before, signed) = signature(&place);
    let (from, to) = (
        before["at"].as_str().unwrap(),
        signed["at"].as_str().unwrap(),
    );
    let day = diff(&place, from, to, &[]);
    let rows = day["moved"].as_array().unwrap();
    assert!(
        rows.iter()
            .any(|row| row["number"] == NUMBER && row["to"] == "to_review"),
        "{day}"
    );
}

fn instants_that_cannot_be_compared_are_a_usage_error(engine: Engine) {
    let place = Place::demo(engine);
    let nobody = "00000000-0000-7000-8000-000000000000";
    for (args, why) in [
        (&["--from", "20", "--to", "10"][..], "behind --to"),
        (&["--from", "0", "--to", "10"], "before the first event"),
        (&["--from", "1", "--to", "999999999"], "in the future"),
        (
            &["--from", "1", "--to", "2099-01-01T00:00:00Z"],
            "in the future",
        ),
        (
            &["--from", "yesterday", "--to", "10"],
            "neither a position nor a time",
        ),
        (&["--from", "1"], "--to"),
        (&["--from", "1", "--to", "10", "--unit", nobody], "no unit"),
        (
            &["--from", "1", "--to", "10", "--kind", "all"],
            "write review",
        ),
    ] {
        let output = place.run(&[&["worklist", "diff"], args].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(
            stderr(&output).contains(why),
            "{args:?}: {}",
            stderr(&output)
        );
        assert_eq!(stdout(&output), "", "{args:?}");
    }
}
