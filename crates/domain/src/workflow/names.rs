use std::fmt;

use serde::{Serialize, Serializer};

use super::problems::Problems;
use crate::kind::Kind;
use crate::vocabulary::{Action, Outcome, Status, StepState, StepType, Tab};

/// A closed set of names that a definition may use.
pub(super) trait Named: Copy + 'static {
    /// What one of them is called in a message.
    const WHAT: &'static str;
    /// Every member.
    fn all() -> &'static [Self];
    /// The name of one.
    fn name(self) -> &'static str;
}

macro_rules! named {
    ($($type:ty = $what:literal),+ $(,)?) => {$(
        impl Named for $type {
            const WHAT: &'static str = $what;
            fn all() -> &'static [Self] {
                &<$type>::ALL[..]
            }
            fn name(self) -> &'static str {
                self.code()
            }
        }
    )+};
}

macro_rules! closed_set {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in the files.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }
    };
}

closed_set! {
    /// A guard. The order here is the order in which refusals answer (13A.8): a transition's
    /// guards are sorted by it.
    Guard {
        /// The actor is the declaration's applicant: NOT_FOUND.
        Owner = "owner",
        /// Gp: member of the step's unit with the kind's menu: NO_PERMISSION.
        Menu = "menu",
        /// The actor is not the person who applies: CONFLICT_OF_INTEREST.
        NotApplicant = "not_applicant",
        /// Gh: the actor is the handler: NOT_HANDLER.
        Handler = "handler",
        /// The actor is the handler or the unit's legal user (A25): NOT_HANDLER.
        HandlerOrLegalUser = "handler_or_legal_user",
        /// The actor is not yet the handler: ALREADY_HANDLER.
        NotHandler = "not_handler",
        /// Gn: nobody above has taken up the report: SUPERIOR_SIGNED.
        UnsignedAbove = "unsigned_above",
        /// Gd: the step has no deadline, or now is before it: DEADLINE_PASSED.
        Deadline = "deadline",
        /// Now is before 申请书提交截止时间: SUBMIT_DEADLINE_PASSED.
        SubmitDeadline = "submit_deadline",
        /// The committee or setting takes declarations: SETTING_DISABLED.
        SettingEnabled = "setting_enabled",
        /// Gl: no termination locks the choice this year: YEAR_LOCKED.
        YearLock = "year_lock",
        /// No other live declaration to the same end: DUPLICATE_LIVE.
        NoDuplicate = "no_duplicate",
        /// The work unit has completed its profile: TARGET_NOT_READY.
        WorkUnitReady = "work_unit_ready",
        /// 基本信息 comes first: SECTION_LOCKED.
        BasicSaved = "basic_saved",
        /// Every required field and attachment is there: INCOMPLETE.
        Complete = "complete",
        /// Gr: a reason of 1 to 300 characters: REASON_*.
        Reason = "reason",
        /// The dialog's other fields: OPINION_*, FIELD_*.
        Fields = "fields",
        /// Gpub: PUBLICITY_*, CALENDAR_MISSING.
        Publicity = "publicity",
        /// Gt: TARGET_*.
        Target = "target",
        /// A7: 申报人, or a unit below on the live path: RETURN_TARGET_INVALID.
        ReturnTarget = "return_target",
    }
}

closed_set! {
    /// What a transition does beside changing the state of its step or declaration.
    Effect {
        /// The draft's key is destroyed with it.
        EraseDraft = "erase_draft",
        /// The work unit's step is made.
        OpenWorkUnit = "open_work_unit",
        /// The work unit's step is reopened, its handler kept (A4).
        ReopenWorkUnit = "reopen_work_unit",
        /// The actor becomes the handler.
        TakeOver = "take_over",
        /// The day of 审核通过并公示 is kept for A8.
        BeginPublicity = "begin_publicity",
        /// The target's step is made or reopened.
        OpenNextStep = "open_next_step",
        /// The step made by the last report vanishes.
        RemoveNextStep = "remove_next_step",
        /// The applicant or a unit below has the declaration; every step above it is 已退回.
        HandBack = "hand_back",
        /// Every step of the declaration moves along.
        CloseAllSteps = "close_all_steps",
        /// The choice is locked for the calendar year (13A.7).
        LockYear = "lock_year",
    }
}

