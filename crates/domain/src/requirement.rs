use crate::RequirementId;
use serde::{Deserialize, Serialize};

/// One row of 附件要求.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// What an attachment names to meet it.
    pub id: RequirementId,
    /// 附件名称
    pub name: String,
    /// 是否必填
    pub required: bool,
}
