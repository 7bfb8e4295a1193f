//! `cargo xtask regen`: writes the files that are made from code, and says which changed.

#![allow(clippy::print_stdout)] // a command line tool talks

use crate::stages::command;
use std::collections::BTreeMap;
use std::path::Path;

/// Where generated files lie.
const PLACES: &[&str] = &[
    "schemas",
    "fixtures",
    "projections",
    "crates/store-postgres/sql",
];

/// Set for `tests/generated/`, which then writes what it otherwise compares.
pub const REGEN: &str = "DOCKET_REGEN";

/// Writes all generated files. They are made by a test, because a test of the whole workspace links
/// the crates that `cargo xtask test` has built already.
///
/// # Errors
/// When the files cannot be read or cargo not be started.
pub fn run(root: &Path) -> anyhow::Result<bool> {
    let before = contents(root)?;
    let mut making = command(
        root,
        &["test", "--quiet", "--workspace", "--test", "generated"],
    );
    let made = making.env(REGEN, "1").status()?.success();
    let after = contents(root)?;
    let changed = changed(&before, &after);
    for path in &changed {
        println!("changed: {path}");
    }
    if changed.is_empty() && made {
        println!("nothing changed");
    }
    Ok(made)
}

type Contents = BTreeMap<String, Vec<u8>>;

fn contents(root: &Path) -> anyhow::Result<Contents> {
    let mut contents = Contents::new();
    let mut folders: Vec<_> = PLACES.iter().map(|place| root.join(place)).collect();
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir()? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(root)
                    .unwrap_or(&path)
                    .display()
                    .to_string();
                contents.insert(name, std::fs::read(&path)?);
            }
        }
    }
    Ok(contents)
}

fn changed(before: &Contents, after: &Contents) -> Vec<String> {
    let names = before
        .keys()
        .chain(after.keys())
        .collect::<std::collections::BTreeSet<_>>();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_a_lost_and_a_changed_file_are_named() {
        let made = |files: &[(&str, &str)]| -> Contents {
            files
                .iter()
                .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
                .collect()
        };
        let before = made(&[("same", "1"), ("changed", "1"), ("lost", "1")]);
        let after = made(&[("same", "1"), ("changed", "2"), ("new", "1")]);
        assert_eq!(changed(&before, &after), ["changed", "lost", "new"]);
    }
}
