//! The closed sets of the model, with their frozen codes. Labels stand in the workflow files.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $code)] $variant,)+
        }
        impl $name {
            /// Every value, in the order of the screens.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// The frozen wire name.
            pub const fn code(self) -> &'static str {
                match self { $($name::$variant => $code,)+ }
            }
            /// Reads a wire name.
            pub fn parse(code: &str) -> Option<Self> {
                match code { $($code => Some($name::$variant),)+ _ => None }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }
    };
}

codes! {
    /// What a step is to its declaration: the role belongs to the step, not to the unit (§2).
    StepType {
        /// 工作单位: the employer, first step, the only one with publicity.
        WorkUnit = "work_unit",
        /// 上级单位 / 主管部门: any number of them.
        Superior = "superior",
        /// 受理单位: last step of 初定 and 确认.
        AcceptingUnit = "accepting_unit",
        /// 评审委员会: last step of 评审.
        Committee = "committee",
    }
}

codes! {
    /// The state of one step (§13A.1).
    StepState {
        /// 待签收
        ToSign = "to_sign",
        /// 待审核
        ToReview = "to_review",
        /// 公示中
        Publicizing = "publicizing",
        /// 已受理: committee only, shown in 待审核 as 评审中.
        Accepted = "accepted",
        /// 已上报
        Reported = "reported",
        /// 已退回
        Returned = "returned",
        /// 已终止
        Terminated = "terminated",
        /// 已办结
        Concluded = "concluded",
    }
}

impl StepState {
    /// Whether a step in this state waits for its unit.
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            StepState::ToSign | StepState::ToReview | StepState::Publicizing | StepState::Accepted
        )
    }

    /// The tab a step in this state stands in.
    pub const fn tab(self) -> Tab {
        match self {
            StepState::ToSign => Tab::ToSign,
            StepState::ToReview | StepState::Accepted => Tab::ToReview,
            StepState::Publicizing => Tab::Publicizing,
            StepState::Reported => Tab::Reported,
            StepState::Returned => Tab::Returned,
            StepState::Terminated => Tab::Terminated,
            StepState::Concluded => Tab::Concluded,
        }
    }
}

codes! {
    /// A tab of the worklist. A declaration stands in exactly one status tab of each unit that has
    /// a step in it, and in 全部.
    Tab {
        /// 待签收
        ToSign = "to_sign",
        /// 待审核
        ToReview = "to_review",
        /// 公示中
        Publicizing = "publicizing",
        /// 已退回
        Returned = "returned",
        /// 已终止
        Terminated = "terminated",
        /// 已上报
        Reported = "reported",
        /// 已办结
        Concluded = "concluded",
        /// 全部
        All = "all",
    }
}

codes! {
    /// What people do to a declaration.
    Action {
        /// 保存章节
        SaveSection = "save_section",
        /// 删除
        Delete = "delete",
        /// 提交
        Submit = "submit",
        /// 再次提交
        Resubmit = "resubmit",
        /// 签收
        Sign = "sign",
        /// 审核通过并公示
        ApproveAndPublicize = "approve_and_publicize",
        /// 报送上级单位
        Report = "report",
        /// 撤回报送
        Withdraw = "withdraw",
        /// 退回申报
        Return = "return",
        /// 终止申报
        Terminate = "terminate",
        /// 变更办理人
        Reassign = "reassign",
        /// 审核通过 (accepting unit)
        Approve = "approve",
        /// 受理通过 (committee)
        Accept = "accept",
        /// 评审结论 (committee)
        Conclude = "conclude",
    }
}

impl Action {
    /// Whether the applicant, not a unit, performs it.
    pub const fn is_applicants(self) -> bool {
        matches!(
            self,
            Action::SaveSection | Action::Delete | Action::Submit | Action::Resubmit
        )
    }
}

codes! {
    /// The status of a declaration as a whole.
    Status {
        /// 填写中
        Draft = "draft",
        /// In some unit's hands.
        InProgress = "in_progress",
        /// 已退回 to the applicant.
        Returned = "returned",
        /// 已终止
        Terminated = "terminated",
        /// 已办结
        Concluded = "concluded",
        /// A draft its applicant deleted; nobody finds it any more.
        Deleted = "deleted",
    }
}

codes! {
    /// The result of a concluded declaration.
    Outcome {
        /// 审核通过
        Approved = "approved",
        /// 评审通过
        ReviewPassed = "review_passed",
        /// 评审未通过
        ReviewFailed = "review_failed",
        /// 已发证
        Certified = "certified",
        /// 核准未通过
        Refused = "refused",
        /// 证书已撤销
        Revoked = "revoked",
    }
}

codes! {
    /// How a step was signed for.
    Signed {
        /// By a person who clicked 签收.
        Manual = "manual",
        /// By the system, because the unit has 签收 switched off.
        Auto = "auto",
    }
}

codes! {
    /// 证件类型: what kind of document a person is identified by (A65).
    DocumentType {
        /// 身份证
        ResidentId = "resident_id",
        /// 港澳居民来往内地通行证
        HkMacaoPermit = "hk_macao_permit",
        /// 台湾居民来往大陆通行证
        TaiwanPermit = "taiwan_permit",
        /// 港澳台居民居住证
        HmtResidencePermit = "hmt_residence_permit",
        /// 护照
        Passport = "passport",
        /// 外国人永久居留身份证
        ForeignPermanentResident = "foreign_permanent_resident",
    }
}

impl DocumentType {
    /// The label people read.
    pub const fn label(self) -> &'static str {
        match self {
            DocumentType::ResidentId => "身份证",
            DocumentType::HkMacaoPermit => "港澳居民来往内地通行证",
            DocumentType::TaiwanPermit => "台湾居民来往大陆通行证",
            DocumentType::HmtResidencePermit => "港澳台居民居住证",
            DocumentType::Passport => "护照",
            DocumentType::ForeignPermanentResident => "外国人永久居留身份证",
        }
    }

    /// Whether its numbers tell sex and birth date; otherwise they are entered at registration.
    pub const fn tells_sex_and_birth_date(self) -> bool {
        matches!(
            self,
            DocumentType::ResidentId | DocumentType::HmtResidencePermit
        )
    }
}

codes! {
    /// A menu of 单位中心 that the legal user ticks for an operator (§4.6).
    Menu {
        /// 评审资格审核
        ReviewAudit = "review_audit",
        /// 初定资格审核
        InitialAudit = "initial_audit",
        /// 确认资格审核
        ConfirmationAudit = "confirmation_audit",
        /// 认定申报设置
        RecognitionSettings = "recognition_settings",
        /// 评委会: the plan of a committee whose office the unit is (A75).
        Committees = "committees",
        /// 核准文件发布
        ApprovalDocuments = "approval_documents",
        /// 职称认定发证
        Issuance = "issuance",
        /// 用户管理
        Users = "users",
        /// 用户权限
        Permissions = "permissions",
        /// 单位基础信息
        UnitProfile = "unit_profile",
        /// 单位联系方式
        UnitContacts = "unit_contacts",
    }
}

codes! {
    /// A role of the platform itself, granted to a natural person.
    SystemRole {
        /// Reads every history, changes nothing.
        Auditor = "auditor",
        /// Runs the machine: views, calendar, units.
        SystemOperator = "system_operator",
    }
}
