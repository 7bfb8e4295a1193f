use super::{Offence, Tree};

const CHORES: &[&str] = &["test", "tidy", "regen", "drill"];
const CARGO: &[&str] = &[
    "bench", "build", "check", "clippy", "doc", "fmt", "install", "test",
];

/// What a page tells a reader to type is there: verbs of `docket`, of `cargo xtask`, packages.
pub(super) fn commands(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (page, text) in tree.pages() {
        for (line, typed) in typed(text) {
            if let Some(what) = unknown(tree, &typed) {
                offences.push(Offence::new(
                    page,
                    line,
                    what,
                    "name a command that is there",
                ));
            }
        }
    }
    offences
}

fn unknown(tree: &Tree, typed: &str) -> Option<String> {
    let words: Vec<&str> = typed
        .split_whitespace()
        .skip_while(|word| is_setting(word))
        .collect();
    let (program, words) = words.split_first()?;
    match *program {
        "docket" => unknown_verb(tree, words),
        "cargo" => unknown_cargo(tree, words),
        _ => None,
    }
}

fn unknown_cargo(tree: &Tree, words: &[&str]) -> Option<String> {
    let (verb, rest) = words.split_first()?;
    let package = rest
        .iter()
        .position(|word| matches!(*word, "-p" | "--package"))
        .and_then(|at| rest.get(at + 1));
    if let Some(package) =
        package.filter(|package| !tree.packages.iter().any(|known| known.name == **package))
    {
        return Some(format!("there is no package `{package}`"));
    }
    match *verb {
        "xtask" => {
            let chore = rest.first().copied().unwrap_or_default();
            (!CHORES.contains(&chore)).then(|| format!("there is no `cargo xtask {chore}`"))
        }
        "run" => {
            let behind = rest
                .iter()
                .position(|word| *word == "--")
                .map(|at| &rest[at + 1..]);
            behind
                .filter(|_| package.is_none())
                .and_then(|words| unknown_verb(tree, words))
        }
        verb => (!CARGO.contains(&verb)).then(|| format!("`cargo {verb}` does not come with Rust")),
    }
}

/// Each verb of `docket` is a file of its name in the command line's crate.
fn unknown_verb(tree: &Tree, words: &[&str]) -> Option<String> {
    let verb = words.iter().find(|word| !word.starts_with('-'))?;
    let file = format!("crates/cli/src/commands/{}", verb.replace('-', "_"));
    let known = *verb == "help" || tree.holds(&file) || tree.holds(&format!("{file}.rs"));
    (!known).then(|| format!("there is no `docket {verb}`"))
}

/// `NAME=value` in front of a command.
fn is_setting(word: &str) -> bool {
    let name = word.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_ascii_uppercase() || letter == '_')
}

/// Lines of fenced blocks, without a prompt; blocks of other languages than a shell's do not count.
fn typed(text: &str) -> Vec<(usize, String)> {
    let mut block: Option<bool> = None;
    let mut lines = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let trimmed = text.trim();
        if let Some(language) = trimmed.strip_prefix("```") {
            block = if block.is_some() {
                None
            } else {
                Some(matches!(language, "" | "sh" | "bash" | "console"))
            };
        } else if block == Some(true) {
            lines.push((line, trimmed.trim_start_matches("$ ").to_owned()));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_is_not_there_is_named_with_its_line() {
        let page = "```sh\ncargo run --release -- demo --once\ncargo run -- dance\ncargo xtask test\ncargo xtask dance\n\
                    $ DOCKET_DATABASE_URL=sqlite:x docket serve\ndocket log head\ndocket dance\ncargo dance\n\
                    cargo test -p docket-dance\n```\n\n```json\ndocket dance\n```\n";
        let tree = Tree::of(&[
            ("README.md", page),
            ("crates/cli/src/commands/demo.rs", ""),
            ("crates/cli/src/commands/serve.rs", ""),
            ("crates/cli/src/commands/log/head.rs", ""),
        ]);
        let found: Vec<_> = commands(&tree)
            .into_iter()
            .map(|offence| offence.line)
            .collect();
        assert_eq!(found, [3, 5, 8, 9, 10]);
    }
}
