use crate::Cursor;
use docket_domain::time::Day;
use docket_domain::vocabulary::Tab;
use docket_domain::{Kind, UnitId};
use docket_projection::Value;
use sea_query::{Cond, Expr, ExprTrait};

/// What the list is narrowed to (§5.1). Texts are cleaned by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The kinds of the menus the caller has; none means all.
    pub kinds: Vec<Kind>,
    /// The tab.
    pub tab: Tab,
    /// 申报编号, or its beginning.
    pub number: Option<String>,
    /// 现工作单位: the units whose name fits, as the directory found them.
    pub work_units: Option<Vec<UnitId>>,
    /// 姓名, from the beginning.
    pub name: Option<String>,
    /// 手机号, whole.
    pub phone: Option<String>,
    /// 证件号码, whole.
    pub id_number: Option<String>,
    /// 提交开始时间, inclusive.
    pub submitted_from: Option<Day>,
    /// 提交结束时间, inclusive.
    pub submitted_to: Option<Day>,
}

impl Default for Filter {
    fn default() -> Self {
        Filter {
            kinds: Vec::new(),
            tab: Tab::All,
            number: None,
            work_units: None,
            name: None,
            phone: None,
            id_number: None,
            submitted_from: None,
            submitted_to: None,
        }
    }
}

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// With the first row.
    Start,
    /// Behind the last row of another page.
    Cursor(Cursor),
    /// With the page of that number, from 1; rows behind [`crate::REACH`] are out of reach.
    Page(u32),
}

impl From {
    /// Rows to skip.
    pub(crate) fn offset(self, limit: u32) -> u64 {
        match self {
            From::Page(page) => {
                (u64::from(page).saturating_sub(1)).saturating_mul(u64::from(limit))
            }
            _ => 0,
        }
    }

    pub(crate) fn condition(self) -> Option<Cond> {
        let From::Cursor(cursor) = self else {
            return None;
        };
        let submitted_at = Value::from(cursor.submitted_at).bind();
        let same = Cond::all()
            .add(Expr::col("submitted_at").eq(submitted_at.clone()))
            .add(Expr::col("declaration").gt(Value::from(cursor.declaration).bind()));
        Some(
            Cond::any()
                .add(Expr::col("submitted_at").lt(submitted_at))
                .add(same),
        )
    }
}

impl Filter {
    /// The kinds asked for.
    pub fn kinds(&self) -> Vec<Kind> {
        if self.kinds.is_empty() {
            Kind::ALL.to_vec()
        } else {
            self.kinds.clone()
        }
    }

    /// Whether kind and tab are all it asks for, so that the counts know the total.
    pub(crate) fn is_plain(&self) -> bool {
        *self
            == Filter {
                kinds: self.kinds.clone(),
                tab: self.tab,
                ..Filter::default()
            }
    }

    /// Everything but the kind.
    pub(crate) fn condition(&self, unit: UnitId) -> Cond {
        let mut all = Cond::all().add(Expr::col("unit").eq(Value::from(unit).bind()));
        if self.tab != Tab::All {
            all = all.add(Expr::col("tab").eq(self.tab.code()));
        }
        for (column, prefix) in [("number", &self.number), ("applicant", &self.name)] {
            if let Some(prefix) = prefix {
                all = all
                    .add(Expr::col(column).gte(prefix.clone()))
                    .add(Expr::col(column).lt(format!("{prefix}\u{10ffff}")));
            }
        }
        for (column, whole) in [("phone", &self.phone), ("id_number", &self.id_number)] {
            if let Some(whole) = whole {
                all = all.add(Expr::col(column).eq(whole.clone()));
            }
        }
        if let Some(units) = &self.work_units {
            all = all.add(
                Expr::col("work_unit").is_in(units.iter().map(|unit| Value::from(*unit).bind())),
            );
        }
        if let Some(day) = self.submitted_from {
            all = all.add(Expr::col("submitted_at").gte(Value::from(day.start()).bind()));
        }
        if let Some(day) = self.submitted_to {
            all = all.add(Expr::col("submitted_at").lt(Value::from(day.next().start()).bind()));
        }
        all
    }
}
