//! Help.

use crate::process::{run, stdout};

/// Every verb's path, read from the help itself.
pub fn verbs(path: &[String]) -> Vec<Vec<String>> {
    let help = help(path);
    let commands = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    let names: Vec<String> = commands
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .filter(|name| name != "help")
        .collect();
    let mut all = Vec::new();
    for name in names {
        let below: Vec<String> = path.iter().cloned().chain([name]).collect();
        all.push(below.clone());
        all.extend(verbs(&below));
    }
    all
}

fn help(path: &[String]) -> String {
    let args: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
    let output = run(&args);
    assert!(output.status.success());
    stdout(&output)
}

#[test]
fn the_help_of_every_verb_has_an_example() {
    let verbs = verbs(&[]);
    assert!(verbs.len() >= 20, "{verbs:?}");
    for path in &verbs {
        let help = help(path);
        let line = format!("docket {}", path.join(" "));
        let examples = help
            .split_once("Examples:")
            .map(|(_, examples)| examples)
            .unwrap_or_default();
        assert!(
            examples.contains(&line),
            "`{line} --help` shows no example of it:\n{help}"
        );
        assert!(help.contains("--json"), "{line}");
    }
}

#[test]
fn a_wrong_argument_is_a_usage_error() {
    assert_eq!(run(&["replay"]).status.code(), Some(2));
    assert_eq!(run(&["workflow", "show", "nothing"]).status.code(), Some(2));
    assert_eq!(
        run(&["log", "head", "--database-url", "mysql:somewhere"])
            .status
            .code(),
        Some(2)
    );
}
