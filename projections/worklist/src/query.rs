use crate::projector::{READ, TABLE};
use crate::{Cursor, Filter, From, Item, List};
use docket_domain::vocabulary::{StepState, Tab};
use docket_domain::{DeclarationId, Kind, Stream, UnitId};
use docket_projection::{Snapshot, Value, View, ViewError};
use sea_query::{Alias, Expr, ExprTrait, Order, Query};
use std::collections::BTreeMap;

type Result<T> = std::result::Result<T, ViewError>;

/// Queries of the worklist.
#[derive(Clone)]
pub struct Worklist {
    view: View,
}

/// What a page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The acting unit.
    pub unit: UnitId,
    /// What the list is narrowed to.
    pub filter: Filter,
    /// Where the page begins.
    pub from: From,
    /// Rows of a page.
    pub limit: u32,
}

/// A page of a unit's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Up to where the list has seen the log.
    pub position: u64,
    /// The rows, newest submission first.
    pub items: Vec<Item>,
    /// The unit's counts over the kinds asked for; the other filters do not touch them.
    pub counts: Counts,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<Cursor>,
    /// Rows that pass the filters, exact up to [`crate::REACH`].
    pub total: u64,
    /// Whether there are more than `total`.
    pub total_capped: bool,
}

/// Rows per tab.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<Tab, u64>);

impl Counts {
    /// Adds rows to a tab.
    pub fn add(&mut self, tab: Tab, n: u64) {
        *self.0.entry(tab).or_default() += n;
    }

    /// Rows of a tab; 全部 is the sum of the others.
    pub fn get(&self, tab: Tab) -> u64 {
        match tab {
            Tab::All => self.0.values().sum(),
            tab => self.0.get(&tab).copied().unwrap_or_default(),
        }
    }

    /// Every tab in the order of the screen.
    pub fn iter(&self) -> impl Iterator<Item = (Tab, u64)> + '_ {
        Tab::ALL.iter().map(|tab| (*tab, self.get(*tab)))
    }
}

/// The list as it is.
const PRESENT: List = List {
    table: TABLE,
    columns: READ,
    read: Item::read,
    also: None,
    by_tab: false,
};

impl Worklist {
    /// Over the view of this crate's projector.
    pub fn new(view: View) -> Self {
        Self { view }
    }

    /// The view, to wait for a position.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// A page with the unit's counts, both as of one moment.
    pub async fn page(&self, question: &Question) -> Result<Page> {
        let mut snapshot = self.view.snapshot().await?;
        let counts = counts(&mut snapshot, question.unit, &question.filter.kinds()).await?;
        let mut page = PRESENT.page(&mut snapshot, question, counts).await?;
        drop(snapshot);
        self.mark_behind(&mut page.items).await?;
        Ok(page)
    }

    /// A row of each declaration, of whichever unit: what all of its rows share.
    pub async fn any_of(&self, ids: &[DeclarationId]) -> Result<BTreeMap<DeclarationId, Item>> {
        let mut select = Query::select();
        select.columns(READ.iter().copied()).from(TABLE);
        let ids = ids.iter().map(|id| Value::from(*id).bind());
        select.and_where(Expr::col("declaration").is_in(ids));
        let mut items = BTreeMap::new();
        for mut cells in self.view.select(&select).await? {
            let item = Item::read(&mut cells)?;
            items.insert(item.declaration_id, item);
        }
        Ok(items)
    }

    /// Rows per tab of a unit, over some kinds; none means all.
    pub async fn counts(&self, unit: UnitId, kinds: &[Kind]) -> Result<Counts> {
        let filter = Filter {
            kinds: kinds.to_vec(),
            ..Filter::default()
        };
        counts(&mut self.view.snapshot().await?, unit, &filter.kinds()).await
    }

    /// Declarations that wait for the unit's 签收, by id: what the reactor signs when the unit
    /// switches it off.
    pub async fn pending_to_sign(
        &self,
        unit: UnitId,
        after: Option<DeclarationId>,
        limit: u32,
    ) -> Result<Vec<DeclarationId>> {
        let mut select = Query::select();
        select
            .column("declaration")
            .from(TABLE)
            .order_by("declaration", Order::Asc)
            .limit(u64::from(limit));
        select.and_where(Expr::col("unit").eq(Value::from(unit).bind()));
        select.and_where(Expr::col("kind").is_in(Kind::ALL.map(Kind::code)));
        select.and_where(Expr::col("tab").eq(StepState::ToSign.tab().code()));
        if let Some(after) = after {
            select.and_where(Expr::col("declaration").gt(Value::from(after).bind()));
        }
        self.view
            .select(&select)
            .await?
            .iter_mut()
            .map(docket_projection::Cells::take)
            .collect()
    }

    async fn mark_behind(&self, items: &mut [Item]) -> Result<()> {
        let behind = self
            .view
            .behind_since(
                items
                    .iter()
                    .map(|item| Stream::declaration(item.declaration_id)),
            )
            .await?;
        for item in items {
            item.behind_since = behind
                .get(&Stream::declaration(item.declaration_id))
                .copied();
        }
        Ok(())
    }
}

async fn counts(snapshot: &mut Snapshot, unit: UnitId, kinds: &[Kind]) -> Result<Counts> {
    let mut select = Query::select();
    select
        .columns(["tab", "n"])
        .from(Alias::new("worklist_counts"));
    select.and_where(Expr::col("unit").eq(Value::from(unit).bind()));
    select.and_where(Expr::col("kind").is_in(kinds.iter().map(|kind| kind.code())));
    let mut counts = Counts::default();
    for mut cells in snapshot.select(&select).await? {
        let (tab, n): (Tab, u64) = (cells.take()?, cells.take()?);
        counts.add(tab, n);
    }
    Ok(counts)
}
