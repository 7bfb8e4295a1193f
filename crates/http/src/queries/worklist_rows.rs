//! The rows of the list as clients see them, with what is joined to them.

use crate::app::App;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::schema::{ActionCode, At, Id, KindCode, LevelCode, TabCode};
use crate::state_view::HandlerView;
use docket_directory::Committee;
use docket_domain::catalogue::Level;
use docket_domain::declaration::{Allowed, Target};
use docket_domain::time::Instant;
use docket_domain::vocabulary::{Action, Tab};
use docket_domain::{CommitteeId, DeclarationId, Kind, PersonId, UnitId};
use docket_worklist::{Item, Page};
use serde::Serialize;
use std::collections::BTreeMap;
use std::iter::repeat;
use utoipa::ToSchema;

/// A page of the acting unit's list.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorklistPage {
    /// Newest submission first.
    pub items: Vec<WorklistItem>,
    /// Rows per tab of the kinds asked for, whatever the other filters.
    counts: BTreeMap<&'static str, u64>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
    /// Rows that pass the filters, exact to 10,000.
    total: u64,
    /// Whether there are more than `total`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    total_capped: bool,
}

/// A row: the declaration as the unit's step shows it, masked.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorklistItem {
    #[schema(value_type = Id)]
    pub declaration_id: DeclarationId,
    pub version: u64,
    #[schema(value_type = KindCode)]
    pub kind: Kind,
    #[schema(value_type = TabCode)]
    pub tab: Tab,
    /// 状态
    pub status_label: String,
    /// 申报编号
    pub number: String,
    /// 姓名
    pub applicant: Option<String>,
    /// 手机号
    pub phone: Option<String>,
    /// 证件号码
    pub id_number: Option<String>,
    /// 人员类别
    pub person_category: Option<String>,
    /// 现工作单位
    pub work_unit: String,
    /// 评审委员会
    #[serde(skip_serializing_if = "Option::is_none")]
    pub committee: Option<String>,
    /// 评审委员会专业组
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specialty_group: Option<String>,
    /// 受理单位
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepting_unit: Option<String>,
    /// 申报系列
    pub series: String,
    /// 申报职称
    pub title: String,
    /// 申报职称层级
    #[schema(value_type = LevelCode)]
    pub title_level: Level,
    pub title_level_label: &'static str,
    /// 申报职称专业; null once erased.
    pub specialty: Option<String>,
    /// 申报职称专业方向; null once erased.
    pub direction: Option<String>,
    /// 申请类别
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_type: Option<String>,
    /// 提交时间
    #[schema(value_type = At)]
    pub submitted_at: Instant,
    /// 审核截止时间; 评审 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<At>)]
    pub review_deadline: Option<Instant>,
    /// 已逾期
    pub overdue: bool,
    /// 办理人
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handler: Option<HandlerView>,
    /// What the caller may do now.
    #[schema(value_type = Vec<ActionCode>)]
    pub actions: Vec<Action>,
    /// Since when the row is behind, when its declaration cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<At>)]
    pub behind_since: Option<Instant>,
}

/// What is joined to the rows.
pub struct Joined<'a> {
    app: &'a App,
    units: BTreeMap<UnitId, String>,
    /// The committees of the items, with their plans.
    pub committees: BTreeMap<CommitteeId, Committee>,
    /// What deadlines are compared with.
    now: Instant,
    reader: PersonId,
}

impl<'a> Joined<'a> {
    /// For some items, read by the caller; whether they are overdue is told as of a time.
    pub async fn of(
        app: &'a App,
        caller: &Caller,
        items: &[Item],
        now: Instant,
    ) -> Result<Self, Problem> {
        Ok(Joined {
            app,
            units: app.reads.directory.unit_names(&units(items)).await?,
            committees: app.reads.directory.committees(&committees(items)).await?,
            now,
            reader: caller.person,
        })
    }

    /// The page, with what may be done to each row; rows that nothing is known of offer nothing.
    pub fn page(&self, page: Page, allowed: &[Vec<Allowed>]) -> WorklistPage {
        let counts = page.counts.iter();
        let allowed = allowed.iter().map(Vec::as_slice);
        let items = page.items.into_iter().zip(allowed.chain(repeat(&[][..])));
        WorklistPage {
            items: items
                .map(|(item, allowed)| self.row(item, allowed))
                .collect(),
            counts: counts.map(|(tab, count)| (tab.code(), count)).collect(),
            next_cursor: page.next_cursor.map(|cursor| cursor.to_string()),
            total: page.total,
            total_capped: page.total_capped,
        }
    }

    fn row(&self, item: Item, allowed: &[Allowed]) -> WorklistItem {
        let item = item.masked();
        let committee = item
            .deadline
            .committee
            .and_then(|id| self.committees.get(&id));
        let deadline = committee.and_then(|committee| item.deadline.in_force(&committee.deadlines));
        let definition = self.app.engine().newest_definition(item.kind);
        let offered = allowed.iter().filter(|allowed| allowed.refusal.is_none());
        let accepting_unit =
            matches!(item.target, Target::Setting { .. }).then(|| self.unit(item.target.unit()));
        WorklistItem {
            declaration_id: item.declaration_id,
            version: item.version,
            kind: item.kind,
            tab: item.tab,
            status_label: definition
                .map(|found| found.state_label(item.state).to_owned())
                .unwrap_or_default(),
            number: item.number,
            applicant: item.applicant,
            phone: item.phone,
            id_number: item.id_number,
            person_category: item.person_category,
            work_unit: self.unit(item.work_unit),
            committee: committee.map(|committee| committee.name.clone()),
            specialty_group: item.specialty_group,
            accepting_unit,
            series: item.series,
            title: item.title,
            title_level: item.title_level,
            title_level_label: item.title_level.label(),
            specialty: item.specialty,
            direction: item.direction,
            application_type: item.application_type,
            submitted_at: item.submitted_at,
            review_deadline: deadline,
            overdue: item.state.is_open() && deadline.is_some_and(|deadline| self.now >= deadline),
            handler: item.handler.map(|handler| HandlerView {
                me: handler.person == self.reader,
                name: handler.name,
            }),
            actions: offered.map(|allowed| allowed.action).collect(),
            behind_since: item.behind_since,
        }
    }

    fn unit(&self, unit: UnitId) -> String {
        self.units.get(&unit).cloned().unwrap_or_default()
    }
}

fn units(items: &[Item]) -> Vec<UnitId> {
    let mut units: Vec<UnitId> = items
        .iter()
        .flat_map(|item| [item.work_unit, item.target.unit()])
        .collect();
    units.sort_unstable();
    units.dedup();
    units
}

fn committees(items: &[Item]) -> Vec<CommitteeId> {
    let mut committees: Vec<CommitteeId> = items
        .iter()
        .filter_map(|item| item.deadline.committee)
        .collect();
    committees.sort_unstable();
    committees.dedup();
    committees
}
