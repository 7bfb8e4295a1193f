use crate::projector::TABLE;
use crate::{PathStep, SentBack};
use docket_domain::catalogue::Level;
use docket_domain::declaration::{Target, Termination, Title};
use docket_domain::time::Instant;
use docket_domain::vocabulary::{Outcome, Status, StepState, StepType};
use docket_domain::workflow::Definition;
use docket_domain::{DeclarationId, Kind, PersonId, Stream, UnitId};
use docket_projection::{Cells, Json, Value, View, ViewError};
use sea_query::{Cond, Expr, ExprTrait, Order, Query};
use std::fmt;
use std::str::FromStr;

type Result<T> = std::result::Result<T, ViewError>;

/// Queries of 我的申请书.
#[derive(Clone)]
pub struct MyDeclarations {
    view: View,
}

/// A page of an applicant's declarations, newest draft first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MyPage {
    /// Up to where the view has seen the log.
    pub position: u64,
    /// The rows.
    pub items: Vec<Mine>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<Cursor>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mine {
    /// Its id.
    pub id: DeclarationId,
    /// Its events.
    pub version: u64,
    /// 申报编号
    pub number: String,
    /// 评审, 初定 or 确认.
    pub kind: Kind,
    /// Version of the definition it keeps.
    pub definition: u32,
    /// Committee or recognition setting.
    pub target: Target,
    /// The title asked for.
    pub title: Title,
    /// 申报职称专业, unless erased.
    pub specialty: Option<String>,
    /// 专业方向, unless erased.
    pub direction: Option<String>,
    /// 申报职称层级
    pub level: Level,
    /// 工作单位
    pub work_unit: UnitId,
    /// The status as a whole.
    pub status: Status,
    /// The result once concluded.
    pub outcome: Option<Outcome>,
    /// The step that waits for its unit.
    pub open: Option<(StepType, StepState)>,
    /// When the draft was made.
    pub created_at: Instant,
    /// 提交时间; none while it is a draft (A42).
    pub submitted_at: Option<Instant>,
    /// The steps it goes through, lowest first.
    pub path: Vec<PathStep>,
    /// The last 退回, while it stands.
    pub returned: Option<SentBack>,
    /// 终止申报, once that ended it.
    pub terminated: Option<Termination>,
    /// Since when the row is behind, if an event of its declaration could not be applied.
    pub behind_since: Option<Instant>,
}

/// A point of the progress bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What it is called, for example 主管部门审核.
    pub label: String,
    /// The unit, where one is chosen already.
    pub unit: Option<UnitId>,
    /// How far it is.
    pub reached: Reached,
}

/// How far a point of the progress bar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// Behind us.
    Done,
    /// Here.
    Current,
    /// Grey: not yet, perhaps never.
    Ahead,
    /// It ended here.
    Terminated,
}

impl Reached {
    /// The wire name.
    pub const fn code(self) -> &'static str {
        match self {
            Reached::Done => "done",
            Reached::Current => "current",
            Reached::Ahead => "ahead",
            Reached::Terminated => "terminated",
        }
    }
}

impl MyDeclarations {
    /// Over the view of this crate's projector.
    pub fn new(view: View) -> Self {
        Self { view }
    }

    /// The view, to wait for a position.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// A page of a person's declarations.
    pub async fn list(
        &self,
        applicant: PersonId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<MyPage> {
        let mut select = Query::select();
        select.columns(READ.iter().copied()).from(TABLE);
        select.and_where(Expr::col("applicant").eq(Value::from(applicant).bind()));
        if let Some(after) = after {
            select.cond_where(after.condition());
        }
        select
            .order_by("created_at", Order::Desc)
            .order_by("declaration", Order::Asc)
            .limit(u64::from(limit) + 1);
        let mut snapshot = self.view.snapshot().await?;
        let rows = snapshot.select(&select).await?;
        let position = snapshot.position();
        drop(snapshot);
        let mut items: Vec<Mine> = rows
            .into_iter()
            .map(|mut cells| read(&mut cells))
            .collect::<Result<_>>()?;
        self.mark_behind(&mut items).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next_cursor = items.last().filter(|_| more).map(|item| Cursor {
            created_at: item.created_at,
            declaration: item.id,
        });
        Ok(MyPage {
            position,
            items,
            next_cursor,
        })
    }
}

impl MyDeclarations {
    /// Says of each row since when it is behind.
    async fn mark_behind(&self, items: &mut [Mine]) -> Result<()> {
        let streams = items.iter().map(|item| Stream::declaration(item.id));
        let behind = self.view.behind_since(streams).await?;
        for item in items {
            item.behind_since = behind.get(&Stream::declaration(item.id)).copied();
        }
        Ok(())
    }
}

impl Mine {
    /// 状态 as the applicant reads it (§13A.5).
    pub fn status_text<'a>(&self, definition: &'a Definition) -> &'a str {
        definition.applicant_status(self.status, self.open, self.outcome)
    }

    /// The progress bar: what was gone through, then the grey usual rest (A43).
    pub fn progress(&self, definition: &Definition) -> Vec<Progress> {
        let text = |name: &str| definition.fixed_text(name).unwrap_or_default().to_owned();
        let drafting = matches!(self.status, Status::Draft | Status::Returned);
        let mut points = vec![Progress {
            label: text("progress_draft"),
            unit: None,
            reached: if drafting {
                Reached::Current
            } else {
                Reached::Done
            },
        }];
        let first = self
            .path
            .first()
            .filter(|_| !drafting)
            .map(|step| step.state);
        points.extend(work_unit_points(definition, self.work_unit, first));
        let above = self.path.iter().skip(1).filter(|_| !drafting);
        points.extend(above.map(|step| {
            point(
                definition,
                step.step_type,
                Some(step.unit),
                reached(step.state),
            )
        }));
        points.extend(self.rest(definition, drafting));
        points
    }

    /// What usually follows: a superior if none was reported to yet, and the terminal step.
    fn rest(&self, definition: &Definition, drafting: bool) -> Vec<Progress> {
        let over = matches!(self.status, Status::Terminated | Status::Concluded);
        let has =
            |wanted: StepType| !drafting && self.path.iter().any(|step| step.step_type == wanted);
        let terminal = self.target.step_type();
        if over || has(terminal) {
            return Vec::new();
        }
        let superior = (!has(StepType::Superior)).then_some(StepType::Superior);
        let rest = superior.into_iter().chain([terminal]);
        rest.map(|step| point(definition, step, None, Reached::Ahead))
            .collect()
    }
}

