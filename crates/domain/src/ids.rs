use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// A declaration (申报书).
    DeclarationId,
    /// A registered unit.
    UnitId,
    /// An account: a natural person, or the legal account of one unit.
    PersonId,
    /// A review committee (评审委员会).
    CommitteeId,
    /// A recognition setting (认定申报设置) of an accepting unit.
    SettingId,
    /// An attachment requirement of a committee's plan or a setting.
    RequirementId,
}
