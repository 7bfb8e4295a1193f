use crate::Section;
use crate::projector::{DECLARATIONS, STEPS};
use docket_domain::catalogue::Level;
use docket_domain::committee::Deadlines;
use docket_domain::declaration::{
    Applicant, DefinitionRef, Details, Publicity, Target, Title, Votes,
};
use docket_domain::time::{Day, Instant};
use docket_domain::vocabulary::{Outcome, Signed, Status, StepState, StepType, Tab};
use docket_domain::{CommitteeId, DeclarationId, Kind, PersonId, Requirement, Stream, UnitId};
use docket_projection::{Cells, Json, Value, View, ViewError};
use sea_query::{Expr, ExprTrait, Order, Query};

type Result<T> = std::result::Result<T, ViewError>;

/// Queries of single declarations.
#[derive(Clone)]
pub struct Declarations {
    view: View,
}

/// A declaration as the view holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclarationRow {
    /// Up to where the view has seen the log.
    pub position: u64,
    /// Its id.
    pub id: DeclarationId,
    /// Its events.
    pub version: u64,
    /// 申报编号
    pub number: String,
    /// 评审, 初定 or 确认.
    pub kind: Kind,
    /// The definition it keeps.
    pub definition: DefinitionRef,
    /// 申报人
    pub applicant: PersonId,
    /// Committee or recognition setting.
    pub target: Target,
    /// The title asked for.
    pub title: Title,
    /// 申报职称层级
    pub level: Level,
    /// 现工作单位
    pub work_unit: UnitId,
    /// 专业, 专业方向 and what else the applicant typed, unless erased.
    pub details: Option<Details>,
    /// The status as a whole.
    pub status: Status,
    /// The result once concluded.
    pub outcome: Option<Outcome>,
    /// The applicant as lists show it, from the first submission on and unless erased.
    pub person: Option<Applicant>,
    /// 附件要求 as they stood at the first submission.
    pub requirements: Option<Vec<Requirement>>,
    /// The first day a publicity of the present content may start.
    pub publicity_from: Option<Day>,
    /// When the draft was made.
    pub created_at: Instant,
    /// The latest 提交 or 再次提交.
    pub submitted_at: Option<Instant>,
    /// Saved sections by code.
    pub sections: Vec<Section>,
    /// All steps ever made, by number.
    pub steps: Vec<StepRow>,
    /// Since when this is behind, when the declaration is parked.
    pub behind_since: Option<Instant>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRow {
    /// From 1.
    pub n: u32,
    /// The unit whose step it is.
    pub unit: UnitId,
    /// What it is to the declaration.
    pub step_type: StepType,
    /// Its state.
    pub state: StepState,
    /// The tab it stands in.
    pub tab: Tab,
    /// 办理人
    pub handler: Option<Handler>,
    /// How it was signed for.
    pub signed: Option<Signed>,
    /// The step that reported to it.
    pub reported_by: Option<u32>,
    /// Whether a withdrawal removed it.
    pub removed: bool,
    /// Whether it is on the live path.
    pub live: bool,
    /// What its deadline in force is computed from.
    pub deadline: DeadlineBasis,
    /// 公示时间
    pub publicity: Option<Publicity>,
    /// 公示时间 as the sheet prints it and the report dialog begins with.
    pub planned: Option<Publicity>,
    /// 推荐意见, 审核意见 or 评审意见; the applicant does not see the first.
    pub opinion: Option<String>,
    /// 负责人
    pub responsible_person: Option<String>,
    /// 联系电话
    pub phone: Option<String>,
    /// 是否需要面试
    pub needs_interview: Option<bool>,
    /// The votes of the committee's conclusion; the applicant does not see them.
    pub votes: Option<Votes>,
}

/// 办理人
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// The account.
    pub person: PersonId,
    /// The name frozen when they took it, unless erased.
    pub name: Option<String>,
}

/// What 审核截止时间 is computed from; the plan is read when the row is (A12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineBasis {
    /// The committee whose plan counts; 认定 has none.
    pub committee: Option<CommitteeId>,
    /// The type of the step.
    pub step_type: StepType,
    /// Step types whose deadline it may use as well.
    pub extended: Vec<StepType>,
}

impl DeadlineBasis {
    /// The deadline in force under a plan.
    pub fn in_force(&self, plan: &Deadlines) -> Option<Instant> {
        self.committee
            .and_then(|_| plan.in_force(self.step_type, &self.extended))
    }
}

