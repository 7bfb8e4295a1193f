use docket_domain::{CommitteeId, DeclarationId, PersonId, SettingId, UnitId};
use uuid::Uuid;

/// A small generator of numbers, the same for the same seed.
pub struct Dice(u64);

impl Dice {
    /// Dice that fall the same way every time.
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides.max(1)
    }
}

/// Who and what the histories are about.
pub struct Cast;

impl Cast {
    /// A unit.
    pub fn unit(n: u64) -> UnitId {
        UnitId(Uuid::from_u128(0x1000 + u128::from(n)))
    }

    /// An account.
    pub fn person(n: u64) -> PersonId {
        PersonId(Uuid::from_u128(0x2000 + u128::from(n)))
    }

    /// A declaration.
    pub fn declaration(n: u64) -> DeclarationId {
        DeclarationId(Uuid::from_u128(0x3000 + u128::from(n)))
    }

    /// A committee.
    pub fn committee(n: u64) -> CommitteeId {
        CommitteeId(Uuid::from_u128(0x4000 + u128::from(n)))
    }

    /// A recognition setting.
    pub fn setting(n: u64) -> SettingId {
        SettingId(Uuid::from_u128(0x5000 + u128::from(n)))
    }

    /// What an account is called.
    pub fn name(person: PersonId) -> String {
        const NAMES: [&str; 8] = [
            "张静怡",
            "李明",
            "王芳",
            "赵铁柱",
            "欧阳明月",
            "陈晨",
            "周游",
            "吴越",
        ];
        NAMES[(person.0.as_u128() % 8) as usize].to_owned()
    }
}
