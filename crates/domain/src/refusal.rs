//! Refusals and warnings: values with frozen codes.

use serde::Serialize;

macro_rules! refusal_codes {
    ($($variant:ident = $code:literal, $status:literal, $title:literal;)+) => {
        /// Why a command was refused (§13A.8). Frozen codes; titles are what a clerk reads.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        pub enum Code { $(#[doc = $title] #[serde(rename = $code)] $variant,)+ }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$variant),+];
            /// The frozen code.
            pub const fn code(self) -> &'static str {
                match self { $(Code::$variant => $code,)+ }
            }
            /// Reads a frozen code.
            pub fn parse(code: &str) -> Option<Self> {
                match code { $($code => Some(Code::$variant),)+ _ => None }
            }
            /// The sentence people read.
            pub const fn title(self) -> &'static str {
                match self { $(Code::$variant => $title,)+ }
            }
            /// The HTTP status it is answered with.
            pub const fn status(self) -> u16 {
                match self { $(Code::$variant => $status,)+ }
            }
        }
    };
}

refusal_codes! {
    WrongState = "WRONG_STATE", 409, "当前状态不允许该操作，请刷新后重试";
    NotHandler = "NOT_HANDLER", 403, "您不是该申报书的办理人，仅可查看";
    NoPermission = "NO_PERMISSION", 403, "您没有该功能权限";
    UnitMismatch = "UNIT_MISMATCH", 404, "该申报书不在本单位办理";
    DeadlinePassed = "DEADLINE_PASSED", 409, "已超过审核截止时间";
    SubmitDeadlinePassed = "SUBMIT_DEADLINE_PASSED", 409, "已超过申请书提交截止时间";
    SuperiorSigned = "SUPERIOR_SIGNED", 409, "上级单位已签收，无法撤回报送";
    ReasonRequired = "REASON_REQUIRED", 422, "请填写原因";
    ReasonTooLong = "REASON_TOO_LONG", 422, "原因不超过300字";
    OpinionRequired = "OPINION_REQUIRED", 422, "请填写推荐意见";
    OpinionTooLong = "OPINION_TOO_LONG", 422, "推荐意见不超过200字";
    PublicityRequired = "PUBLICITY_REQUIRED", 422, "请填写公示时间";
    PublicityTooShort = "PUBLICITY_TOO_SHORT", 422, "公示时间不少于5个工作日";
    PublicityTooEarly = "PUBLICITY_TOO_EARLY", 422, "公示开始时间不得早于审核通过日期";
    PublicityRangeInvalid = "PUBLICITY_RANGE_INVALID", 422, "公示结束时间早于开始时间";
    PublicityNotFinished = "PUBLICITY_NOT_FINISHED", 409, "公示尚未结束";
    CalendarMissing = "CALENDAR_MISSING", 409, "缺少该年度节假日数据，请联系管理员";
    TargetNotReady = "TARGET_NOT_READY", 409, "上级单位尚未完善单位信息";
    TargetInChain = "TARGET_IN_CHAIN", 409, "该单位已在办理链中，不能重复报送";
    ReturnTargetInvalid = "RETURN_TARGET_INVALID", 409, "退回节点无效";
    YearLocked = "YEAR_LOCKED", 409, "本年度已被终止申报，不能再次选择该评审委员会/受理单位";
    AlreadyHandler = "ALREADY_HANDLER", 409, "您已是办理人";
    ConflictOfInterest = "CONFLICT_OF_INTEREST", 403, "不得办理本人的申报书";
    SettingDisabled = "SETTING_DISABLED", 409, "该受理单位未启用此项申报";
    TitleLevelTooHigh = "TITLE_LEVEL_TOO_HIGH", 409, "申报职称层级超出初定范围";
    SettingExists = "SETTING_EXISTS", 409, "该类申报设置已存在";
    StaleVersion = "STALE_VERSION", 412, "数据已被他人更新，请刷新";
    NotFound = "NOT_FOUND", 404, "申报书不存在";
    FieldRequired = "FIELD_REQUIRED", 422, "必填项";
    FieldTooLong = "FIELD_TOO_LONG", 422, "超过字数限制";
    FieldInvalid = "FIELD_INVALID", 422, "填写内容不正确";
    PledgeRequired = "PLEDGE_REQUIRED", 422, "请阅读并勾选诚信承诺书";
    SectionLocked = "SECTION_LOCKED", 409, "请先填写并保存基本信息";
    Incomplete = "INCOMPLETE", 422, "申报材料不完整";
    DuplicateLive = "DUPLICATE_LIVE", 409, "已有同一评审委员会/受理单位、同一职称的申报正在办理";
    NumberTaken = "NUMBER_TAKEN", 409, "申报编号已存在，请重试";
    AlreadyExists = "ALREADY_EXISTS", 409, "该记录已存在";
}

/// One thing missing or wrong in a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Section code; empty where the form has no sections.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub section: String,
    /// Field code; `*` for the section as a whole.
    pub field: String,
    /// What a clerk reads.
    pub title: String,
}

/// A command refused: a value, compared in specs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", .code.code(), .code.title())]
pub struct Refusal {
    /// Why.
    pub code: Code,
    /// The field concerned, as the request names it.
    pub field: Option<String>,
    /// A sentence with more to it than the code's title, without personal data.
    pub detail: Option<String>,
    /// All that is missing or wrong, for [`Code::Incomplete`] and section saves.
    pub errors: Vec<Problem>,
}

impl Refusal {
    /// A refusal of a field.
    pub fn of_field(code: Code, field: &str) -> Self {
        Self {
            field: Some(field.to_owned()),
            ..code.into()
        }
    }

    /// Adds a sentence.
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self {
            code,
            field: None,
            detail: None,
            errors: Vec::new(),
        }
    }
}

/// Something to tell the user that refuses nothing (§13A.8, A11, A15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Warning {
    /// The planned publicity ends too late to report in time.
    PublicityCannotFinish,
    /// The earliest end lies in a year whose holidays were not loaded (A78).
    PublicityCannotBeCounted,
    /// After this return no time is left to resubmit.
    CannotBeResubmitted,
    /// After this no time is left to report again.
    CannotBeReportedAgain,
}

impl Warning {
    /// Every warning.
    pub const ALL: [Warning; 4] = [
        Warning::PublicityCannotFinish,
        Warning::PublicityCannotBeCounted,
        Warning::CannotBeResubmitted,
        Warning::CannotBeReportedAgain,
    ];

    /// Reads a frozen code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|warning| warning.code() == code)
    }

    /// The frozen code.
    pub const fn code(self) -> &'static str {
        match self {
            Warning::PublicityCannotFinish => "PUBLICITY_CANNOT_FINISH",
            Warning::PublicityCannotBeCounted => "PUBLICITY_CANNOT_BE_COUNTED",
            Warning::CannotBeResubmitted => "CANNOT_BE_RESUBMITTED",
            Warning::CannotBeReportedAgain => "CANNOT_BE_REPORTED_AGAIN",
        }
    }

    /// The sentence people read.
    pub const fn title(self) -> &'static str {
        match self {
            Warning::PublicityCannotFinish => "公示无法在审核截止时间前结束",
            Warning::PublicityCannotBeCounted => "缺少节假日数据，无法计算公示时间",
            Warning::CannotBeResubmitted => "退回后已无法在审核截止时间前再次提交",
            Warning::CannotBeReportedAgain => "已无法在审核截止时间前再次报送",
        }
    }
}