impl Declarations {
    /// Over the view of this crate's projector.
    pub fn new(view: View) -> Self {
        Self { view }
    }

    /// The view, to wait for a position.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// A declaration; `None` for one that is unknown or deleted.
    pub async fn get(&self, id: DeclarationId) -> Result<Option<DeclarationRow>> {
        let of = || Expr::col("declaration").eq(Value::from(id).bind());
        let mut one = Query::select();
        one.columns(READ.iter().copied())
            .from(DECLARATIONS)
            .and_where(of());
        let mut steps = Query::select();
        steps
            .columns(READ_STEP.iter().copied())
            .from(STEPS)
            .and_where(of())
            .order_by("n", Order::Asc);
        let mut snapshot = self.view.snapshot().await?;
        let Some(mut cells) = snapshot.select(&one).await?.into_iter().next() else {
            return Ok(None);
        };
        let steps = snapshot.select(&steps).await?;
        let position = snapshot.position();
        drop(snapshot);
        let mut row = read(position, &mut cells)?;
        let committee = match row.target {
            Target::Committee { committee, .. } => Some(committee),
            Target::Setting { .. } => None,
        };
        row.steps = steps
            .into_iter()
            .map(|mut cells| read_step(committee, &mut cells))
            .collect::<Result<_>>()?;
        row.behind_since = self
            .view
            .behind_since([Stream::declaration(id)])
            .await?
            .into_values()
            .next();
        Ok(Some(row))
    }
}

const READ: &[&str] = &[
    "declaration",
    "version",
    "number",
    "kind",
    "definition",
    "applicant_id",
    "target",
    "title",
    "level",
    "work_unit",
    "details",
    "status",
    "outcome",
    "person",
    "requirements",
    "publicity_from",
    "created_at",
    "submitted_at",
    "sections",
];

const READ_STEP: &[&str] = &[
    "n",
    "unit",
    "step_type",
    "state",
    "handler",
    "handler_name",
    "signed",
    "reported_by",
    "removed",
    "live",
    "extended",
    "publicity_start",
    "publicity_end",
    "planned_start",
    "planned_end",
    "opinion",
    "responsible_person",
    "phone",
    "needs_interview",
    "votes",
];

fn read(position: u64, cells: &mut Cells) -> Result<DeclarationRow> {
    Ok(DeclarationRow {
        position,
        id: cells.take()?,
        version: cells.take()?,
        number: cells.take()?,
        kind: cells.take()?,
        definition: cells.take::<Json<_>>()?.0,
        applicant: cells.take()?,
        target: cells.take::<Json<_>>()?.0,
        title: cells.take::<Json<_>>()?.0,
        level: cells.take()?,
        work_unit: cells.take()?,
        details: cells.take::<Option<Json<_>>>()?.map(|details| details.0),
        status: cells.take()?,
        outcome: cells.take()?,
        person: cells.take::<Option<Json<_>>>()?.map(|person| person.0),
        requirements: cells
            .take::<Option<Json<_>>>()?
            .map(|requirements| requirements.0),
        publicity_from: cells.take()?,
        created_at: cells.take()?,
        submitted_at: cells.take()?,
        sections: cells.take::<Json<_>>()?.0,
        steps: Vec::new(),
        behind_since: None,
    })
}

fn read_step(committee: Option<CommitteeId>, cells: &mut Cells) -> Result<StepRow> {
    let (n, unit, step_type, state): (u32, UnitId, StepType, StepState) =
        (cells.take()?, cells.take()?, cells.take()?, cells.take()?);
    let (handler, name): (Option<PersonId>, Option<String>) = (cells.take()?, cells.take()?);
    Ok(StepRow {
        n,
        unit,
        step_type,
        state,
        tab: state.tab(),
        handler: handler.map(|person| Handler { person, name }),
        signed: cells.take()?,
        reported_by: cells.take()?,
        removed: cells.take()?,
        live: cells.take()?,
        deadline: DeadlineBasis {
            committee,
            step_type,
            extended: cells.take::<Json<_>>()?.0,
        },
        publicity: publicity(cells.take()?, cells.take()?),
        planned: publicity(cells.take()?, cells.take()?),
        opinion: cells.take()?,
        responsible_person: cells.take()?,
        phone: cells.take()?,
        needs_interview: cells.take()?,
        votes: cells.take::<Option<Json<_>>>()?.map(|votes| votes.0),
    })
}

fn publicity(start: Option<Day>, end: Option<Day>) -> Option<Publicity> {
    Some(Publicity {
        start: start?,
        end: end?,
    })
}
