use crate::projector::{READ, TABLE};
use docket_domain::vocabulary::Tab;
use docket_domain::{Kind, Stream, UnitId};
use docket_projection::{Cells, Json, Past, Snapshot, Value, View, ViewError};
use docket_worklist::{Counts, DeadlineBasis, Handler, Item, List, Page, Question, read_target};
use sea_query::{Asterisk, Cond, Expr, ExprTrait, Query};

pub(crate) type Result<T> = std::result::Result<T, ViewError>;

/// Queries of the worklist's history.
#[derive(Clone)]
pub struct WorklistHistory {
    pub(crate) view: View,
}

impl WorklistHistory {
    /// Over the view of this crate's projector.
    pub fn new(view: View) -> Self {
        Self { view }
    }

    /// The view, to wait for a position.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// A page with the unit's counts as they were. Items have the ids and codes of then: their
    /// version is 0, and what describes people and titles is empty. Filters on personal data find
    /// nothing here; the caller refuses them.
    ///
    /// # Errors
    /// When the view cannot be read.
    pub async fn page(&self, question: &Question, past: Past) -> Result<Page> {
        let mut snapshot = self.view.snapshot().await?;
        let unit = Some(question.unit);
        let kinds = question.filter.kinds();
        let counts = counts(&mut snapshot, unit, &kinds, past.position).await?;
        let list = List {
            table: TABLE,
            columns: READ,
            read,
            also: Some(listed(past)),
            by_tab: true,
        };
        let mut page = list.page(&mut snapshot, question, counts).await?;
        drop(snapshot);
        self.mark_behind(&mut page.items, past).await?;
        Ok(page)
    }

    /// A row is behind only from the event on that could not be applied.
    async fn mark_behind(&self, items: &mut [Item], past: Past) -> Result<()> {
        let streams = items.iter();
        let streams = streams.map(|item| Stream::declaration(item.declaration_id));
        let behind = self.view.behind_since(streams).await?;
        for item in items {
            let since = behind.get(&Stream::declaration(item.declaration_id));
            item.behind_since = since.copied().filter(|since| *since <= past.at);
        }
        Ok(())
    }
}

/// Rows that held at a position.
pub(crate) fn held(position: u64) -> Cond {
    let at = || Value::from(position).bind();
    let open = Cond::any()
        .add(Expr::col("to_position").is_null())
        .add(Expr::col("to_position").gt(at()));
    Cond::all()
        .add(Expr::col("from_position").lte(at()))
        .add(open)
}

/// The same for a page: nothing was submitted later than it was recorded, which says to the index
/// where to begin.
fn listed(past: Past) -> Cond {
    held(past.position).add(Expr::col("submitted_at").lte(Value::from(past.at).bind()))
}

/// Rows per tab of a unit, or of all units, at a position.
pub(crate) async fn counts(
    snapshot: &mut Snapshot,
    unit: Option<UnitId>,
    kinds: &[Kind],
    position: u64,
) -> Result<Counts> {
    let mut select = Query::select();
    select
        .column("tab")
        .expr(Expr::col(Asterisk).count())
        .from(TABLE)
        .cond_where(held(position).add(of(unit, kinds)))
        .group_by_columns(["tab"]);
    let mut counts = Counts::default();
    for mut cells in snapshot.select(&select).await? {
        let (tab, n): (Tab, u64) = (cells.take()?, cells.take()?);
        counts.add(tab, n);
    }
    Ok(counts)
}

/// Rows of a unit, if one is meant, and of some kinds.
pub(crate) fn of(unit: Option<UnitId>, kinds: &[Kind]) -> Cond {
    let kinds = kinds.iter().map(|kind| kind.code());
    let all = Cond::all().add(Expr::col("kind").is_in(kinds));
    match unit {
        Some(unit) => all.add(Expr::col("unit").eq(Value::from(unit).bind())),
        None => all,
    }
}

fn read(cells: &mut Cells) -> Result<Item> {
    let item = Item {
        declaration_id: cells.take()?,
        unit: cells.take()?,
        version: 0,
        kind: cells.take()?,
        state: cells.take()?,
        tab: cells.take()?,
        number: cells.take()?,
        applicant_id: cells.take()?,
        applicant: None,
        phone: None,
        id_number: None,
        person_category: None,
        work_unit: cells.take()?,
        target: read_target(cells)?,
        specialty_group: None,
        series: String::new(),
        title: String::new(),
        title_level: cells.take()?,
        specialty: None,
        direction: None,
        application_type: None,
        submitted_at: cells.take()?,
        step: cells.take()?,
        deadline: DeadlineBasis {
            committee: None,
            step_type: cells.take()?,
            extended: cells.take::<Json<_>>()?.0,
        },
        handler: cells
            .take::<Option<_>>()?
            .map(|person| Handler { person, name: None }),
        status: cells.take()?,
        outcome: cells.take()?,
        behind_since: None,
    };
    Ok(item.with_committee())
}
