use crate::Happened;
use crate::projector::{ENTRIES, HEADS};
use docket_domain::declaration::{Names, Publicity};
use docket_domain::time::{Day, Instant};
use docket_domain::vocabulary::StepType;
use docket_domain::{CommitteeId, DeclarationId, Kind, PersonId, Stream, UnitId};
use docket_projection::{Cells, Json, Value, View, ViewError};
use sea_query::{Expr, ExprTrait, Order, Query};
use std::collections::BTreeMap;

type Result<T> = std::result::Result<T, ViewError>;

/// Queries of 办理记录.
#[derive(Clone)]
pub struct HandlingRecord {
    view: View,
}

/// The record of one declaration, not rendered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Up to where the view has seen the log.
    pub position: u64,
    /// The declaration.
    pub declaration: DeclarationId,
    /// Its events.
    pub version: u64,
    /// 评审, 初定 or 确认.
    pub kind: Kind,
    /// 申报人
    pub applicant: PersonId,
    /// The committee whose plan has the deadlines; none for 认定.
    pub committee: Option<CommitteeId>,
    /// Names frozen in the events; none before the first submission and after an erasure.
    pub names: Names,
    /// The open step's type, and the types whose deadline it may use as well.
    pub open: Option<(StepType, Vec<StepType>)>,
    /// Since when the record is behind, when the declaration is parked.
    pub behind_since: Option<Instant>,
    /// What happened, newest first.
    pub entries: Vec<Entry>,
}

/// One row of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The event's place in the declaration.
    pub version: u64,
    /// 办理时间
    pub at: Instant,
    /// 事件
    pub happened: Happened,
    /// 经办人
    pub operator: Operator,
    /// The unit 经办人 acted for.
    pub operator_unit: Option<UnitId>,
    /// 报送至, 原报送单位 or 退回到; none for a return to the applicant.
    pub unit: Option<UnitId>,
    /// 公示时间
    pub publicity: Option<Publicity>,
    /// 推荐意见, 退回原因, 终止原因, 审核意见 or 评审意见, unless erased.
    pub text: Option<String>,
    /// Who handled it before a change of handler.
    pub handler_before: Option<PersonId>,
    /// 待办单位/人
    pub pending: Pending,
}

/// 经办人
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Docket itself.
    System,
    /// 法人用户
    LegalUser,
    /// Anybody else, by account.
    Person(PersonId),
}

/// 待办单位/人
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// Nobody: '-'.
    Nobody,
    /// 申报人
    Applicant,
    /// A unit where nobody has signed yet.
    Unit(UnitId),
    /// The handler of a unit.
    Handler(UnitId, PersonId),
    /// The accepting unit, to issue the certificate.
    Certificate(UnitId),
}

impl HandlingRecord {
    /// Over the view of this crate's projector.
    pub fn new(view: View) -> Self {
        Self { view }
    }

    /// The view, to wait for a position.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The record of a declaration; `None` for one that is unknown or deleted.
    pub async fn record(&self, declaration: DeclarationId) -> Result<Option<Record>> {
        let of = || Expr::col("declaration").eq(Value::from(declaration).bind());
        let mut head = Query::select();
        head.columns([
            "version",
            "kind",
            "applicant",
            "committee",
            "names",
            "open_type",
            "open_extended",
        ])
        .from(HEADS)
        .and_where(of());
        let mut entries = Query::select();
        entries
            .columns(READ.iter().copied())
            .from(ENTRIES)
            .and_where(of())
            .order_by("version", Order::Desc);
        let mut snapshot = self.view.snapshot().await?;
        let Some(mut head) = snapshot.select(&head).await?.into_iter().next() else {
            return Ok(None);
        };
        let entries = snapshot.select(&entries).await?;
        let position = snapshot.position();
        drop(snapshot);
        let mut record = read_head(position, declaration, &mut head)?;
        record.entries = entries
            .into_iter()
            .map(|mut cells| read_entry(&mut cells))
            .collect::<Result<_>>()?;
        record.behind_since = self
            .view
            .behind_since([Stream::declaration(declaration)])
            .await?
            .into_values()
            .next();
        Ok(Some(record))
    }

