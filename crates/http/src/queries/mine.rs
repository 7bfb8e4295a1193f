use crate::answer::{Answer, Seen};
use crate::app::App;
use crate::caller::Caller;
use crate::params::Params;
use crate::problem::Problem;
use crate::schema::{At, Id, KindCode, LevelCode, OutcomeCode, StatusCode};
use crate::state_view::{ReturnedView, TerminatedView, UnitView};
use axum::extract::State;
use docket_domain::catalogue::Level;
use docket_domain::committee::Deadlines;
use docket_domain::declaration::{ReturnTo, Target};
use docket_domain::time::Instant;
use docket_domain::vocabulary::{Outcome, Status, StepType};
use docket_domain::{Acting, Code, CommitteeId, DeclarationId, Kind, UnitId};
use docket_my_declarations::{Cursor, Mine, Progress};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

const LIMIT: u32 = 20;
const LIMIT_MAX: u32 = 100;

/// A page of the applicant's own declarations.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyDeclarationsPage {
    /// Newest draft first.
    items: Vec<MyDeclaration>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// One of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct MyDeclaration {
    #[schema(value_type = Id)]
    declaration_id: DeclarationId,
    version: u64,
    #[schema(value_type = KindCode)]
    kind: Kind,
    /// 申报编号
    number: String,
    #[schema(value_type = StatusCode)]
    status: Status,
    /// 状态
    status_label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<OutcomeCode>)]
    result: Option<Outcome>,
    /// 工作单位
    work_unit: UnitView,
    /// 评审委员会, or the name of the 受理单位.
    target: String,
    series: String,
    title: String,
    #[schema(value_type = LevelCode)]
    title_level: Level,
    /// 申报职称专业; null once erased.
    specialty: Option<String>,
    /// 专业方向; null once erased.
    direction: Option<String>,
    #[schema(value_type = At)]
    created_at: Instant,
    /// 提交时间; absent while it is a draft.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<At>)]
    submitted_at: Option<Instant>,
    /// The progress bar.
    progress: Vec<ProgressPoint>,
    /// The last 退回, while it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    returned: Option<ReturnedView>,
    /// 终止申报, once that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    terminated: Option<TerminatedView>,
    /// Since when the row is behind, when its declaration cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<At>)]
    behind_since: Option<Instant>,
}

/// A point of the progress bar.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressPoint {
    label: String,
    /// The unit, where one is chosen already.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_name: Option<String>,
    /// `done`, `current`, `ahead` or `terminated`.
    state: &'static str,
}

/// Lists the applicant's own declarations
///
/// 我的申请书, each with its progress.
#[utoipa::path(
    get,
    path = "/declarations/mine",
    tag = "declarations",
    params(
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "20 if not given, at most 100"),
    ),
    responses((status = 200, body = MyDeclarationsPage)),
)]
pub async fn mine(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Answer<MyDeclarationsPage>, Problem> {
    let cursor = params.parse::<Cursor>("cursor")?;
    let limit = params.parse::<u32>("limit")?.unwrap_or(LIMIT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Problem::field("limit", "应为 1 至 100"));
    }
    let seen = params
        .fresh(&app, &[app.reads.mine.view(), app.reads.directory.view()])
        .await?;
    if caller.actor.acting != Acting::Applicant {
        return Err(Code::NoPermission.into());
    }
    let page = app.reads.mine.list(caller.person, cursor, limit).await?;
    let names = Names::of(&app, &page.items).await?;
    let body = MyDeclarationsPage {
        items: page
            .items
            .iter()
            .map(|mine| names.row(&app, mine))
            .collect(),
        next_cursor: page.next_cursor.map(|cursor| cursor.to_string()),
    };
    Ok(Answer::new(
        Seen {
            position: page.position,
            ..seen
        },
        body,
    ))
}

struct Names {
    units: BTreeMap<UnitId, String>,
    committees: BTreeMap<CommitteeId, (String, Deadlines)>,
}

