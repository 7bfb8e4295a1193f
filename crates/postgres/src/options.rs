//! The settings that a URL or `PGOPTIONS` hands to the server: `-c name=value` or `--name=value`,
//! separated by spaces, a backslash before a space that is meant.

use crate::session::OWN;
use crate::url::Unreadable;

/// Reads them; `what` says where they were found.
pub(crate) fn parse(text: &str, what: &str) -> Result<Vec<(String, String)>, Unreadable> {
    let mut words = words(text).into_iter();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        let setting = match word.as_str() {
            "-c" => words.next().unwrap_or_default(),
            word => match word.strip_prefix("--").or(word.strip_prefix("-c")) {
                Some(setting) => setting.to_owned(),
                None => String::new(),
            },
        };
        let (name, value) = setting.split_once('=').ok_or_else(|| {
            Unreadable::new(format!("{what} is written `-c name=value -c name=value`"))
        })?;
        let name = name.replace('-', "_").to_ascii_lowercase();
        if let Some(own) = OWN.iter().find(|own| **own == name) {
            return Err(Unreadable::new(format!(
                "{what} may not set {own}: Docket sets it for each of its sessions"
            )));
        }
        found.push((name, value.to_owned()));
    }
    Ok(found)
}

/// For a driver that wants one text.
pub(crate) fn write<'a>(settings: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::new();
    for (name, value) in settings {
        let value = value.replace('\\', "\\\\").replace(' ', "\\ ");
        let space = if text.is_empty() { "" } else { " " };
        text.push_str(&format!("{space}-c {name}={value}"));
    }
    text
}

fn words(text: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => word.extend(letters.next()),
            letter if letter.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            letter => word.push(letter),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn settings_are_read_as_the_server_reads_them() {
        let read = parse(r"-c a=1 --b-c=2\ 3  -cd=4", "options").unwrap();
        let wanted = [("a", "1"), ("b_c", "2 3"), ("d", "4")];
        let wanted = wanted.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read, wanted);
        let pairs = wanted.iter().map(|(a, b)| (a.as_str(), b.as_str()));
        let written = write(pairs);
        assert_eq!(parse(&written, "options").unwrap(), wanted);
        assert_eq!(parse("", "options").unwrap(), []);
    }

    #[test]
    fn what_docket_sets_itself_is_refused_and_nothing_that_was_written_is_quoted() {
        for (text, told) in [
            ("-c statement_timeout=5", "may not set statement_timeout"),
            ("--Search-Path=geheim", "may not set search_path"),
            ("-c geheim", "is written"),
            ("geheim=1", "is written"),
            ("-c", "is written"),
        ] {
            let refused = parse(text, "options").unwrap_err().to_string();
            assert!(refused.contains(told), "{refused}");
            assert!(!refused.contains("geheim"), "{refused}");
        }
    }
}
