use crate::{CommitteeId, DeclarationId, PersonId, SettingId, UnitId};
use std::fmt;
use uuid::Uuid;

macro_rules! categories {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $personal:literal;)+) => {
        /// What a stream is about; the first half of its name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Category { $($(#[$doc])* $variant,)+ }

        impl Category {
            /// Every category.
            pub const ALL: &'static [Category] = &[$(Category::$variant),+];
            /// The frozen name.
            pub const fn code(self) -> &'static str {
                match self { $(Category::$variant => $code,)+ }
            }
            /// Reads a frozen name.
            pub fn parse(code: &str) -> Option<Self> {
                match code { $($code => Some(Category::$variant),)+ _ => None }
            }
            /// Whether its events may hold personal data, so that each stream has a key.
            pub const fn holds_personal_data(self) -> bool {
                match self { $(Category::$variant => $personal,)+ }
            }
        }
    };
}

categories! {
    /// The log itself: `LogCreated`, `LevelRaised`.
    Log = "log", false;
    /// One declaration.
    Declaration = "declaration", true;
    /// A unit's profile, readiness, 签收 toggle and contacts.
    Unit = "unit", true;
    /// A unit's legal user, operators and menus.
    Staff = "staff", true;
    /// One account.
    Person = "person", true;
    /// A review committee and its plan.
    Committee = "committee", false;
    /// 认定申报设置 of one unit for one kind.
    Setting = "setting", true;
    /// The holiday calendar.
    Calendar = "calendar", false;
    /// The table of series and titles.
    Catalogue = "catalogue", false;
    /// Published workflow definitions, one stream per kind.
    Workflow = "workflow", false;
    /// Claim, taken for good: a declaration number.
    Number = "number", false;
    /// Claim, taken for good: one setting per unit and kind (A49).
    SettingOf = "setting-of", false;
    /// Claim, taken for good: an identity (HMAC of an ID document, account or mobile).
    Identity = "identity", false;
    /// Claim, taken and given back: a person's live declaration to one target and title (A46).
    Live = "live", false;
    /// Claim, counted: terminations of a person at a target in one year (§13A.7).
    YearLock = "year-lock", false;
}

impl Category {
    /// Whether a stream of it is a claim: most that a decision asks for were never taken.
    pub const fn is_claim(self) -> bool {
        matches!(
            self,
            Self::Number | Self::SettingOf | Self::Identity | Self::Live | Self::YearLock
        )
    }
}

/// The name of a stream as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stream {
    /// What it is about.
    pub category: Category,
    /// Which one; readable.
    pub id: String,
}

impl Stream {
    /// Any stream.
    pub fn new(category: Category, id: impl fmt::Display) -> Self {
        Self {
            category,
            id: id.to_string(),
        }
    }

    /// The stream of a declaration.
    pub fn declaration(id: DeclarationId) -> Self {
        Self::new(Category::Declaration, id)
    }

    /// The stream of a unit's profile.
    pub fn unit(id: UnitId) -> Self {
        Self::new(Category::Unit, id)
    }

    /// The stream of a unit's people.
    pub fn staff(id: UnitId) -> Self {
        Self::new(Category::Staff, id)
    }

    /// The stream of an account.
    pub fn person(id: PersonId) -> Self {
        Self::new(Category::Person, id)
    }

    /// The stream of a committee.
    pub fn committee(id: CommitteeId) -> Self {
        Self::new(Category::Committee, id)
    }

    /// The stream of a recognition setting.
    pub fn setting(id: SettingId) -> Self {
        Self::new(Category::Setting, id)
    }

    /// The log's own.
    pub fn log(id: Uuid) -> Self {
        Self::new(Category::Log, id)
    }

    /// The one holiday calendar of the jurisdiction.
    pub fn calendar() -> Self {
        Self::new(Category::Calendar, "holidays")
    }

    /// The one title table of the jurisdiction.
    pub fn catalogue() -> Self {
        Self::new(Category::Catalogue, "titles")
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.category.code(), self.id)
    }
}