impl Names {
    async fn of(app: &App, items: &[Mine]) -> Result<Self, Problem> {
        let mut units: Vec<UnitId> = items.iter().flat_map(units_of).collect();
        units.sort_unstable();
        units.dedup();
        let committees: Vec<CommitteeId> = items
            .iter()
            .filter_map(|mine| committee(&mine.target))
            .collect();
        let directory = &app.reads.directory;
        let committees = directory.committees(&committees).await?.into_iter();
        Ok(Self {
            units: directory.unit_names(&units).await?,
            committees: committees
                .map(|(id, committee)| (id, (committee.name, committee.deadlines)))
                .collect(),
        })
    }

    fn unit(&self, unit: UnitId) -> String {
        self.units.get(&unit).cloned().unwrap_or_default()
    }

    fn target(&self, target: &Target) -> String {
        match committee(target) {
            Some(committee) => self
                .committees
                .get(&committee)
                .map(|(name, _)| name.clone())
                .unwrap_or_default(),
            None => self.unit(target.unit()),
        }
    }

    fn row(&self, app: &App, mine: &Mine) -> MyDeclaration {
        let definition = app.engine().definition(mine.kind, mine.definition);
        let progress = definition
            .map(|definition| mine.progress(definition))
            .unwrap_or_default();
        MyDeclaration {
            declaration_id: mine.id,
            version: mine.version,
            kind: mine.kind,
            number: mine.number.clone(),
            status: mine.status,
            status_label: definition
                .map(|found| mine.status_text(found).to_owned())
                .unwrap_or_default(),
            result: mine.outcome,
            work_unit: UnitView {
                unit_id: mine.work_unit,
                name: self.unit(mine.work_unit),
            },
            target: self.target(&mine.target),
            series: mine.title.series.clone(),
            title: mine.title.title.clone(),
            title_level: mine.level,
            specialty: mine.specialty.clone(),
            direction: mine.direction.clone(),
            created_at: mine.created_at,
            submitted_at: mine.submitted_at,
            progress: progress
                .into_iter()
                .map(|point| self.point(point))
                .collect(),
            returned: mine.returned.as_ref().map(|back| {
                let until = self.work_unit_deadline(mine, &back.extended);
                ReturnedView::of(&back.last, |unit| self.unit(unit), until)
            }),
            terminated: mine
                .terminated
                .as_ref()
                .map(|ended| TerminatedView::of(ended, |unit| self.unit(unit))),
            behind_since: mine.behind_since,
        }
    }

    /// The work unit's deadline in force, under the plan as it stands now.
    fn work_unit_deadline(&self, mine: &Mine, extended: &[StepType]) -> Option<Instant> {
        let (_, plan) = self.committees.get(&committee(&mine.target)?)?;
        plan.in_force(StepType::WorkUnit, extended)
    }

    fn point(&self, point: Progress) -> ProgressPoint {
        ProgressPoint {
            label: point.label,
            unit_name: point.unit.map(|unit| self.unit(unit)),
            state: point.reached.code(),
        }
    }
}

/// The units that a row names.
fn units_of(mine: &Mine) -> Vec<UnitId> {
    let returned = mine.returned.as_ref().map(|back| &back.last);
    let returned = returned.into_iter().flat_map(|last| match last.to {
        ReturnTo::Applicant => vec![last.by],
        ReturnTo::Unit(to) => vec![last.by, to],
    });
    let terminated = mine.terminated.iter().map(|ended| ended.by);
    let on_path = mine.path.iter().map(|step| step.unit);
    on_path
        .chain([mine.work_unit, mine.target.unit()])
        .chain(returned)
        .chain(terminated)
        .collect()
}

fn committee(target: &Target) -> Option<CommitteeId> {
    match target {
        Target::Committee { committee, .. } => Some(*committee),
        Target::Setting { .. } => None,
    }
}
