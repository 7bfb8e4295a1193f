use super::scan::{Layers, line_of, word_places};
use super::{Offence, Tree};

/// Macros that stand for work not done; written apart, so that this file may name them.
const UNFINISHED_CODE: &[&str] = &["todo", "unimplemented", "dbg"];
const UNFINISHED_NOTES: &[&str] = &["TODO", "FIXME", "XXX"];

const NOTES_STAND_IN: &[&str] = &[".md", ".toml", ".sql", ".sh", ".yml", ".html"];

/// Nothing is left for later in code, comments or pages.
pub(super) fn unfinished(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (file, source) in tree.sources() {
        let layers = Layers::of(source);
        for word in UNFINISHED_CODE {
            let called = format!("{word}!");
            let places = word_places(&layers.code, word)
                .filter(|at| layers.code[*at..].starts_with(&called));
            offences.extend(places.map(|at| offence(file, line_of(&layers.code, at), &called)));
        }
        offences.extend(notes(file, &layers.comments));
    }
    let texts = tree
        .files
        .iter()
        .filter(|(file, _)| NOTES_STAND_IN.iter().any(|ending| file.ends_with(ending)));
    offences.extend(texts.flat_map(|(file, text)| notes(file, text)));
    offences
}

fn notes<'a>(file: &'a str, text: &'a str) -> impl Iterator<Item = Offence> {
    UNFINISHED_NOTES.iter().flat_map(move |word| {
        word_places(text, word).map(move |at| offence(file, line_of(text, at), word))
    })
}

fn offence(file: &str, line: usize, word: &str) -> Offence {
    Offence::new(
        file,
        line,
        format!("`{word}`"),
        "finish it, or open an issue and say here what holds today",
    )
}

/// Every crate begins by saying what it is and what it must never do.
pub(super) fn crate_docs(tree: &Tree) -> Vec<Offence> {
    let offences = tree.packages.iter().filter_map(|package| {
        let library = format!("{}/src/lib.rs", package.folder);
        let program = format!("{}/src/main.rs", package.folder);
        let file = if tree.files.contains_key(&library) {
            library
        } else {
            program
        };
        let docs: String = tree
            .files
            .get(&file)?
            .lines()
            .filter_map(|line| line.strip_prefix("//!"))
            .collect();
        let remedy = "begin it with `//!`: what it is, what it must never do, how to add one";
        (!docs.contains("must never"))
            .then(|| Offence::new(&file, 1, "it does not say what it must never do", remedy))
    });
    offences.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_for_later_is_named_with_its_line() {
        let code = format!(
            "fn a() {{\n    {}!()\n}}\n// {} later\nlet mastodon = \"{}\";",
            "todo", "TODO", "FIXME"
        );
        let page = format!("# Page\n\n{}: write\n", "FIXME");
        let tree = Tree::of(&[("crates/a/src/lib.rs", &code), ("docs/a.md", &page)]);
        let found: Vec<_> = unfinished(&tree)
            .into_iter()
            .map(|offence| (offence.file, offence.line))
            .collect();
        let lib = "crates/a/src/lib.rs".to_owned();
        assert_eq!(
            found,
            [(lib.clone(), 2), (lib, 4), ("docs/a.md".to_owned(), 3)]
        );
    }

    #[test]
    fn a_crate_must_say_what_it_must_never_do() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "//! A thing.\n"),
            (
                "crates/b/src/lib.rs",
                "//! A thing.\n//!\n//! What it must never do: wait.\n",
            ),
            ("crates/c/src/main.rs", "fn main() {}\n"),
        ]);
        let tree = tree
            .with("a", "crates/a", &[])
            .with("b", "crates/b", &[])
            .with("c", "crates/c", &[]);
        let found: Vec<_> = crate_docs(&tree)
            .into_iter()
            .map(|offence| offence.file)
            .collect();
        assert_eq!(found, ["crates/a/src/lib.rs", "crates/c/src/main.rs"]);
    }
}
