use super::{Offence, Tree};

/// A level of the log that no release may know.
const NEXT_LEVEL: &str = "next-level";

/// A feature for tests is named where it is declared and where a target asks for it, in no manifest,
/// script or setting else: nothing that ships can turn it on. The test that does is a `.rs` file.
pub(super) fn never_shipped(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (path, text) in &tree.files {
        if path.ends_with(".rs") || path.ends_with(".md") {
            continue;
        }
        for (line, text) in (1..).zip(text.lines()) {
            if text.contains(NEXT_LEVEL) && !declares(path, text) {
                offences.push(Offence::new(
                    path,
                    line,
                    format!("the feature `{NEXT_LEVEL}` is turned on"),
                    "it is for the test that deploys a new version; released logs must never see its level",
                ));
            }
        }
    }
    offences
}

fn declares(path: &str, line: &str) -> bool {
    let line = line.trim();
    path.ends_with("Cargo.toml")
        && (line.starts_with("next-level = [") || line == r#"required-features = ["next-level"]"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_or_script_that_turns_the_level_of_tests_on_is_named() {
        let fine = "[features]\nnext-level = [\"docket-codec/next-level\"]\n\n\
                    [[bin]]\nrequired-features = [\"next-level\"]\n";
        assert_eq!(
            never_shipped(&Tree::of(&[
                ("crates/cli/Cargo.toml", fine),
                ("crates/cli/tests/deploy/nodes.rs", "next-level"),
            ])),
            []
        );
        let tree = Tree::of(&[
            (
                ".ci/release",
                "cargo build --release\n  --features next-level",
            ),
            (
                "crates/cli/Cargo.toml",
                "[features]\ndefault = [\"next-level\"]",
            ),
            (
                "crates/http/Cargo.toml",
                "docket-codec = { workspace = true, features = [\"next-level\"] }",
            ),
        ]);
        let found: Vec<_> = never_shipped(&tree)
            .into_iter()
            .map(|offence| (offence.file, offence.line))
            .collect();
        let named = |file: &str, line| (file.to_owned(), line);
        assert_eq!(
            found,
            [
                named(".ci/release", 2),
                named("crates/cli/Cargo.toml", 2),
                named("crates/http/Cargo.toml", 1)
            ]
        );
    }
}
