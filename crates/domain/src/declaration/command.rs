use super::events::{Publicity, ReturnTo};
use super::state::{Details, Title};
use crate::vocabulary::Action;
use crate::{Kind, UnitId};
use uuid::Uuid;

/// The choices of the wizard's first page (§11.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateDraft {
    /// 申报编号: the day and four characters drawn above; another is drawn if it is taken.
    pub number: String,
    /// 评审, 初定 or 确认.
    pub kind: Kind,
    /// The committee for 评审, the recognition setting otherwise.
    pub target: Uuid,
    /// 系列, 职称
    pub title: Title,
    /// 专业, 专业方向 and what else the kind asks for; what another kind asks for is left out.
    pub details: Details,
    /// 现工作单位
    pub work_unit: UnitId,
    /// ☑ 诚信承诺书
    pub pledge: bool,
}

/// A section as it will be stored; the text itself was sealed above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedForm {
    /// Section code.
    pub section: String,
    /// The fields as given.
    pub body: serde_json::Value,
    /// SHA-256 of the ciphertext, hex.
    pub document: String,
    /// Size of the plain text.
    pub bytes: u32,
    /// SHA-256 of the canonical text, hex.
    pub content: String,
}

/// The report dialog (§5.6).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportForm {
    /// 上级单位 / 报送单位
    pub target: Option<UnitId>,
    /// 负责人
    pub responsible_person: String,
    /// 联系电话
    pub phone: String,
    /// 推荐意见
    pub opinion: String,
    /// 公示时间; asked of the work unit only.
    pub publicity: Option<Publicity>,
    /// 是否需要面试; 初定 only.
    pub needs_interview: Option<bool>,
}

/// 出席人数 and the votes of 评审结论 as the dialog gives them: all four or none (A83).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ballot {
    /// 出席人数
    pub present: Option<u32>,
    /// 赞成票数
    pub in_favour: Option<u32>,
    /// 反对票数
    pub against: Option<u32>,
    /// 弃权票数
    pub abstained: Option<u32>,
}

/// What people ask of a declaration.
#[derive(Debug, Clone, PartialEq)]
pub enum DeclarationCommand {
    /// 填写申请书
    Create(Box<CreateDraft>),
    /// 保存
    SaveSection(Box<SavedForm>),
    /// 删除
    Delete,
    /// 提交, or 再次提交 when it was returned.
    Submit,
    /// 签收
    Sign,
    /// 签收 by the system, after a unit switched it off (A5).
    SignAutomatically(UnitId),
    /// 审核通过并公示, with the planned 公示时间 where one is given (A74).
    ApproveAndPublicize(Option<Publicity>),
    /// 报送上级单位
    Report(ReportForm),
    /// 撤回报送
    Withdraw,
    /// 退回申报
    Return {
        /// 退回到
        to: Option<ReturnTo>,
        /// 退回原因
        reason: String,
    },
    /// 终止申报
    Terminate {
        /// 终止原因
        reason: String,
    },
    /// 变更办理人, to the caller.
    Reassign,
    /// 审核通过
    Approve {
        /// 审核意见, may be empty.
        opinion: String,
    },
    /// 受理通过
    Accept,
    /// 评审结论
    Conclude {
        /// 评审通过 or 评审未通过.
        passed: Option<bool>,
        /// The votes of the meeting.
        ballot: Ballot,
        /// 评审意见, may be empty.
        opinion: String,
    },
}

impl DeclarationCommand {
    /// The action it asks for; `None` for the creation and what only the system does.
    pub fn action(&self) -> Option<Action> {
        Some(match self {
            DeclarationCommand::Create(_) | DeclarationCommand::SignAutomatically(_) => {
                return None;
            }
            DeclarationCommand::SaveSection(_) => Action::SaveSection,
            DeclarationCommand::Delete => Action::Delete,
            DeclarationCommand::Submit => Action::Submit,
            DeclarationCommand::Sign => Action::Sign,
            DeclarationCommand::ApproveAndPublicize(_) => Action::ApproveAndPublicize,
            DeclarationCommand::Report(_) => Action::Report,
            DeclarationCommand::Withdraw => Action::Withdraw,
            DeclarationCommand::Return { .. } => Action::Return,
            DeclarationCommand::Terminate { .. } => Action::Terminate,
            DeclarationCommand::Reassign => Action::Reassign,
            DeclarationCommand::Approve { .. } => Action::Approve,
            DeclarationCommand::Accept => Action::Accept,
            DeclarationCommand::Conclude { .. } => Action::Conclude,
        })
    }

    /// Its name in metadata and audit entries.
    pub fn name(&self) -> &'static str {
        match self {
            DeclarationCommand::Create(_) => "create",
            DeclarationCommand::SignAutomatically(_) => "sign_automatically",
            other => other.action().map_or("create", Action::code),
        }
    }
}
