//! Stored text on an operator's terminal. A name or an opinion is whatever somebody typed: what would
//! move the cursor, colour or hide text, begin a line or turn its direction is shown as an escape.

use std::borrow::Cow;
use std::fmt::Write;

/// Text that a terminal shows as it is, in one line.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match acts(character) {
            true => shown.extend(character.escape_default()),
            false => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

/// JSON that a terminal shows as it is. Such characters stand within strings alone, where JSON has
/// escapes of its own; line breaks between values stay.
pub fn printable_json(json: &str) -> Cow<'_, str> {
    let acts = |character: char| character != '\n' && acts(character);
    if !json.chars().any(acts) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 8);
    for character in json.chars() {
        match acts(character) {
            // All of them lie in the basic plane.
            true => _ = write!(shown, "\\u{:04x}", u32::from(character)),
            false => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

/// Whether a terminal does something else with a character than show it: controls (C0, DEL, C1), line
/// and paragraph separators, marks and controls of direction.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'
                | '\u{2029}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_shown_as_an_escape() {
        for (stored, shown) in [
            ("张三", "张三"),
            ("\u{1b}[2J张三", "\\u{1b}[2J张三"),
            ("a\r\n#9 审核通过", "a\\r\\n#9 审核通过"),
            ("\u{202e}txt.exe", "\\u{202e}txt.exe"),
            (
                "\u{2066}x\u{2069}\u{9b}31m",
                "\\u{2066}x\\u{2069}\\u{9b}31m",
            ),
            ("tab\tdel\u{7f}", "tab\\tdel\\u{7f}"),
            ("a\u{2028}b", "a\\u{2028}b"),
        ] {
            assert_eq!(printable(stored), shown);
            assert_eq!(printable(shown), shown, "once is enough");
        }
    }

    #[test]
    fn json_stays_json_of_the_same_meaning() {
        let value = serde_json::json!({ "name": "\u{1b}[31m\u{202e}张三\u{9b}\u{7f}\n" });
        let written = serde_json::to_string_pretty(&value).expect("it is JSON");
        let shown = printable_json(&written);
        assert!(!shown.chars().any(|at| at != '\n' && acts(at)), "{shown}");
        let read: serde_json::Value = serde_json::from_str(&shown).expect("it is JSON");
        assert_eq!(read, value);
    }
}
