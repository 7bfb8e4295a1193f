use super::scan::{Layers, functions as find_functions, test_lines};
use super::{Offence, Tree};

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 400;

/// No function is longer than a reader can hold in view; tests are functions too.
pub(super) fn functions(tree: &Tree) -> Vec<Offence> {
    let long = tree.sources().flat_map(|(file, source)| {
        let functions = find_functions(&Layers::of(source).code).into_iter();
        let long = functions.filter(|function| function.lines > FUNCTION_LINES_MAX);
        long.map(move |function| {
            let what = format!(
                "`{}` has {} lines, at most {FUNCTION_LINES_MAX}",
                function.name, function.lines
            );
            Offence::new(
                file,
                function.line,
                what,
                "take a part of it out into a function with a name of its own",
            )
        })
    });
    long.collect()
}

/// No file holds more code than one idea needs. Comments, empty lines and tests do not count.
pub(super) fn files(tree: &Tree) -> Vec<Offence> {
    let sources = tree.sources().filter(|(file, _)| !is_test(file));
    let long = sources.filter_map(|(file, source)| {
        let lines = code_lines(source);
        let what = format!("{lines} lines of code, at most {FILE_LINES_MAX}");
        (lines > FILE_LINES_MAX)
            .then(|| Offence::new(file, 1, what, "split it by what its parts are about"))
    });
    long.collect()
}

/// Tests, and the crates and modules that are there for tests alone.
const TESTS: &[&str] = &[
    "tests",
    "tests.rs",
    "testing",
    "testkit",
    "store-conformance",
];

fn is_test(file: &str) -> bool {
    file.split('/').any(|part| TESTS.contains(&part))
}

fn code_lines(source: &str) -> usize {
    let code = Layers::of(source).code;
    let tests = test_lines(&code);
    let counts = |line: usize, text: &str| {
        !text.trim().is_empty() && !tests.iter().any(|test| test.contains(&line))
    };
    (1..)
        .zip(code.lines())
        .filter(|(line, text)| counts(*line, text))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(lines: usize) -> String {
        format!("\nfn long() {{\n{}}}\n", "    x();\n".repeat(lines - 2))
    }

    #[test]
    fn a_function_of_71_lines_is_refused_where_it_begins() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", &function(71)),
            ("crates/a/src/b.rs", &function(70)),
        ]);
        let found = functions(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].file.as_str(), found[0].line),
            ("crates/a/src/lib.rs", 2)
        );
        assert!(
            found[0].what.contains("`long` has 71 lines"),
            "{}",
            found[0].what
        );
    }

    #[test]
    fn a_file_of_401_lines_of_code_is_refused() {
        let code = "let x = 1;\n".repeat(401);
        let tests = format!("let x = 1;\n// a comment\n\n#[cfg(test)]\nmod tests {{\n{code}}}\n");
        let tree = Tree::of(&[
            ("crates/a/src/long.rs", &code),
            ("crates/a/src/fine.rs", &tests),
            ("crates/a/tests/all.rs", &code),
            ("crates/a/src/long/tests.rs", &code),
        ]);
        let found: Vec<_> = files(&tree)
            .into_iter()
            .map(|offence| offence.file)
            .collect();
        assert_eq!(found, ["crates/a/src/long.rs"]);
    }
}