    /// The names frozen in the events of some declarations, as far as they are not erased.
    pub async fn names(&self, ids: &[DeclarationId]) -> Result<BTreeMap<DeclarationId, Names>> {
        let ids = ids.iter().map(|id| Value::from(*id).bind());
        let mut select = Query::select();
        select.columns(["declaration", "names"]).from(HEADS);
        select.and_where(Expr::col("declaration").is_in(ids));
        let mut all = BTreeMap::new();
        for mut cells in self.view.select(&select).await? {
            let (id, names): (_, Option<Json<Names>>) = (cells.take()?, cells.take()?);
            all.extend(names.map(|names| (id, names.0)));
        }
        Ok(all)
    }
}

impl Record {
    /// The units whose names the record shows.
    pub fn units(&self) -> Vec<UnitId> {
        let mut units: Vec<UnitId> = self
            .entries
            .iter()
            .flat_map(|entry| entry.unit.into_iter().chain(entry.pending.unit()))
            .collect();
        units.sort_unstable();
        units.dedup();
        units
    }
}

impl Pending {
    /// The unit concerned.
    pub fn unit(self) -> Option<UnitId> {
        match self {
            Pending::Unit(unit) | Pending::Handler(unit, _) | Pending::Certificate(unit) => {
                Some(unit)
            }
            Pending::Nobody | Pending::Applicant => None,
        }
    }
}

const READ: &[&str] = &[
    "version",
    "at",
    "happened",
    "role",
    "operator",
    "operator_unit",
    "unit",
    "publicity_start",
    "publicity_end",
    "text",
    "handler_before",
    "pending",
    "pending_unit",
    "pending_handler",
];

fn read_head(position: u64, declaration: DeclarationId, cells: &mut Cells) -> Result<Record> {
    Ok(Record {
        position,
        declaration,
        version: cells.take()?,
        kind: cells.take()?,
        applicant: cells.take()?,
        committee: cells.take()?,
        names: cells
            .take::<Option<Json<Names>>>()?
            .map(|names| names.0)
            .unwrap_or_default(),
        open: open(cells.take()?, cells.take()?),
        behind_since: None,
        entries: Vec::new(),
    })
}

fn open(
    step: Option<StepType>,
    extended: Option<Json<Vec<StepType>>>,
) -> Option<(StepType, Vec<StepType>)> {
    Some((step?, extended?.0))
}

fn read_entry(cells: &mut Cells) -> Result<Entry> {
    Ok(Entry {
        version: cells.take()?,
        at: cells.take()?,
        happened: cells.take()?,
        operator: operator(&cells.take::<String>()?, cells.take()?),
        operator_unit: cells.take()?,
        unit: cells.take()?,
        publicity: publicity(cells.take()?, cells.take()?),
        text: cells.take()?,
        handler_before: cells.take()?,
        pending: pending(&cells.take::<String>()?, cells.take()?, cells.take()?),
    })
}

fn operator(role: &str, person: Option<PersonId>) -> Operator {
    match (role, person) {
        ("legal_user", _) => Operator::LegalUser,
        ("system", _) | (_, None) => Operator::System,
        (_, Some(person)) => Operator::Person(person),
    }
}

fn publicity(start: Option<Day>, end: Option<Day>) -> Option<Publicity> {
    Some(Publicity {
        start: start?,
        end: end?,
    })
}

fn pending(code: &str, unit: Option<UnitId>, handler: Option<PersonId>) -> Pending {
    match (code, unit, handler) {
        ("applicant", ..) => Pending::Applicant,
        ("unit", Some(unit), _) => Pending::Unit(unit),
        ("handler", Some(unit), Some(handler)) => Pending::Handler(unit, handler),
        ("certificate", Some(unit), _) => Pending::Certificate(unit),
        _ => Pending::Nobody,
    }
}
