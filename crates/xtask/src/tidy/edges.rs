use super::tree::{Dependency, Package};
use super::{Offence, Tree};

/// What may be used where, by the folder of the crate: its own needs and what stands in their
/// signatures. Nothing else may be named in `[dependencies]`.
const EDGES: &[(&str, &[&str])] = &[
    ("crates/domain", &[]),
    ("crates/store", &[]),
    ("crates/postgres", &[]),
    ("crates/store-", &["crates/store"]),
    (
        "crates/store-postgres",
        &["crates/store", "crates/postgres"],
    ),
    ("crates/codec", &["crates/domain", "crates/store"]),
    (
        "crates/engine",
        &["crates/codec", "crates/domain", "crates/store"],
    ),
    (
        "crates/verify",
        &["crates/codec", "crates/domain", "crates/store"],
    ),
    // The test kit only behind the feature `testing`.
    (
        "crates/projection",
        &[
            "crates/codec",
            "crates/domain",
            "crates/store",
            "crates/postgres",
            "crates/testkit",
        ],
    ),
    ("projections/", &["crates/projection", "crates/domain"]),
    // The list as it was is the list: its items, filters and order are those of the worklist.
    (
        "projections/worklist-history",
        &["crates/projection", "crates/domain", "projections/worklist"],
    ),
    ("crates/http", SERVES),
    ("crates/console", SERVES),
    ("crates/cli", SHIPS),
    (
        "crates/testkit",
        &[
            "crates/codec",
            "crates/domain",
            "crates/engine",
            "crates/projection",
            "crates/store",
            "crates/store-sqlite",
            "crates/store-postgres",
        ],
    ),
    ("crates/xtask", &[]),
    ("benches", MEASURES),
];

const SERVES: &[&str] = &[
    "crates/engine",
    "projections/",
    "crates/projection",
    "crates/codec",
    "crates/domain",
    "crates/store",
];

/// Everything but the crates of tests and chores.
const SHIPS: &[&str] = &[
    "crates/http",
    "crates/console",
    "crates/engine",
    "crates/verify",
    "projections/",
    "crates/projection",
    "crates/codec",
    "crates/domain",
    "crates/store",
    "crates/store-sqlite",
    "crates/store-postgres",
    "crates/postgres",
];

/// What ships, and the invented town that it is measured on.
const MEASURES: &[&str] = &[
    "crates/http",
    "crates/engine",
    "projections/",
    "crates/projection",
    "crates/codec",
    "crates/domain",
    "crates/store",
    "crates/store-sqlite",
    "crates/store-postgres",
    "crates/postgres",
    "crates/testkit",
];

/// What tests may use besides.
const DEV: &[&str] = &[
    "crates/testkit",
    "crates/store-conformance",
    "crates/store",
    "crates/store-sqlite",
    "crates/store-postgres",
    "crates/postgres",
];

/// Crates that must stay plain functions, and what would end that.
const PURE: &[(&str, &[&str])] = &[
    (
        "crates/domain",
        &[
            "tokio",
            "futures",
            "async-trait",
            "sqlx",
            "axum",
            "getrandom",
            "rand",
            "tracing",
        ],
    ),
    (
        "crates/store",
        &[
            "sqlx",
            "axum",
            "getrandom",
            "rand",
            "chrono",
            "serde",
            "serde_json",
        ],
    ),
    (
        "projections/",
        &["tokio", "sqlx", "axum", "getrandom", "rand"],
    ),
];

/// Dependencies between the crates point one way.
pub(super) fn edges(tree: &Tree) -> Vec<Offence> {
    offences(tree, |package, dependency| {
        let to = tree
            .packages
            .iter()
            .find(|to| dependency.member && to.name == dependency.name)?;
        let allowed = rule(&package.folder)?;
        let own_tests = to.folder == package.folder
            || among(DEV, &to.folder)
            || package.folder == "crates/xtask";
        let tests_and_chores = dependency.dev && own_tests;
        if among(allowed, &to.folder) || tests_and_chores {
            return None;
        }
        let may = if allowed.is_empty() {
            "nothing of the workspace".to_owned()
        } else {
            allowed.join(", ")
        };
        let what = format!("{} must not use {}", package.name, to.name);
        Some((
            what,
            format!(
                "it may use {may}; move the code to where both may see it, or pass the value in"
            ),
        ))
    })
}

