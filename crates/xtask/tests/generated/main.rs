//! Files made from code are as the code would make them now. `cargo xtask regen` runs this with
//! `DOCKET_REGEN` set, and then it writes them.

#![allow(clippy::unwrap_used)]

mod history;
mod read_models;

use docket_projection::{Projector, rows_of};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use xtask::regen::REGEN;
use xtask::root;

/// Every read model, by its folder in `projections/`.
fn projectors() -> [(&'static str, Box<dyn Projector>); 6] {
    [
        (
            "declaration",
            Box::new(docket_declaration_view::DeclarationProjector),
        ),
        ("directory", Box::new(docket_directory::DirectoryProjector)),
        (
            "handling-record",
            Box::new(docket_handling_record::HandlingRecordProjector),
        ),
        (
            "my-declarations",
            Box::new(docket_my_declarations::MyDeclarationsProjector),
        ),
        ("worklist", Box::new(docket_worklist::WorklistProjector)),
        (
            "worklist-history",
            Box::new(docket_worklist_history::WorklistHistoryProjector),
        ),
    ]
}

/// Compares a file with what it should be, or writes it.
fn check(path: &str, made: &str) {
    let file = root().join(path);
    if std::env::var_os(REGEN).is_some() {
        return fs::write(file, made).unwrap();
    }
    let stored = fs::read_to_string(file).unwrap_or_default();
    let mut lines = (1..).zip(
        made.lines()
            .zip(stored.lines().chain(std::iter::repeat(""))),
    );
    if let Some((line, (made, stored))) = lines.find(|(_, (made, stored))| made != stored) {
        panic!(
            "{path}:{line} is stale: run `cargo xtask regen`\n  stored: {stored}\n  now:    {made}"
        );
    }
    assert_eq!(made, stored, "{path} is stale: run `cargo xtask regen`");
}

#[test]
fn the_openapi_document_is_what_the_code_says() {
    check("schemas/openapi.json", &docket_http::openapi_json());
}

/// A projector's `rule` is this file, so a change of its rows changes its fingerprint, and every
/// installation builds the view anew: nobody has to remember to raise a number.
#[test]
fn every_read_model_is_known_by_the_rows_of_a_stored_history() {
    let history = history::stored();
    for (folder, projector) in projectors() {
        let rows = rows_of(projector.as_ref(), &history);
        assert!(
            rows.values().any(|rows| rows.len() > 3),
            "the history says too little to {folder}"
        );
        let digest = hex::encode(Sha256::digest(format!("{rows:?}")));
        check(
            &format!("projections/{folder}/rows.sha256"),
            &format!("{digest}\n"),
        );
    }
}

#[test]
fn the_page_on_the_read_models_tells_of_every_table() {
    let projectors: Vec<_> = projectors().into_iter().map(|(_, one)| one).collect();
    let head = include_str!("read_models.md");
    let page = read_models::page(head, &projectors, &history::stored());
    check("docs/read-models.md", &page);
}

#[test]
fn every_read_model_takes_its_rule_from_its_rows() {
    for (folder, projector) in projectors() {
        let stored = fs::read_to_string(root().join(format!("projections/{folder}/rows.sha256")));
        let regenerating = std::env::var_os(REGEN).is_some();
        assert!(
            regenerating || projector.rule() == stored.unwrap(),
            "{folder}: `rule` is not its rows.sha256"
        );
    }
}

#[test]
fn no_read_model_is_left_out() {
    let folders = fs::read_dir(root().join("projections"))
        .unwrap()
        .map(|entry| entry.unwrap());
    let folders = folders.filter(|entry| entry.path().join("Cargo.toml").exists());
    let folders: BTreeSet<String> = folders
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        folders,
        projectors().map(|(folder, _)| folder.to_owned()).into()
    );
}
