use docket_domain::DeclarationId;
use docket_domain::time::Instant;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Where a page ended: the key of its last row. It holds across generations, since any of them has
/// the row at the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) submitted_at: Instant,
    pub(crate) declaration: DeclarationId,
}

/// The text is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no cursor of the worklist")]
pub struct NoCursor;

/// Opaque to clients: 16 hexadecimal digits of time and 32 of the id.
impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:016x}{}",
            self.submitted_at.micros(),
            self.declaration.0.simple()
        )
    }
}

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        if text.len() != 48 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NoCursor);
        }
        let (time, id) = text.split_at(16);
        let micros = u64::from_str_radix(time, 16).map_err(|_| NoCursor)?;
        let id = Uuid::try_parse(id).map_err(|_| NoCursor)?;
        Ok(Cursor {
            submitted_at: Instant::from_micros(micros.cast_signed()),
            declaration: DeclarationId(id),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_cursor_survives_its_text() {
        for micros in [0, 1, -5, 1_772_413_200_000_000] {
            let cursor = Cursor {
                submitted_at: Instant::from_micros(micros),
                declaration: DeclarationId(Uuid::from_u128(7)),
            };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in [
            "",
            "x",
            "00",
            &"g".repeat(48),
            &"0".repeat(49),
            &"é".repeat(24),
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(NoCursor), "{text}");
        }
    }
}
