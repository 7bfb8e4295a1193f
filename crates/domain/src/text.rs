//! Free text as people type it: cleaned, counted and limited (domain.md §0).

/// What is wrong with a free text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextProblem {
    /// Required, and nothing but blanks.
    #[error("必填项")]
    Missing,
    /// More characters than allowed.
    #[error("超过字数限制：{actual}/{max}")]
    TooLong {
        /// The limit, in characters.
        max: usize,
        /// What was given, in characters.
        actual: usize,
    },
    /// Holds U+0000, which no screen shows and PostgreSQL refuses.
    #[error("含有不允许的控制字符")]
    Control,
}

/// The text as it is kept: CRLF becomes LF, then blanks at both ends go, U+3000 too.
#[must_use]
pub fn clean(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

/// How many characters a counter shows: code points of the cleaned text, Chinese and Latin alike.
#[must_use]
pub fn count(text: &str) -> usize {
    clean(text).chars().count()
}

/// Whether the text holds U+0000.
#[must_use]
pub fn has_nul(text: &str) -> bool {
    text.contains('\0')
}

/// Cleans a text and holds it to its limit; an optional text may be empty.
///
/// # Errors
/// [`TextProblem::Control`], then [`TextProblem::Missing`], then [`TextProblem::TooLong`].
pub fn check(text: &str, max: usize, required: bool) -> Result<String, TextProblem> {
    if has_nul(text) {
        return Err(TextProblem::Control);
    }
    let cleaned = clean(text);
    if required && cleaned.is_empty() {
        return Err(TextProblem::Missing);
    }
    let actual = cleaned.chars().count();
    if actual > max {
        return Err(TextProblem::TooLong { max, actual });
    }
    Ok(cleaned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manuals_counters_are_reproduced() {
        assert_eq!(count("XXX单位2025年第一季度确认职称证书发放"), 22);
        assert_eq!(count("2342142314"), 10);
        assert_eq!(count("张三"), 2);
    }

    #[test]
    fn a_line_break_counts_once_and_blanks_at_the_ends_not_at_all() {
        assert_eq!(clean("\u{3000} 甲\r\n乙 \u{a0}\t\r\n"), "甲\n乙");
        assert_eq!(count("\u{3000}甲\r\n乙\u{3000}"), 3);
    }

    #[test]
    fn emoji_and_rare_characters_count_as_code_points() {
        assert_eq!(count("😀𠮷a"), 3);
        assert_eq!(count("e\u{301}"), 2);
    }

    #[test]
    fn a_limit_holds_at_its_edge_for_every_script() {
        for c in ["字", "a", "😀"] {
            assert_eq!(check(&c.repeat(300), 300, true), Ok(c.repeat(300)));
            let problem = TextProblem::TooLong {
                max: 300,
                actual: 301,
            };
            assert_eq!(check(&c.repeat(301), 300, true), Err(problem));
        }
        assert_eq!(
            check(&format!("\u{3000}{}  ", "字".repeat(300)), 300, true),
            Ok("字".repeat(300))
        );
    }

    #[test]
    fn blanks_alone_are_missing_only_where_the_text_is_required() {
        for blank in ["", "  ", "\u{3000}\r\n\t"] {
            assert_eq!(check(blank, 300, true), Err(TextProblem::Missing));
            assert_eq!(check(blank, 300, false), Ok(String::new()));
        }
    }

    #[test]
    fn u_0000_is_refused_wherever_it_stands() {
        assert_eq!(check("甲\0乙", 300, false), Err(TextProblem::Control));
        assert_eq!(check("\0", 300, true), Err(TextProblem::Control));
        assert!(has_nul("\0") && !has_nul("0"));
    }
}
