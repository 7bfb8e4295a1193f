use serde::{Deserialize, Deserializer, Serialize, de};

use crate::text;

const LENGTH: usize = 18;
/// Digits and capitals without I, O, S, V and Z.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const MODULUS: usize = 31;
const WEIGHTS: [usize; 17] = [
    1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
];

/// Why a text is no unified social credit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CreditCodeProblem {
    /// Not 18 characters.
    #[error("统一社会信用代码应为18位")]
    Length,
    /// A character outside digits and capitals without I, O, S, V, Z.
    #[error("统一社会信用代码含有不允许的字符“{0}”")]
    Character(char),
    /// The region, characters 3 to 8, is not all digits.
    #[error("统一社会信用代码第3至8位应为数字")]
    Region,
    /// The last character does not fit the others.
    #[error("统一社会信用代码校验位不正确")]
    CheckCharacter,
}

/// 统一社会信用代码: the code of a unit by GB 32100-2015.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct CreditCode(String);

impl CreditCode {
    /// Trims, turns small letters into capitals and checks length, alphabet, region digits and
    /// check character.
    ///
    /// # Errors
    /// The first [`CreditCodeProblem`] in that order.
    pub fn parse(text: &str) -> Result<Self, CreditCodeProblem> {
        let code = text::clean(text).to_ascii_uppercase();
        if code.chars().count() != LENGTH {
            return Err(CreditCodeProblem::Length);
        }
        let values = code
            .chars()
            .map(|c| ALPHABET.find(c).ok_or(CreditCodeProblem::Character(c)))
            .collect::<Result<Vec<_>, _>>()?;
        if values[2..8].iter().any(|value| *value > 9) {
            return Err(CreditCodeProblem::Region);
        }
        (values[17] == check_value(&values[..17]))
            .then_some(Self(code))
            .ok_or(CreditCodeProblem::CheckCharacter)
    }

    /// The code, 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The outer remainder matters: where the sum is a multiple of 31, the check value is 0, not 31.
fn check_value(values: &[usize]) -> usize {
    let sum: usize = values
        .iter()
        .zip(WEIGHTS)
        .map(|(value, weight)| value * weight)
        .sum();
    (MODULUS - sum % MODULUS) % MODULUS
}

impl<'de> Deserialize<'de> for CreditCode {
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
    fn valid_codes_are_accepted_also_where_the_sum_leaves_no_remainder() {
        for code in [
            "91350100M000100Y43",
            "91500112MA5000001U",
            "91500112MA00000020",
        ] {
            assert_eq!(CreditCode::parse(code).unwrap().as_str(), code);
        }
    }

    #[test]
    fn the_weights_are_the_powers_of_three() {
        let mut power = 1;
        for weight in WEIGHTS {
            assert_eq!(weight, power);
            power = power * 3 % MODULUS;
        }
    }

    #[test]
    fn exactly_one_check_character_fits() {
        for body in [
            "91350100M000100Y4",
            "91500112MA5000001",
            "91500112MA0000002",
        ] {
            let fits = |c: &char| CreditCode::parse(&format!("{body}{c}")).is_ok();
            assert_eq!(ALPHABET.chars().filter(fits).count(), 1, "{body}");
        }
    }

    #[test]
    fn small_letters_and_blanks_are_normalised() {
        let code = CreditCode::parse(" 91350100m000100y43 ").unwrap();
        assert_eq!(code.as_str(), "91350100M000100Y43");
    }

    #[test]
    fn every_wrong_shape_has_its_own_problem() {
        for (text, problem) in [
            ("91350100M000100Y4", CreditCodeProblem::Length),
            ("91350100M000100I43", CreditCodeProblem::Character('I')),
            ("91350100M000100张43", CreditCodeProblem::Character('张')),
            ("91A50100M000100Y43", CreditCodeProblem::Region),
            ("91350100M000100Y44", CreditCodeProblem::CheckCharacter),
            ("91500112MA00000021", CreditCodeProblem::CheckCharacter),
        ] {
            assert_eq!(CreditCode::parse(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn a_code_survives_json_and_a_wrong_one_is_not_read() {
        let code = CreditCode::parse("91500112MA00000020").unwrap();
        let json = serde_json::to_string(&code).unwrap();
        assert_eq!(serde_json::from_str::<CreditCode>(&json).unwrap(), code);
        assert!(serde_json::from_str::<CreditCode>(r#""91500112MA00000021""#).is_err());
    }
}
