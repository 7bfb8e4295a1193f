//! The show.

use crate::process::{run, stderr, stdout};

#[test]
fn the_demo_shows_worklist_record_replay_and_rebuild_and_ends() {
    let output = run(&["demo", "--once"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    insta::assert_snapshot!("demo", settled(&stdout(&output)));
}

#[test]
fn the_show_is_one_object_as_json() {
    let output = run(&["demo", "--once", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let show: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(show["record"]["items"].as_array().unwrap().len(), 4);
    assert_eq!(show["replay"]["turns"][0]["event"], "DraftCreated");
    let rebuilt = show["rebuild"].as_array().unwrap();
    assert!(rebuilt.iter().all(|view| view["old"] == view["new"] && view["differences"] == serde_json::json!([])));
}

/// Without what differs from run to run: durations, and the checksum over the hashes of
/// ciphertexts, whose keys are drawn anew.
fn settled(text: &str) -> String {
    let lines = text.lines().map(|line| {
        if let Some((events, _)) = line.split_once(" 个事件，用时 ") {
            return format!("{events} 个事件，用时 [duration]");
        }
        let mut cells: Vec<&str> = line.split_whitespace().collect();
        if cells.first() == Some(&"declaration") && cells.get(1) == Some(&"declarations") {
            assert_eq!(cells[4], cells[5], "{line}");
            cells[4] = "[checksum]";
            cells[5] = "[checksum]";
            return cells.join("  ");
        }
        line.to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}
