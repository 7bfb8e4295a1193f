use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::mask;
use crate::text;
use crate::time::Day;

const LENGTH: usize = 18;
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK: &[u8; 11] = b"10X98765432";
const AGE_MAX: i32 = 120;

/// 性别, as the 17th digit of the ID number says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

impl Sex {
    /// The frozen code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
        }
    }

    /// The label people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Male => "男",
            Self::Female => "女",
        }
    }

    /// Reads a code or a label.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Male, Self::Female]
            .into_iter()
            .find(|sex| text == sex.code() || text == sex.label())
    }
}

/// Why a text is no ID number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdNumberProblem {
    /// Not 18 characters.
    #[error("证件号码应为18位")]
    Length,
    /// Something else than 17 digits and a digit or X.
    #[error("证件号码只能由数字组成，末位可为X")]
    Characters,
    /// Digits 7 to 14 are no date.
    #[error("证件号码中的出生日期不存在")]
    BirthDate,
    /// Born after today, or more than 120 years ago.
    #[error("证件号码中的出生日期不合理")]
    Age,
    /// The last character does not fit the others.
    #[error("证件号码校验位不正确")]
    CheckDigit,
}

/// 身份证号码: a resident ID number by GB 11643-1999, 17 digits and a check digit.
///
/// The region code is never judged: codes get abolished and the numbers stay.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct IdNumber(String);

impl IdNumber {
    /// Trims, turns `x` into `X` and checks length, characters, date, age and check digit.
    ///
    /// # Errors
    /// The first [`IdNumberProblem`] in that order.
    pub fn parse(text: &str, today: Day) -> Result<Self, IdNumberProblem> {
        let number = Self::normalised(text)?;
        let birth_date = number.birth_date();
        if !is_plausible_birth(birth_date, today) {
            return Err(IdNumberProblem::Age);
        }
        number.checked()
    }

    /// Like [`Self::parse`], but without the question of age, which an accepted number may have
    /// outgrown.
    ///
    /// # Errors
    /// The first [`IdNumberProblem`].
    pub fn parse_accepted(text: &str) -> Result<Self, IdNumberProblem> {
        Self::normalised(text)?.checked()
    }

    fn normalised(text: &str) -> Result<Self, IdNumberProblem> {
        let number = text::clean(text).replace('x', "X");
        if number.chars().count() != LENGTH {
            return Err(IdNumberProblem::Length);
        }
        let (digits, check) = number
            .split_at_checked(17)
            .ok_or(IdNumberProblem::Characters)?;
        let digits_only = digits.bytes().all(|b| b.is_ascii_digit());
        if !digits_only || !CHECK.contains(&check.as_bytes()[0]) {
            return Err(IdNumberProblem::Characters);
        }
        birth_date(&number).ok_or(IdNumberProblem::BirthDate)?;
        Ok(Self(number))
    }

    fn checked(self) -> Result<Self, IdNumberProblem> {
        let (digits, check) = self.0.as_bytes().split_at(17);
        let sum: u32 = digits
            .iter()
            .zip(WEIGHTS)
            .map(|(b, w)| u32::from(b - b'0') * w)
            .sum();
        (check[0] == CHECK[(sum % 11) as usize])
            .then_some(self)
            .ok_or(IdNumberProblem::CheckDigit)
    }

    /// The number, 18 characters, with a capital X.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The date in digits 7 to 14.
    #[must_use]
    pub fn birth_date(&self) -> Day {
        birth_date(&self.0).expect("checked when the number was read")
    }

    /// Odd 17th digit 男, even 女.
    #[must_use]
    pub fn sex(&self) -> Sex {
        if self.0.as_bytes()[16] % 2 == 1 {
            Sex::Male
        } else {
            Sex::Female
        }
    }
}

fn birth_date(number: &str) -> Option<Day> {
    let part = |start, end| number.get(start..end)?.parse::<u32>().ok();
    let year = i32::try_from(part(6, 10)?).ok()?;
    Day::from_ymd(year, part(10, 12)?, part(12, 14)?)
}

/// Whether somebody born on a day may apply: not born after today, and not older than 120 years.
#[must_use]
pub fn is_plausible_birth(birth_date: Day, today: Day) -> bool {
    birth_date <= today && age_on(birth_date, today) <= AGE_MAX
}

/// Full years of life on a day.
fn age_on(birth_date: Day, day: Day) -> i32 {
    let month_and_day = |d: Day| (d.month(), d.day_of_month());
    let before_birthday = month_and_day(day) < month_and_day(birth_date);
    day.year() - birth_date.year() - i32::from(before_birthday)
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdNumber({})", mask::id_number(&self.0))
    }
}

impl<'de> Deserialize<'de> for IdNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_accepted(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
