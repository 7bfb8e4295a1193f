//! 认定申报设置: what an accepting unit offers for 初定 or 确认 (§8).

use crate::catalogue::Level;
use crate::event::{Envelope, Event, event_data};
use crate::requirement::Requirement;
use crate::unit::{Address, Contact};
use crate::{Kind, SettingId, UnitId};
use serde::{Deserialize, Serialize};

/// The setting as it stands from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecognitionSettingSaved {
    /// The setting.
    pub setting: SettingId,
    /// 受理单位
    pub unit: UnitId,
    /// 业务类型: initial or confirmation.
    pub kind: Kind,
    /// 启用状态
    pub enabled: bool,
    /// 联系地址
    pub address: Address,
    /// 申报须知, at most 1000 characters.
    pub notice: String,
    /// 附件要求
    pub attachments: Vec<Requirement>,
    /// The highest level of a title that 初定 takes (A68); 确认 has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_level: Option<Level>,
    /// 联系人, sealed.
    #[serde(skip)]
    pub personal: Option<Contact>,
}
event_data!(RecognitionSettingSaved, 1, sealed Contact);

/// What the rules know of a setting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setting {
    /// Its id, once saved.
    pub id: Option<SettingId>,
    /// 受理单位
    pub unit: Option<UnitId>,
    /// 业务类型
    pub kind: Option<Kind>,
    /// 启用状态
    pub enabled: bool,
    /// 联系地址
    pub address: Address,
    /// 申报须知
    pub notice: String,
    /// 附件要求
    pub attachments: Vec<Requirement>,
    /// The highest level of a title that 初定 takes.
    pub max_level: Option<Level>,
    /// 联系人
    pub contact: Option<Contact>,
}

impl Setting {
    pub(crate) fn apply(&mut self, envelope: &Envelope) {
        if let Event::RecognitionSettingSaved(event) = &envelope.event {
            self.id = Some(event.setting);
            self.unit = Some(event.unit);
            self.kind = Some(event.kind);
            self.enabled = event.enabled;
            self.address.clone_from(&event.address);
            self.notice.clone_from(&event.notice);
            self.attachments.clone_from(&event.attachments);
            self.max_level = event.max_level;
            self.contact.clone_from(&event.personal);
        }
    }
}
