use super::{Offence, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// What a visitor sees first, and nothing else.
const TOP: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "benches",
    "crates",
    "docs",
    "fixtures",
    "projections",
    "schemas",
];

/// The visible top level is exactly [`TOP`].
pub(super) fn top_level(tree: &Tree) -> Vec<Offence> {
    let names = tree
        .files
        .keys()
        .map(|path| path.split('/').next().unwrap_or(path));
    let present: BTreeSet<&str> = names.filter(|name| !name.starts_with('.')).collect();
    let wanted: BTreeSet<&str> = TOP.iter().copied().collect();
    let extra = present.difference(&wanted).map(|name| {
        Offence::new(
            name,
            1,
            "it does not belong at the top",
            "move it below one of the folders there, or delete it",
        )
    });
    let missing = wanted
        .difference(&present)
        .map(|name| Offence::new(name, 1, "it is missing at the top", "put it back"));
    extra.chain(missing).collect()
}

/// Every adapter of the store has a statement file for every operation that any of them has. What
/// only one engine needs, such as a lock or a pragma, lies in `sql/own/`.
pub(super) fn same_statements(tree: &Tree) -> Vec<Offence> {
    let mut adapters: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for path in tree.files.keys() {
        if let Some((adapter, file)) = path
            .strip_prefix("crates/store-")
            .and_then(|rest| rest.split_once("/sql/"))
            .filter(|(_, file)| !file.starts_with("own/"))
        {
            adapters.entry(adapter).or_default().insert(file);
        }
    }
    let all: BTreeSet<&str> = adapters.values().flatten().copied().collect();
    let mut offences = Vec::new();
    for (adapter, files) in &adapters {
        for file in all.difference(files) {
            let path = format!("crates/store-{adapter}/sql/{file}");
            let remedy = "write it, or rename its twin: one operation has one name in every adapter; \
                 what only one engine needs lies in sql/own/";
            offences.push(Offence::new(
                &path,
                1,
                "another adapter has this statement and this one has not",
                remedy,
            ));
        }
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top() -> Vec<(&'static str, &'static str)> {
        TOP.iter().map(|name| (*name, "")).collect()
    }

    #[test]
    fn a_stray_file_and_a_missing_one_are_named() {
        let mut files = top();
        assert_eq!(top_level(&Tree::of(&files)), []);
        files.retain(|(name, _)| *name != "LICENSE");
        files.push(("notes.txt", ""));
        files.push(("scripts/run.sh", ""));
        files.push((".ci/run", ""));
        let found: Vec<_> = top_level(&Tree::of(&files))
            .into_iter()
            .map(|offence| offence.file)
            .collect();
        assert_eq!(found, ["notes.txt", "scripts", "LICENSE"]);
    }

    #[test]
    fn a_statement_that_one_adapter_lacks_is_named() {
        let one = ("crates/store-sqlite/sql/append.sql", "");
        assert_eq!(same_statements(&Tree::of(&[one])), []);
        let tree = Tree::of(&[one, ("crates/store-postgres/sql/head.sql", "")]);
        let found: Vec<_> = same_statements(&tree)
            .into_iter()
            .map(|offence| offence.file)
            .collect();
        assert_eq!(
            found,
            [
                "crates/store-postgres/sql/append.sql",
                "crates/store-sqlite/sql/head.sql"
            ]
        );
    }
}
