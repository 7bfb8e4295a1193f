//! The standing texts that people read before they act, as data (forms.md §9).
//!
//! A version's text never changes: a new wording is a new file and a new version. The pledge and
//! the notices that stood when a draft was made are named in its first event, by version and hash.
//!
//! # Adding a version
//! A file in fixtures/texts, the number and the file in [`StandingText`]'s constant, and the hash
//! in the test below. The older files stay: declarations name them.

use crate::Kind;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Which text was in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextRef {
    /// Version of the text.
    pub version: u32,
    /// SHA-256 of the text, hex.
    pub hash: String,
}

/// The texts an applicant accepts with a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedTexts {
    /// 诚信承诺书
    pub pledge: TextRef,
    /// 隐私告知
    pub notice: TextRef,
    /// 敏感个人信息告知, for 初定.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensitive_notice: Option<TextRef>,
}

impl AcceptedTexts {
    /// Those in force for a kind.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        Self {
            pledge: PLEDGE.reference(),
            notice: NOTICE.reference(),
            sensitive_notice: (kind == Kind::Initial).then(|| SENSITIVE_NOTICE.reference()),
        }
    }
}

/// One text in its newest version. What stands in 〔〕 is filled in where it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandingText {
    /// The frozen code.
    pub code: &'static str,
    /// The newest version.
    pub version: u32,
    /// Its text.
    pub text: &'static str,
}

impl StandingText {
    /// The version with the text's hash.
    #[must_use]
    pub fn reference(&self) -> TextRef {
        TextRef {
            version: self.version,
            hash: hex::encode(Sha256::digest(self.text.as_bytes())),
        }
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $version:literal;)+) => {
        $(
            $(#[$doc])*
            pub const $name: StandingText = StandingText {
                code: $code,
                version: $version,
                text: include_str!(concat!(
                    "../../../fixtures/texts/", $code, ".v", $version, ".txt"
                )),
            };
        )+

        /// Every text, in its newest version.
        pub const ALL: &[StandingText] = &[$($name),+];
    };
}

texts! {
    /// 重庆市职称申报诚信承诺书
    PLEDGE = "pledge", 1;
    /// 隐私告知 at the start of a draft.
    NOTICE = "notice", 1;
    /// 敏感个人信息告知 of 初定.
    SENSITIVE_NOTICE = "sensitive_notice", 1;
    /// 填写说明 of 单位基础信息.
    PROFILE_NOTES = "profile_notes", 1;
    /// How a unit chooses its 主管部门.
    SUPERVISOR_CHOICE = "supervisor_choice", 1;
    /// 申报须知 of a new setting.
    SETTING_NOTICE = "setting_notice", 1;
    /// 公示公告, the head of the publicity sheet.
    PUBLICITY_ANNOUNCEMENT = "publicity_announcement", 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text that is named in the log is the one that was read: its hash is fixed here, so that a
    /// change of the file is noticed and becomes a version of its own.
    #[test]
    fn no_version_of_a_text_changes() {
        let known = [
            (
                "pledge",
                1,
                "aecc2f4b285a0e8355fec0d1ddfab90a6fd20a720f39d215ea3c2a7ddc8b384c",
            ),
            (
                "notice",
                1,
                "41db12f797c96729c3a80a331965f12ced9299fc95f54f72b78cfc3b7091b5c3",
            ),
            (
                "sensitive_notice",
                1,
                "e2ca974b2dcde4dfc6e0954ed2f758c693026f4a4c3bd3a0ae6a912012ee0a5c",
            ),
            (
                "profile_notes",
                1,
                "08ea5c298e28147d1b26e59af37877a133bdeb64b9fdbfdb6dc545e1350cf1d6",
            ),
            (
                "supervisor_choice",
                1,
                "c33f847c2a96f6a3bb90e13801e26d27f023a6f19b5d302b012e32da3a665045",
            ),
            (
                "setting_notice",
                1,
                "2e18eea2a36f84e1ec208912d8fbc2a700d5b6a94135867678600bfb51db4211",
            ),
            (
                "publicity_announcement",
                1,
                "452712f4c0b680ee2b1faab0742451fd71e3b9357ad35281c65cc8ca726d3d72",
            ),
        ];
        let found: Vec<(&str, u32, String)> = ALL
            .iter()
            .map(|text| (text.code, text.version, text.reference().hash))
            .collect();
        let known: Vec<(&str, u32, String)> = known
            .into_iter()
            .map(|(code, version, hash): (&str, u32, &str)| (code, version, hash.to_owned()))
            .collect();
        assert_eq!(found, known);
    }

    #[test]
    fn texts_are_clean_and_within_the_limits_of_their_fields() {
        for text in ALL {
            assert_eq!(format!("{}\n", crate::text::clean(text.text)), text.text);
        }
        assert!(crate::text::count(SETTING_NOTICE.text) <= 1000);
    }

    #[test]
    fn initial_recognition_alone_has_the_notice_on_sensitive_data() {
        for kind in Kind::ALL {
            let texts = AcceptedTexts::of(kind);
            assert_eq!(texts.pledge, PLEDGE.reference());
            assert_eq!(texts.notice, NOTICE.reference());
            assert_eq!(texts.sensitive_notice.is_some(), kind == Kind::Initial);
        }
    }
}
