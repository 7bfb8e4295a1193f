use serde::{Deserialize, Serialize};
use std::fmt;

/// The kind of a declaration, fixed at its creation (A60).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 评审: decided by a review committee.
    Review,
    /// 初定: initial recognition, decided by an accepting unit.
    Initial,
    /// 确认: confirmation of a title earned elsewhere, decided by an accepting unit.
    Confirmation,
}

impl Kind {
    /// All kinds, in the order of the screens.
    pub const ALL: [Kind; 3] = [Kind::Review, Kind::Initial, Kind::Confirmation];

    /// The frozen code.
    pub const fn code(self) -> &'static str {
        match self {
            Kind::Review => "review",
            Kind::Initial => "initial",
            Kind::Confirmation => "confirmation",
        }
    }

    /// The label people read.
    pub const fn label(self) -> &'static str {
        match self {
            Kind::Review => "评审",
            Kind::Initial => "初定",
            Kind::Confirmation => "确认",
        }
    }

    /// Reads a code.
    pub fn parse(code: &str) -> Option<Kind> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The menu that lets an operator act on this kind (§2, authority rule 1b).
    pub const fn menu(self) -> crate::vocabulary::Menu {
        use crate::vocabulary::Menu;
        match self {
            Kind::Review => Menu::ReviewAudit,
            Kind::Initial => Menu::InitialAudit,
            Kind::Confirmation => Menu::ConfirmationAudit,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
