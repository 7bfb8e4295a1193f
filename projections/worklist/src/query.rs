use crate::projector::{READ, TABLE};
use crate::{Cursor, Filter, From, Item, REACH};
use docket_domain::vocabulary::{StepState, Tab};
use docket_domain::{DeclarationId, Kind, Stream, UnitId};
use docket_projection::{Snapshot, Value, View, ViewError};
use sea_query::{Alias, Cond, Expr, ExprTrait, Order, Query, SelectStatement};
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
    /// Rows that pass the filters, exact up to [`REACH`].
    pub total: u64,
    /// Whether there are more than `total`.
    pub total_capped: bool,
}

/// Rows per tab.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<Tab, u64>);

impl Counts {
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
        let kinds = question.filter.kinds();
        let counts = counts(&mut snapshot, question.unit, &kinds).await?;
        let (total, total_capped) = total(&mut snapshot, question, &kinds, &counts).await?;
        let mut items = items(&mut snapshot, question, &kinds).await?;
        let position = snapshot.position();
        drop(snapshot);
        let more = items.len() > question.limit as usize;
        items.truncate(question.limit as usize);
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|item| Cursor {
            submitted_at: item.submitted_at,
            declaration: item.declaration_id,
        });
        self.mark_behind(&mut items).await?;
        Ok(Page {
            position,
            items,
            counts,
            next_cursor,
            total,
            total_capped,
        })
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
        *counts.0.entry(tab).or_default() += n;
    }
    Ok(counts)
}

async fn total(
    snapshot: &mut Snapshot,
    question: &Question,
    kinds: &[Kind],
    counts: &Counts,
) -> Result<(u64, bool)> {
    let total = match question.filter.is_plain() {
        true => counts.get(question.filter.tab),
        false => count_filtered(snapshot, question, kinds).await?,
    };
    Ok((Ord::min(total, REACH), total > REACH))
}

/// Counts no further than one row past the reach.
async fn count_filtered(
    snapshot: &mut Snapshot,
    question: &Question,
    kinds: &[Kind],
) -> Result<u64> {
    let mut rows = Query::select();
    rows.column("declaration")
        .from(TABLE)
        .cond_where(question.filter.condition(question.unit))
        .limit(REACH + 1);
    rows.and_where(Expr::col("kind").is_in(kinds.iter().map(|kind| kind.code())));
    let mut select = Query::select();
    select
        .expr(Expr::col("declaration").count())
        .from_subquery(rows, Alias::new("reached"));
    match snapshot.select(&select).await?.first_mut() {
        Some(cells) => cells.take(),
        None => Ok(0),
    }
}

/// One row more than a page. Each kind is read by its own index, and the few rows merged.
async fn items(snapshot: &mut Snapshot, question: &Question, kinds: &[Kind]) -> Result<Vec<Item>> {
    let wanted = u64::from(question.limit) + 1;
    let offset = question.from.offset(question.limit);
    if offset >= REACH {
        return Ok(Vec::new());
    }
    let mut items = Vec::new();
    for kind in kinds {
        let (skip, take) = if kinds.len() == 1 {
            (offset, wanted)
        } else {
            (0, offset + wanted)
        };
        let select = page_of(question, *kind, skip, take);
        for cells in &mut snapshot.select(&select).await? {
            items.push(Item::read(cells)?);
        }
    }
    if kinds.len() > 1 {
        items.sort_by_key(|item| (std::cmp::Reverse(item.submitted_at), item.declaration_id));
        items = items
            .into_iter()
            .skip(usize::try_from(offset).unwrap_or(usize::MAX))
            .take(question.limit as usize + 1)
            .collect();
    }
    Ok(items)
}

fn page_of(question: &Question, kind: Kind, skip: u64, take: u64) -> SelectStatement {
    let mut select = Query::select();
    select.columns(READ.iter().copied()).from(TABLE);
    select.cond_where(
        Cond::all()
            .add(Expr::col("kind").eq(kind.code()))
            .add(question.filter.condition(question.unit)),
    );
    if let Some(condition) = question.from.condition() {
        select.cond_where(condition);
    }
    select
        .order_by("submitted_at", Order::Desc)
        .order_by("declaration", Order::Asc)
        .limit(take);
    if skip > 0 {
        select.offset(skip);
    }
    select
}
