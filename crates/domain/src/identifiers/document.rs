use std::fmt;

use super::{IdNumber, IdNumberProblem, Sex};
use crate::mask;
use crate::text;
use crate::time::Day;
use crate::vocabulary::DocumentType;

/// Why a text is no number of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentProblem {
    /// What is wrong with a number that is checked as an ID number.
    #[error(transparent)]
    IdNumber(#[from] IdNumberProblem),
    /// A number that another type of document has.
    #[error("证件号码与证件类型不符")]
    OtherType,
    /// Not the letters and digits that the type has.
    #[error("{0}")]
    Shape(&'static str),
}

/// 证件: what a person is identified by, a document's type and its number (A65).
///
/// The number is normalised: blanks at the ends are gone, letters are capital. So one document has
/// one text, and one human who registers with it has one account.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Document {
    id_type: DocumentType,
    number: String,
}

impl Document {
    /// Checks a number by the rule of its document's type, the age that it tells too.
    ///
    /// # Errors
    /// The first [`DocumentProblem`].
    pub fn parse(id_type: DocumentType, text: &str, today: Day) -> Result<Self, DocumentProblem> {
        Self::read(id_type, text, |number| IdNumber::parse(number, today))
    }

    /// The same without the question of age, which an accepted number may have outgrown.
    ///
    /// # Errors
    /// The first [`DocumentProblem`].
    pub fn parse_accepted(id_type: DocumentType, text: &str) -> Result<Self, DocumentProblem> {
        Self::read(id_type, text, IdNumber::parse_accepted)
    }

    fn read(
        id_type: DocumentType,
        text: &str,
        id_number: impl Fn(&str) -> Result<IdNumber, IdNumberProblem>,
    ) -> Result<Self, DocumentProblem> {
        let number = text::clean(text).to_ascii_uppercase();
        match id_type {
            DocumentType::ResidentId => {
                id_number(&number)?;
                // These begin no resident's number; the document would be registered twice.
                if is_residence_permit(&number) || number.starts_with('9') {
                    return Err(DocumentProblem::OtherType);
                }
            }
            DocumentType::HmtResidencePermit => {
                id_number(&number)?;
                if !is_residence_permit(&number) {
                    return Err(DocumentProblem::OtherType);
                }
            }
            DocumentType::HkMacaoPermit if !is_hk_macao_permit(&number) => {
                return Err(DocumentProblem::Shape("通行证号码应为H或M加8位数字"));
            }
            DocumentType::TaiwanPermit if !is_digits(&number, 8) => {
                return Err(DocumentProblem::Shape("通行证号码应为8位数字"));
            }
            DocumentType::Passport if !is_passport(&number) => {
                return Err(DocumentProblem::Shape("护照号码应为5至20位字母和数字"));
            }
            DocumentType::ForeignPermanentResident if !is_permanent_resident(&number) => {
                let shape = "永久居留身份证号码应为3位字母加12位数字，或18位数字";
                return Err(DocumentProblem::Shape(shape));
            }
            _ => {}
        }
        Ok(Self { id_type, number })
    }

    /// 证件类型
    #[must_use]
    pub fn id_type(&self) -> DocumentType {
        self.id_type
    }

    /// 证件号码, normalised.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Sex and birth date, where the number tells them.
    #[must_use]
    pub fn told(&self) -> Option<(Sex, Day)> {
        if !self.id_type.tells_sex_and_birth_date() {
            return None;
        }
        let number = IdNumber::parse_accepted(&self.number).ok()?;
        Some((number.sex(), number.birth_date()))
    }

    /// What the claim on the identity is keyed by: the type and the number.
    #[must_use]
    pub fn to_claim(&self) -> String {
        format!("{} {}", self.id_type, self.number)
    }
}

/// 港澳台居民居住证: an ID number with a place of its own in front.
fn is_residence_permit(number: &str) -> bool {
    ["81", "82", "83"]
        .iter()
        .any(|place| number.starts_with(place))
}

fn is_hk_macao_permit(number: &str) -> bool {
    number
        .strip_prefix(['H', 'M'])
        .is_some_and(|digits| is_digits(digits, 8))
}

fn is_passport(number: &str) -> bool {
    (5..=20).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_permanent_resident(number: &str) -> bool {
    let older = number.split_at_checked(3).is_some_and(|(country, digits)| {
        country.bytes().all(|byte| byte.is_ascii_uppercase()) && is_digits(digits, 12)
    });
    older || is_digits(number, 18)
}

fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let masked = mask::id_number(&self.number);
        write!(f, "Document({}, {masked})", self.id_type)
    }
}

#[cfg(test)]
mod tests;
