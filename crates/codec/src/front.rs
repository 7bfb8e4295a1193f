//! The first members of a stored object, without reading what stands behind them.

use serde::Deserialize;
use serde_json::Deserializer;

/// What is left of an object's text. Nothing is known of what is left: a reader that takes the first
/// members only does not notice that the rest is malformed.
pub(crate) struct Front<'a>(&'a [u8]);

impl<'a> Front<'a> {
    /// Before the first member.
    pub(crate) fn of(object: &'a [u8]) -> Self {
        Self(object)
    }

    /// The value of the next member, if it has this name, is a `T`, and its name is written as this
    /// crate writes it, without spaces. `T` is no number: where one ends cannot be told at the front.
    pub(crate) fn member<T: Deserialize<'a>>(&mut self, name: &str) -> Option<T> {
        let begun = self.0.strip_prefix(b"{").or(self.0.strip_prefix(b","))?;
        let value = begun
            .strip_prefix(b"\"")?
            .strip_prefix(name.as_bytes())?
            .strip_prefix(b"\":")?;
        let mut values = Deserializer::from_slice(value).into_iter();
        let read = values.next()?.ok()?;
        self.0 = value.get(values.byte_offset()..)?;
        Some(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    #[test]
    fn members_are_read_in_their_order_and_no_further() {
        let text = r#"{"at":"now","author":{"role":"a}\"b"},"then":broken"#;
        let mut front = Front::of(text.as_bytes());
        assert_eq!(front.member::<&str>("at"), Some("now"));
        let author = front.member::<&RawValue>("author").map(RawValue::get);
        assert_eq!(author, Some(r#"{"role":"a}\"b"}"#));
        assert_eq!(front.member::<&str>("then"), None);
    }

    #[test]
    fn another_name_another_type_and_another_text_are_no_member() {
        for text in [
            r#"{"by":"now"}"#,
            r#"{"at":1}"#,
            r#"{ "at":"now"}"#,
            "[]",
            "",
        ] {
            assert_eq!(
                Front::of(text.as_bytes()).member::<&str>("at"),
                None,
                "{text}"
            );
        }
    }
}
