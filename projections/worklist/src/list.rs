use crate::{Counts, Cursor, Item, Page, Question, REACH};
use docket_domain::Kind;
use docket_domain::vocabulary::Tab;
use docket_projection::{Cells, Snapshot, ViewError};
use sea_query::{Alias, Cond, Expr, ExprTrait, Order, Query, SelectStatement};

type Result<T> = std::result::Result<T, ViewError>;

/// A table that a unit's list is read from: the list as it is, or as it was. Its columns bear the
/// names that filters and order use.
pub struct List {
    /// The table.
    pub table: &'static str,
    /// The columns that make an item.
    pub columns: &'static [&'static str],
    /// Makes one of them.
    pub read: fn(&mut Cells) -> Result<Item>,
    /// What holds for every row of the list, beside the filter.
    pub also: Option<Cond>,
    /// Whether 全部 is read tab by tab: its only index in the order of the list has the tab first.
    pub by_tab: bool,
}

impl List {
    /// A page, with counts that were read at the same moment.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub async fn page(
        &self,
        snapshot: &mut Snapshot,
        question: &Question,
        counts: Counts,
    ) -> Result<Page> {
        let kinds = question.filter.kinds();
        let (total, total_capped) = self.total(snapshot, question, &kinds, &counts).await?;
        let mut items = self.items(snapshot, question, &kinds).await?;
        let more = items.len() > question.limit as usize;
        items.truncate(question.limit as usize);
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|item| Cursor {
            submitted_at: item.submitted_at,
            declaration: item.declaration_id,
        });
        Ok(Page {
            position: snapshot.position(),
            items,
            counts,
            next_cursor,
            total,
            total_capped,
        })
    }

    async fn total(
        &self,
        snapshot: &mut Snapshot,
        question: &Question,
        kinds: &[Kind],
        counts: &Counts,
    ) -> Result<(u64, bool)> {
        let total = match question.filter.is_plain() {
            true => counts.get(question.filter.tab),
            false => self.count_filtered(snapshot, question, kinds).await?,
        };
        Ok((Ord::min(total, REACH), total > REACH))
    }

    /// Counts no further than one row past the reach.
    async fn count_filtered(
        &self,
        snapshot: &mut Snapshot,
        question: &Question,
        kinds: &[Kind],
    ) -> Result<u64> {
        let mut rows = Query::select();
        rows.column("declaration")
            .from(self.table)
            .cond_where(self.condition(question))
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

    /// One row more than a page. Each part is read by an index, and the few rows merged.
    async fn items(
        &self,
        snapshot: &mut Snapshot,
        question: &Question,
        kinds: &[Kind],
    ) -> Result<Vec<Item>> {
        let wanted = u64::from(question.limit) + 1;
        let offset = question.from.offset(question.limit);
        if offset >= REACH {
            return Ok(Vec::new());
        }
        let parts = self.parts(question, kinds);
        let (skip, take) = match parts.len() {
            1 => (offset, wanted),
            _ => (0, offset + wanted),
        };
        let mut items = Vec::new();
        for part in &parts {
            let select = self.page_of(question, part, skip, take);
            for cells in &mut snapshot.select(&select).await? {
                items.push((self.read)(cells)?);
            }
        }
        if parts.len() > 1 {
            items.sort_by_key(|item| (std::cmp::Reverse(item.submitted_at), item.declaration_id));
            items = items
                .into_iter()
                .skip(usize::try_from(offset).unwrap_or(usize::MAX))
                .take(question.limit as usize + 1)
                .collect();
        }
        Ok(items)
    }

    /// What an index has in the order of the list.
    fn parts(&self, question: &Question, kinds: &[Kind]) -> Vec<Cond> {
        let kinds = kinds.iter();
        let kinds = kinds.map(|kind| Cond::all().add(Expr::col("kind").eq(kind.code())));
        if !self.by_tab || question.filter.tab != Tab::All {
            return kinds.collect();
        }
        let tabs = Tab::ALL.iter().filter(|tab| **tab != Tab::All);
        let tabs = tabs.map(|tab| Expr::col("tab").eq(tab.code()));
        kinds
            .flat_map(|kind| tabs.clone().map(move |tab| kind.clone().add(tab)))
            .collect()
    }

    fn page_of(&self, question: &Question, part: &Cond, skip: u64, take: u64) -> SelectStatement {
        let mut select = Query::select();
        select
            .columns(self.columns.iter().copied())
            .from(self.table);
        select.cond_where(part.clone().add(self.condition(question)));
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

    /// Everything but the kind.
    fn condition(&self, question: &Question) -> Cond {
        let filter = question.filter.condition(question.unit);
        match &self.also {
            Some(also) => filter.add(also.clone()),
            None => filter,
        }
    }
}
