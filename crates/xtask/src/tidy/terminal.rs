use super::scan::{Layers, line_of, word_places};
use super::{Offence, Tree};

/// Where the command line may write to a terminal: what it says, a script for a shell, diagnostics.
const WRITERS: &[&str] = &[
    "crates/cli/src/output.rs",
    "crates/cli/src/commands/completions.rs",
    "crates/cli/src/lib.rs",
];
const HANDLES: &[&str] = &["stdout", "stderr"];

/// What an operator's terminal gets goes through one place, which makes stored text printable.
pub(super) fn one_writer(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (file, source) in tree.sources() {
        if !file.starts_with("crates/cli/src/") || WRITERS.contains(&file) {
            continue;
        }
        let layers = Layers::of(source);
        for handle in HANDLES {
            offences.extend(word_places(&layers.code, handle).map(|at| {
                Offence::new(
                    file,
                    line_of(&layers.code, at),
                    "the terminal is written to past `Output`",
                    "say it through `Output`, which shows control characters as escapes",
                )
            }));
        }
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_named() {
        let verb = "// stdout is for data\nfn tell() {\n    io::stderr().write_all(b\"x\");\n}\n";
        let tree = Tree::of(&[
            ("crates/cli/src/commands/log.rs", verb),
            ("crates/cli/src/output.rs", verb),
            ("crates/cli/tests/cli/main.rs", verb),
        ]);
        let found: Vec<_> = one_writer(&tree)
            .into_iter()
            .map(|offence| (offence.file, offence.line))
            .collect();
        assert_eq!(found, [("crates/cli/src/commands/log.rs".to_owned(), 3)]);
    }
}
