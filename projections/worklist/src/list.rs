use crate::{Counts, Cursor, Item, Page, Question, REACH};
use docket_domain::Kind;
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

    /// One row more than a page. Each kind is read by an index, and the few rows merged.
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
        let (skip, take) = match kinds.len() {
            1 => (offset, wanted),
            _ => (0, offset + wanted),
        };
        let mut items = Vec::new();
        for kind in kinds {
            let select = self.page_of(question, *kind, skip, take);
            for cells in &mut snapshot.select(&select).await? {
                items.push((self.read)(cells)?);
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

    fn page_of(&self, question: &Question, kind: Kind, skip: u64, take: u64) -> SelectStatement {
        let mut select = Query::select();
        select
            .columns(self.columns.iter().copied())
            .from(self.table);
        select.and_where(Expr::col("kind").eq(kind.code()));
        select.cond_where(self.condition(question));
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
