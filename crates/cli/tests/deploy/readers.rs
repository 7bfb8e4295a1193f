//! Readers who ask nodes for the list all along. Every answer is held against what clients were
//! told is done.

use crate::client::Client;
use crate::steps::{PAUSE, SEQ, last_position, sign, worklist};
use crate::town::Deployed;
use docket_domain::DeclarationId;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::thread;

/// What clients were told is done: whatever any node answers from then on shows it.
pub struct Promised(Mutex<Told>);

#[derive(Clone)]
struct Told {
    position: u64,
    /// The declarations, each with whether it was signed for.
    signed: BTreeMap<String, bool>,
}

impl Promised {
    /// Everything that the town was founded with.
    pub async fn of(town: &Deployed) -> Self {
        let unsigned = town.to_sign.iter().map(|id| (id.to_string(), false));
        Self(Mutex::new(Told {
            position: town.size().await,
            signed: unsigned.collect(),
        }))
    }

    /// Signs for a declaration.
    pub fn sign(&self, client: &Client, id: DeclarationId) {
        let position = last_position(&sign(client, id, 200));
        self.note(position, id, true);
    }

    /// Something was done to a declaration.
    pub fn note(&self, position: u64, id: DeclarationId, signed: bool) {
        let mut told = self.0.lock().unwrap();
        told.position = told.position.max(position);
        told.signed.insert(id.to_string(), signed);
    }

    /// The list as a node answers it.
    ///
    /// # Panics
    /// When it is not right: something promised is missing, a declaration stands in it twice, or a
    /// count is not that of the rows.
    pub fn list(&self, client: &Client) -> Value {
        let told = self.0.lock().unwrap().clone();
        let page = worklist(client, told.position);
        let items = page["items"].as_array().unwrap();
        let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
        let tabs: BTreeMap<String, String> = items
            .iter()
            .map(|item| (text(item, "declaration_id"), text(item, "tab")))
            .collect();
        assert_eq!(tabs.len(), items.len(), "{page}");
        for (id, signed) in &told.signed {
            let tab = tabs.get(id).unwrap_or_else(|| panic!("no {id} in {page}"));
            assert!(!signed || tab == "to_review", "{id} stands in {tab}");
        }
        for tab in ["to_sign", "to_review"] {
            let standing = tabs.values().filter(|standing| *standing == tab);
            assert_eq!(page["counts"][tab], standing.count(), "{page}");
        }
        assert_eq!(page["counts"]["all"], tabs.len(), "{page}");
        page
    }
}

/// Does some work while others look at something all along.
pub fn while_looking<T>(lookers: &[&(dyn Fn() + Sync)], work: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for look in lookers {
            let over = &over;
            scope.spawn(move || {
                while !over.load(SEQ) {
                    look();
                    thread::sleep(PAUSE);
                }
            });
        }
        let _end = AtTheEnd(&over);
        work()
    })
}

/// Nobody looks for ever at work that failed.
struct AtTheEnd<'a>(&'a AtomicBool);

impl Drop for AtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, SEQ);
    }
}
