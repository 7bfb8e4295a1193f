use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::mask;
use crate::text;

/// The text is no mobile number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("手机号应为1开头的11位数字")]
pub struct MobileProblem;

/// 手机号: `1`, a digit from 3 to 9, nine digits. Prefixes are not enumerated, they change.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Mobile(String);

impl Mobile {
    /// Trims and checks the pattern.
    ///
    /// # Errors
    /// [`MobileProblem`] when the text does not fit.
    pub fn parse(text: &str) -> Result<Self, MobileProblem> {
        let number = text::clean(text);
        let bytes = number.as_bytes();
        let fits = bytes.len() == 11
            && bytes.iter().all(u8::is_ascii_digit)
            && bytes[0] == b'1'
            && bytes[1] >= b'3';
        fits.then_some(Self(number)).ok_or(MobileProblem)
    }

    /// The number, 11 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mobile({})", mask::mobile(&self.0))
    }
}

impl<'de> Deserialize<'de> for Mobile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn eleven_digits_from_13_to_19_are_mobile_numbers() {
        for second in 3..=9 {
            assert!(Mobile::parse(&format!("1{second}000000000")).is_ok());
        }
        assert_eq!(
            Mobile::parse(" 13800000000\u{3000}").unwrap().as_str(),
            "13800000000"
        );
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "12000000000",
            "1380000000",
            "138000000000",
            "23800000000",
            "1380000000a",
            "+8613800000000",
            "138 0000 000",
            "１3800000000",
            "023-60000000",
        ] {
            assert_eq!(Mobile::parse(text), Err(MobileProblem), "{text}");
        }
    }

    #[test]
    fn debug_output_is_masked_and_json_is_whole() {
        let mobile = Mobile::parse("13800001234").unwrap();
        assert_eq!(format!("{mobile:?}"), "Mobile(138****1234)");
        let json = serde_json::to_string(&mobile).unwrap();
        assert_eq!(serde_json::from_str::<Mobile>(&json).unwrap(), mobile);
    }
}
