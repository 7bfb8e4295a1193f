//! What people do at a node.

use crate::client::Client;
use crate::nodes::Node;
use crate::town::Deployed;
use docket_domain::DeclarationId;
use serde_json::Value;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

/// How often something that must come soon is looked for, for half a minute at least.
pub const LOOKS_MAX: usize = 15_000;
pub const PAUSE: Duration = Duration::from_millis(2);
pub const SEQ: Ordering = Ordering::SeqCst;

pub fn turn_sign_off(town: &Deployed, node: &Node, on: bool) {
    let (client, path) = town.legal_user(node);
    let mut profile = client.expect(200, "GET", &path, &[], None)["profile"].clone();
    profile["sign_off"] = on.into();
    client.expect(200, "PUT", &path, &[], Some(&profile));
}

/// Waits for something that comes soon.
pub fn until(what: &str, come: impl Fn() -> bool) {
    for _ in 0..LOOKS_MAX {
        if come() {
            return;
        }
        thread::sleep(PAUSE);
    }
    panic!("{what}: not yet");
}

pub fn to_sign(id: DeclarationId) -> String {
    format!("/declarations/{id}/sign")
}

pub fn sign(client: &Client, id: DeclarationId, status: u16) -> Value {
    client.expect(status, "POST", &to_sign(id), &[], None)
}

pub fn worklist(client: &Client, position: u64) -> Value {
    let path = format!("/worklist?kind=initial&limit=100&min_position={position}");
    let page = client.expect(200, "GET", &path, &[], None);
    assert!(!page["items"].as_array().unwrap().is_empty());
    page
}

pub fn last_position(answer: &Value) -> u64 {
    answer["position"].as_u64().unwrap()
}

/// A view as a node shows it to an operator of the system.
pub fn view(operator: &Client, name: &str) -> Value {
    let list = operator.expect(200, "GET", "/admin/projections", &[], None);
    let views = list["items"].as_array().unwrap();
    let found = views.iter().find(|view| view["name"] == name);
    found.unwrap().clone()
}
