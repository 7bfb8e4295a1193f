use crate::WorklistHistory;
use crate::projector::TABLE;
use crate::query::{Result, counts, held, of};
use docket_domain::vocabulary::Tab;
use docket_domain::{DeclarationId, Kind, UnitId};
use docket_projection::{Cells, Value};
use docket_worklist::Counts;
use sea_query::{Cond, Expr, ExprTrait, Query};
use std::collections::BTreeMap;

/// What became of lists between two positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// What stands in another tab, by unit and number.
    pub moved: Vec<Moved>,
    /// Rows per tab at the first position.
    pub before: Counts,
    /// The same at the second.
    pub after: Counts,
}

/// A row that stood in one tab of a unit and stands in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The unit.
    pub unit: UnitId,
    /// 申报编号
    pub number: String,
    /// The declaration.
    pub declaration: DeclarationId,
    /// 评审, 初定 or 确认.
    pub kind: Kind,
    /// The tab before; none where the unit had no row.
    pub before: Option<Tab>,
    /// The tab after; none where the unit has no row any more.
    pub after: Option<Tab>,
}

impl WorklistHistory {
    /// What moved from one position to a later one: in one unit or in all, over some kinds.
    ///
    /// # Errors
    /// When the view cannot be read.
    pub async fn diff(
        &self,
        from: u64,
        to: u64,
        unit: Option<UnitId>,
        kinds: &[Kind],
    ) -> Result<Diff> {
        let mut select = Query::select();
        select
            .columns([
                "unit",
                "number",
                "declaration",
                "kind",
                "tab",
                "to_position",
            ])
            .from(TABLE)
            .cond_where(of(unit, kinds).add(changed(from, to)));
        let mut snapshot = self.view.snapshot().await?;
        let mut found: BTreeMap<(UnitId, String, DeclarationId), Moved> = BTreeMap::new();
        for cells in &mut snapshot.select(&select).await? {
            let (one, tab, held_at_the_end) = read(cells, to)?;
            let key = (one.unit, one.number.clone(), one.declaration);
            let moved = found.entry(key).or_insert(one);
            match held_at_the_end {
                true => moved.after = Some(tab),
                false => moved.before = Some(tab),
            }
        }
        let before = counts(&mut snapshot, unit, kinds, from).await?;
        let after = counts(&mut snapshot, unit, kinds, to).await?;
        let moved = found.into_values();
        Ok(Diff {
            moved: moved.filter(|one| one.before != one.after).collect(),
            before,
            after,
        })
    }
}

/// Rows that held at one of the positions and not at the other.
fn changed(from: u64, to: u64) -> Cond {
    let ended = held(from).add(Expr::col("to_position").lte(Value::from(to).bind()));
    let begun = held(to).add(Expr::col("from_position").gt(Value::from(from).bind()));
    Cond::any().add(ended).add(begun)
}

/// A row with its tab, and whether it is one of those that held at the second position.
fn read(cells: &mut Cells, to: u64) -> Result<(Moved, Tab, bool)> {
    let moved = Moved {
        unit: cells.take()?,
        number: cells.take()?,
        declaration: cells.take()?,
        kind: cells.take()?,
        before: None,
        after: None,
    };
    let (tab, ended): (Tab, Option<u64>) = (cells.take()?, cells.take()?);
    Ok((moved, tab, ended.is_none_or(|ended| ended > to)))
}