closed_set! {
    /// A deadline of a committee's plan.
    DeadlineCode {
        /// 申请书提交截止时间
        Submit = "submit",
        /// 审核截止时间 of the work unit.
        WorkUnit = "work_unit",
        /// 审核截止时间 of superiors.
        Superior = "superior",
        /// 审核截止时间 of the committee's office.
        Committee = "committee",
    }
}

closed_set! {
    /// What a field holds.
    FieldType {
        /// One line of text.
        Text = "text",
        /// Text of several lines.
        LongText = "long_text",
        /// A date, `yyyy-mm-dd`.
        Day = "day",
        /// Two dates, `{start, end}`.
        DayRange = "day_range",
        /// 是 or 否.
        Flag = "flag",
        /// A whole number, not negative.
        Number = "number",
        /// A mobile number.
        Mobile = "mobile",
        /// An e-mail address.
        Email = "email",
        /// 证件类型, by code or label.
        IdType = "id_type",
        /// 证件号码, of the type beside it.
        IdNumber = "id_number",
        /// `male` or `female`; 男 and 女 are read too.
        Sex = "sex",
        /// A unit's id.
        Unit = "unit",
        /// `applicant` or a unit's id.
        ReturnTarget = "return_target",
    }
}

closed_set! {
    /// How a section's body is built.
    Shape {
        /// Named fields: 基本信息.
        Fields = "fields",
        /// `{"rows": [{…}, …]}`.
        Rows = "rows",
        /// `{"text": "…"}`.
        Text = "text",
        /// 附件要求; what is required stands in the plan or setting.
        Attachments = "attachments",
    }
}

named! {
    StepType = "step type",
    StepState = "state",
    Tab = "tab",
    Action = "action",
    Status = "status",
    Outcome = "outcome",
    Kind = "kind",
    Guard = "guard",
    Effect = "effect",
    DeadlineCode = "deadline",
    FieldType = "field type",
    Shape = "shape",
}

/// Reads a name of a closed set; an unknown one is a problem that suggests the nearest.
pub(super) fn read<T: Named>(path: &str, text: &str, problems: &mut Problems) -> Option<T> {
    let found = T::all()
        .iter()
        .copied()
        .find(|member| member.name() == text);
    if found.is_none() {
        problems.add(
            path,
            unknown(T::WHAT, text, T::all().iter().map(|member| member.name())),
        );
    }
    found
}

/// Reads a list of names.
pub(super) fn read_all<T: Named>(path: &str, texts: &[String], problems: &mut Problems) -> Vec<T> {
    texts
        .iter()
        .enumerate()
        .filter_map(|(index, text)| read(&format!("{path}[{index}]"), text, problems))
        .collect()
}

/// The message for a name that is not in its set.
fn unknown<'a>(what: &str, text: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    let nearest = names.clone().min_by_key(|name| distance(text, name));
    match nearest.filter(|name| distance(text, name) <= text.chars().count().max(3) / 2) {
        Some(name) => format!("unknown {what} `{text}`, did you mean `{name}`?"),
        None => format!(
            "unknown {what} `{text}`, known: {}",
            names.collect::<Vec<_>>().join(", ")
        ),
    }
}

/// Levenshtein's distance: insertions, deletions and changes between two words.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let change = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn message<T: Named>(text: &str) -> String {
        let mut problems = Problems::default();
        assert!(read::<T>("here", text, &mut problems).is_none());
        problems.into_result(()).unwrap_err().to_string()
    }

    #[test]
    fn an_unknown_name_suggests_the_nearest() {
        assert_eq!(
            message::<Guard>("handlr"),
            "here: unknown guard `handlr`, did you mean `handler`?"
        );
        assert_eq!(
            message::<StepState>("to_revue"),
            "here: unknown state `to_revue`, did you mean `to_review`?"
        );
    }

    #[test]
    fn a_name_unlike_any_lists_all() {
        assert_eq!(
            message::<Kind>("xyz"),
            "here: unknown kind `xyz`, known: review, initial, confirmation"
        );
    }

    #[test]
    fn distance_counts_single_changes() {
        for (left, right, count) in [("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3)] {
            assert_eq!(distance(left, right), count);
            assert_eq!(distance(right, left), count);
        }
    }
}
