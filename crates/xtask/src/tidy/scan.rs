//! Just enough of Rust's grammar to tell code from comments and to find functions and test modules.

/// A source in two layers of the same lines: what the compiler reads, without the content of
/// literals, and what only people read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Layers {
    pub(super) code: String,
    pub(super) comments: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Comment,
    Literal,
}

impl Layers {
    pub(super) fn of(source: &str) -> Self {
        let mut layers = Layers::default();
        let mut rest = source;
        while !rest.is_empty() {
            let (length, part) = token(rest, layers.code.chars().next_back());
            let (taken, after) = rest.split_at(length);
            layers.push(taken, part);
            rest = after;
        }
        layers
    }

    fn push(&mut self, text: &str, part: Part) {
        for letter in text.chars() {
            let blank = if letter == '\n' { '\n' } else { ' ' };
            self.code
                .push(if part == Part::Code { letter } else { blank });
            self.comments
                .push(if part == Part::Comment { letter } else { blank });
        }
    }
}

/// The length in bytes of what stands at the front, and what it is.
fn token(rest: &str, before: Option<char>) -> (usize, Part) {
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), Part::Comment);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), Part::Comment);
    }
    if !before.is_some_and(is_word)
        && let Some(length) = raw_string(rest)
    {
        return (length, Part::Literal);
    }
    if rest.starts_with('"') {
        return (quoted(rest, '"'), Part::Literal);
    }
    if rest.starts_with('\'') && is_character(rest) {
        return (quoted(rest, '\''), Part::Literal);
    }
    (
        rest.chars().next().map_or(rest.len(), char::len_utf8),
        Part::Code,
    )
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let (mut at, mut depth) = (2, 1);
    while depth > 0 && at < rest.len() {
        let here = &rest.as_bytes()[at..];
        let step = if here.starts_with(b"/*") {
            depth += 1;
            2
        } else if here.starts_with(b"*/") {
            depth -= 1;
            2
        } else {
            1
        };
        at += step;
    }
    at.min(rest.len())
}

/// `r"…"`, `r#"…"#` and their kin of bytes and C strings.
fn raw_string(rest: &str) -> Option<usize> {
    let letters = if rest.starts_with("br") || rest.starts_with("cr") {
        2
    } else {
        1
    };
    let hashes = rest
        .get(letters..)?
        .bytes()
        .take_while(|byte| *byte == b'#')
        .count();
    let opened = letters + hashes + 1;
    if rest.as_bytes().get(letters - 1) != Some(&b'r')
        || rest.as_bytes().get(opened - 1) != Some(&b'"')
    {
        return None;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    Some(
        rest[opened..]
            .find(&end)
            .map_or(rest.len(), |at| opened + at + end.len()),
    )
}

/// Up to the closing quote, over escapes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Whether a single quote begins a character and not the name of a lifetime.
fn is_character(rest: &str) -> bool {
    let mut letters = rest.chars().skip(1);
    match letters.next() {
        Some('\\') => true,
        Some(_) => letters.next() == Some('\''),
        None => false,
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    /// Its first line, from 1.
    pub(super) line: usize,
    /// From the line of its name to the line of its last brace.
    pub(super) lines: usize,
}

/// The functions of a layer of code, nested ones too.
pub(super) fn functions(code: &str) -> Vec<Function> {
    word_places(code, "fn")
        .filter_map(|at| function(code, at))
        .collect()
}

fn function(code: &str, at: usize) -> Option<Function> {
    let behind = &code[at + 2..];
    let name: String = behind
        .trim_start()
        .chars()
        .take_while(|letter| is_word(*letter) || *letter == '$')
        .collect();
    if name.is_empty() {
        return None; // the type of a function
    }
    let to = block_end(code, at)?;
    let lines = newlines(&code[at..to]) + 1;
    Some(Function {
        name,
        line: newlines(&code[..at]) + 1,
        lines,
    })
}

/// Just behind the first block in braces that begins behind `at`, unless a `;` outside of brackets
/// ends the item before.
fn block_end(code: &str, at: usize) -> Option<usize> {
    let mut brackets = 0_usize;
    for (offset, letter) in code[at..].char_indices() {
        match letter {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets = brackets.saturating_sub(1),
            ';' if brackets == 0 => return None,
            '{' if brackets == 0 => return Some(closing(code, at + offset)),
            _ => {}
        }
    }
    None
}

/// Just behind the brace that closes the one at `open`.
fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, letter) in code[open..].char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 1 => return open + offset + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// Lines, from 1, of modules that only tests are built with.
pub(super) fn test_lines(code: &str) -> Vec<std::ops::RangeInclusive<usize>> {
    const GATE: &str = "#[cfg(test)]";
    let gated = code.match_indices(GATE).filter_map(|(at, _)| {
        let to = block_end(code, at + GATE.len())?;
        Some(newlines(&code[..at]) + 1..=newlines(&code[..to]) + 1)
    });
    gated.collect()
}

/// Where a word stands by itself.
pub(super) fn word_places<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> {
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(move |at| {
            let before = text[..*at].chars().next_back();
            let behind = text[at + word.len()..].chars().next();
            !before.is_some_and(is_word) && !behind.is_some_and(is_word)
        })
}

/// The line, from 1, of a place in a text.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    newlines(&text[..at]) + 1
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn code(source: &str) -> String {
        let layers = Layers::of(source);
        assert_eq!(layers.code.lines().count(), source.lines().count());
        layers.code.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn literals_and_comments_are_no_code() {
        assert_eq!(code("let a = \"fn {\"; // }\nb"), "let a = ; b");
        assert_eq!(
            code("x(r#\"a \" {\"#, br\"\\\", c\"{\", b'{', '\\'', '{')"),
            "x( , , c , b , , )"
        );
        assert_eq!(code("/* { /* } */ fn */ y"), "y");
        assert_eq!(code("\"a \\\" {\" z \"\\\\\" z"), "z z");
    }

    #[test]
    fn lifetimes_and_raw_names_are_code() {
        assert_eq!(
            code("fn a<'a>(b: &'a str) { r#type }"),
            "fn a<'a>(b: &'a str) { r#type }"
        );
        assert_eq!(
            code("'outer: loop { break 'outer }"),
            "'outer: loop { break 'outer }"
        );
    }

    #[test]
    fn comments_keep_their_lines() {
        let layers = Layers::of("a // one\n\"// no\" /* two\nthree */ b");
        assert_eq!(
            layers.comments.lines().map(str::trim).collect::<Vec<_>>(),
            ["// one", "/* two", "three */"]
        );
    }

    #[test]
    fn functions_are_found_with_their_lines() {
        let source = "trait T { fn none(&self, a: [u8; 2]); }\n\nfn one(f: fn(u8) -> u8) -> [u8; 3] {\n    if x { y }\n}\nfn two() {}";
        let found = functions(&Layers::of(source).code);
        let expected = [("one", 3, 3), ("two", 6, 1)];
        let expected = expected.map(|(name, line, lines)| Function {
            name: name.to_owned(),
            line,
            lines,
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn a_brace_in_a_literal_does_not_end_a_function() {
        let found = functions(&Layers::of("fn a() {\n    '}';\n    \"}\";\n}").code);
        assert_eq!(found.first().unwrap().lines, 4);
    }

    #[test]
    fn test_modules_are_found_and_a_declared_one_has_no_lines() {
        let source =
            "#[cfg(test)]\nmod other;\nfn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
        assert_eq!(test_lines(source), [4..=7]);
    }
}