/// Rules and rows are plain functions: their crates name nothing that waits, stores or draws.
pub(super) fn purity(tree: &Tree) -> Vec<Offence> {
    offences(tree, |package, dependency| {
        let (_, banned) = PURE
            .iter()
            .find(|(folder, _)| among(&[folder], &package.folder))?;
        if dependency.dev || !banned.contains(&dependency.name.as_str()) {
            return None;
        }
        let what = format!("{} must stay without {}", package.name, dependency.name);
        Some((
            what,
            "its `//!` says what it must never do; do it in a crate above".to_owned(),
        ))
    })
}

fn offences(
    tree: &Tree,
    check: impl Fn(&Package, &Dependency) -> Option<(String, String)>,
) -> Vec<Offence> {
    let mut offences = Vec::new();
    for package in &tree.packages {
        for dependency in &package.dependencies {
            if let Some((what, remedy)) = check(package, dependency) {
                let manifest = format!("{}/Cargo.toml", package.folder);
                let line = line(tree, &manifest, &dependency.name);
                offences.push(Offence::new(&manifest, line, what, remedy));
            }
        }
    }
    offences
}

fn line(tree: &Tree, manifest: &str, dependency: &str) -> usize {
    let text = tree.files.get(manifest).map_or("", String::as_str);
    (1..)
        .zip(text.lines())
        .find(|(_, text)| text.starts_with(dependency))
        .map_or(1, |(line, _)| line)
}

/// The rule of a folder: its own, or that of its kind. A folder without one is new.
fn rule(folder: &str) -> Option<&'static [&'static str]> {
    let exact = EDGES.iter().find(|(known, _)| *known == folder);
    let rule = exact.or_else(|| {
        EDGES
            .iter()
            .find(|(known, _)| is_kind(known) && folder.starts_with(known))
    });
    Some(rule.map_or(&[] as &[&str], |(_, allowed)| allowed))
}

fn among(folders: &[&str], folder: &str) -> bool {
    folders
        .iter()
        .any(|known| *known == folder || (known.ends_with('/') && folder.starts_with(known)))
}

fn is_kind(known: &str) -> bool {
    known.ends_with(['/', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        Tree::of(&[(
            "crates/domain/Cargo.toml",
            "[dependencies]\nserde = 1\ndocket-store = 1\ntokio = 1\n",
        )])
        .with("docket-domain", "crates/domain", &[("serde", false)])
        .with("docket-store", "crates/store", &[])
        .with(
            "docket-store-sqlite",
            "crates/store-sqlite",
            &[("docket-store", false)],
        )
        .with(
            "docket-testkit",
            "crates/testkit",
            &[("docket-domain", false)],
        )
        .with(
            "docket-worklist",
            "projections/worklist",
            &[("docket-domain", false)],
        )
    }

    fn found(tree: &Tree) -> Vec<String> {
        edges(tree)
            .into_iter()
            .map(|offence| format!("{}:{} {}", offence.file, offence.line, offence.what))
            .collect()
    }

    #[test]
    fn the_edges_of_the_design_are_fine() {
        assert_eq!(found(&tree()), Vec::<String>::new());
    }

    #[test]
    fn the_domain_uses_nothing_of_the_workspace() {
        let mut tree = tree();
        tree.packages[0].dependencies.push(Dependency {
            name: "docket-store".into(),
            dev: false,
            member: true,
        });
        assert_eq!(
            found(&tree),
            ["crates/domain/Cargo.toml:3 docket-domain must not use docket-store"]
        );
    }

    #[test]
    fn a_read_model_does_not_know_the_store() {
        let tree = tree().with(
            "docket-record",
            "projections/record",
            &[("docket-store", false)],
        );
        assert_eq!(
            found(&tree),
            ["projections/record/Cargo.toml:1 docket-record must not use docket-store"]
        );
    }

    #[test]
    fn the_testkit_is_for_tests_only() {
        let tree = tree()
            .with(
                "docket-engine",
                "crates/engine",
                &[("docket-testkit", true)],
            )
            .with("docket-http", "crates/http", &[("docket-testkit", false)]);
        assert_eq!(
            found(&tree),
            ["crates/http/Cargo.toml:1 docket-http must not use docket-testkit"]
        );
    }

    #[test]
    fn a_folder_without_a_rule_may_use_nothing() {
        let tree = tree().with("docket-mail", "crates/mail", &[("docket-domain", false)]);
        assert_eq!(found(&tree).len(), 1);
    }

    #[test]
    fn the_domain_must_not_wait() {
        let mut tree = tree();
        assert_eq!(purity(&tree), []);
        tree.packages[0].dependencies.push(Dependency {
            name: "tokio".into(),
            dev: false,
            member: false,
        });
        let found = purity(&tree);
        assert_eq!((found.len(), found[0].line), (1, 4));
    }
}