/// 单位审核, 单位公示 and 单位上报.
fn work_unit_points(
    definition: &Definition,
    unit: UnitId,
    state: Option<StepState>,
) -> Vec<Progress> {
    use Reached::{Ahead, Current, Done};
    let reached = match state {
        None | Some(StepState::Returned) => [Ahead, Ahead, Ahead],
        Some(StepState::ToSign | StepState::ToReview | StepState::Accepted) => {
            [Current, Ahead, Ahead]
        }
        Some(StepState::Publicizing) => [Done, Current, Ahead],
        Some(StepState::Terminated) => [Reached::Terminated, Ahead, Ahead],
        Some(StepState::Reported | StepState::Concluded) => [Done, Done, Done],
    };
    let text = |name: &str| definition.fixed_text(name).unwrap_or_default().to_owned();
    let labels = [
        step_label(definition, StepType::WorkUnit),
        text("progress_publicity"),
        text("progress_report"),
    ];
    labels
        .into_iter()
        .zip(reached)
        .map(|(label, reached)| Progress {
            label,
            unit: Some(unit),
            reached,
        })
        .collect()
}

fn point(
    definition: &Definition,
    step: StepType,
    unit: Option<UnitId>,
    reached: Reached,
) -> Progress {
    Progress {
        label: step_label(definition, step),
        unit,
        reached,
    }
}

fn step_label(definition: &Definition, step: StepType) -> String {
    definition
        .step_type(step)
        .map(|found| found.progress_label.clone())
        .unwrap_or_default()
}

fn reached(state: StepState) -> Reached {
    match state {
        state if state.is_open() => Reached::Current,
        StepState::Terminated => Reached::Terminated,
        StepState::Returned => Reached::Ahead,
        _ => Reached::Done,
    }
}

const READ: &[&str] = &[
    "declaration",
    "version",
    "number",
    "kind",
    "definition",
    "target",
    "title",
    "specialty",
    "direction",
    "level",
    "work_unit",
    "status",
    "outcome",
    "open_type",
    "open_state",
    "created_at",
    "submitted_at",
    "path",
    "returned",
    "terminated",
];

fn read(cells: &mut Cells) -> Result<Mine> {
    Ok(Mine {
        id: cells.take()?,
        version: cells.take()?,
        number: cells.take()?,
        kind: cells.take()?,
        definition: cells.take()?,
        target: cells.take::<Json<_>>()?.0,
        title: cells.take::<Json<_>>()?.0,
        specialty: cells.take()?,
        direction: cells.take()?,
        level: cells.take()?,
        work_unit: cells.take()?,
        status: cells.take()?,
        outcome: cells.take()?,
        open: open(cells.take()?, cells.take()?),
        created_at: cells.take()?,
        submitted_at: cells.take()?,
        path: cells.take::<Json<_>>()?.0,
        returned: cells.take::<Option<Json<_>>>()?.map(|found| found.0),
        terminated: cells.take::<Option<Json<_>>>()?.map(|found| found.0),
        behind_since: None,
    })
}

fn open(step: Option<StepType>, state: Option<StepState>) -> Option<(StepType, StepState)> {
    Some((step?, state?))
}

/// Where a page ended: the key of its last row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    created_at: Instant,
    declaration: DeclarationId,
}

/// The text is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no cursor of my declarations")]
pub struct NoCursor;

impl Cursor {
    fn condition(self) -> Cond {
        let at = Value::from(self.created_at).bind();
        let same = Cond::all()
            .add(Expr::col("created_at").eq(at.clone()))
            .add(Expr::col("declaration").gt(Value::from(self.declaration).bind()));
        Cond::any().add(Expr::col("created_at").lt(at)).add(same)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:016x}{}",
            self.created_at.micros(),
            self.declaration.0.simple()
        )
    }
}

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> std::result::Result<Self, NoCursor> {
        let (time, id) = text.split_at_checked(16).ok_or(NoCursor)?;
        let micros = u64::from_str_radix(time, 16).map_err(|_| NoCursor)?;
        let declaration = id.parse().map_err(|_| NoCursor)?;
        Ok(Cursor {
            created_at: Instant::from_micros(micros.cast_signed()),
            declaration,
        })
    }
}
