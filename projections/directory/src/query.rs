use crate::projector::{COMMITTEES, PEOPLE, SERIES, SETTINGS, STAFF, UNITS, YEARS};
use crate::records::{Committee, Person, Series, Setting, StaffMember, Unit};
use docket_domain::{CommitteeId, Kind, PersonId, SettingId, UnitId};
use docket_projection::{Cells, Value, View, ViewError, contains};
use sea_query::{Cond, Expr, ExprTrait, NullOrdering, Order, Query, SelectStatement};
use std::collections::BTreeMap;

type Result<T> = std::result::Result<T, ViewError>;

/// Ids asked for in one query.
const IDS: usize = 1_000;
/// Most units that a part of a name may mean for a filter.
const NAMED_MAX: u64 = 10_000;

/// Queries of the directory.
#[derive(Clone)]
pub struct Directory {
    view: View,
}

/// What units are looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitSearch {
    /// Any part of the name.
    pub text: Option<String>,
    /// Whether 单位基础信息 was completed.
    pub ready: Option<bool>,
    /// The last unit of the page before.
    pub after: Option<UnitId>,
    /// Units of a page.
    pub limit: u32,
}

impl Directory {
    /// Over the view of this crate's projector.
    pub fn new(view: View) -> Self {
        Self { view }
    }

    /// The view, to wait for a position.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Units by id.
    pub async fn units(&self, ids: &[UnitId]) -> Result<BTreeMap<UnitId, Unit>> {
        let units = self.by_ids(UNITS, Unit::READ, ids, Unit::read).await?;
        Ok(units.into_iter().map(|unit| (unit.id, unit)).collect())
    }

    /// Names of units by id.
    pub async fn unit_names(&self, ids: &[UnitId]) -> Result<BTreeMap<UnitId, String>> {
        Ok(self
            .units(ids)
            .await?
            .into_iter()
            .map(|(id, unit)| (id, unit.name))
            .collect())
    }

    /// The unit with a credit code.
    pub async fn unit_by_credit_code(&self, credit_code: &str) -> Result<Option<Unit>> {
        let mut select = from(UNITS, Unit::READ);
        select
            .and_where(Expr::col("credit_code").eq(credit_code))
            .order_by("unit", Order::Asc)
            .limit(1);
        Ok(self.read(&select, Unit::read).await?.pop())
    }

    /// A page of units by name, then id.
    pub async fn search_units(&self, search: &UnitSearch) -> Result<Vec<Unit>> {
        let mut select = from(UNITS, Unit::READ);
        if let Some(text) = &search.text {
            select.and_where(contains("name", text));
        }
        if let Some(ready) = search.ready {
            select.and_where(Expr::col("ready").eq(Value::from(ready).bind()));
        }
        if let Some(after) = search.after
            && let Some(last) = self.units(&[after]).await?.remove(&after)
        {
            let same = Cond::all()
                .add(Expr::col("name").eq(last.name.clone()))
                .add(Expr::col("unit").gt(Value::from(after).bind()));
            select.cond_where(Cond::any().add(Expr::col("name").gt(last.name)).add(same));
        }
        select
            .order_by("name", Order::Asc)
            .order_by("unit", Order::Asc)
            .limit(u64::from(search.limit));
        self.read(&select, Unit::read).await
    }

    /// The units whose name has a part: what the worklist's 现工作单位 filter means.
    pub async fn units_named(&self, part: &str) -> Result<Vec<UnitId>> {
        let mut select = from(UNITS, &["unit"]);
        select
            .and_where(contains("name", part))
            .order_by("unit", Order::Asc)
            .limit(NAMED_MAX);
        self.read(&select, Cells::take).await
    }

    /// The legal user and the operators of a unit.
    pub async fn staff_of(&self, unit: UnitId) -> Result<Vec<StaffMember>> {
        let mut select = from(STAFF, StaffMember::READ);
        select.and_where(Expr::col("unit").eq(Value::from(unit).bind()));
        select
            .order_by("legal_user", Order::Desc)
            .order_by_with_nulls("since", Order::Asc, NullOrdering::First)
            .order_by("person", Order::Asc);
        self.read(&select, StaffMember::read).await
    }

    /// The units a person acts for.
    pub async fn memberships(&self, person: PersonId) -> Result<Vec<StaffMember>> {
        let mut select = from(STAFF, StaffMember::READ);
        select
            .and_where(Expr::col("person").eq(Value::from(person).bind()))
            .order_by("unit", Order::Asc);
        self.read(&select, StaffMember::read).await
    }

    /// Accounts by id.
    pub async fn people(&self, ids: &[PersonId]) -> Result<BTreeMap<PersonId, Person>> {
        let people = self.by_ids(PEOPLE, Person::READ, ids, Person::read).await?;
        Ok(people
            .into_iter()
            .map(|person| (person.id, person))
            .collect())
    }

    /// Committees by id.
    pub async fn committees(
        &self,
        ids: &[CommitteeId],
    ) -> Result<BTreeMap<CommitteeId, Committee>> {
        let committees = self
            .by_ids(COMMITTEES, Committee::READ, ids, Committee::read)
            .await?;
        Ok(committees
            .into_iter()
            .map(|committee| (committee.id, committee))
            .collect())
    }

    /// Every committee, by name.
    pub async fn all_committees(&self) -> Result<Vec<Committee>> {
        let mut select = from(COMMITTEES, Committee::READ);
        select
            .order_by("name", Order::Asc)
            .order_by("committee", Order::Asc);
        self.read(&select, Committee::read).await
    }

    /// Settings by id.
    pub async fn settings(&self, ids: &[SettingId]) -> Result<BTreeMap<SettingId, Setting>> {
        let settings = self
            .by_ids(SETTINGS, Setting::READ, ids, Setting::read)
            .await?;
        Ok(settings
            .into_iter()
            .map(|setting| (setting.id, setting))
            .collect())
    }

    /// Every setting, of one kind or of both.
    pub async fn all_settings(&self, kind: Option<Kind>) -> Result<Vec<Setting>> {
        let mut select = from(SETTINGS, Setting::READ);
        if let Some(kind) = kind {
            select.and_where(Expr::col("kind").eq(kind.code()));
        }
        select
            .order_by("unit", Order::Asc)
            .order_by("kind", Order::Asc);
        self.read(&select, Setting::read).await
    }

    /// The years of the loaded calendar.
    pub async fn calendar_years(&self) -> Result<Vec<i32>> {
        let mut select = from(YEARS, &["year"]);
        self.read(select.order_by("year", Order::Asc), Cells::take)
            .await
    }

    /// The title table in the ministry's order.
    pub async fn series(&self) -> Result<Vec<Series>> {
        let mut select = from(SERIES, Series::READ);
        self.read(
            select
                .order_by("number", Order::Asc)
                .order_by("name", Order::Asc),
            Series::read,
        )
        .await
    }

    /// Rows of a table by the ids in its first column.
    async fn by_ids<I: Copy + Into<Value>, T>(
        &self,
        table: &'static str,
        columns: &'static [&'static str],
        ids: &[I],
        read: fn(&mut Cells) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(IDS) {
            let mut select = from(table, columns);
            select.and_where(Expr::col(columns[0]).is_in(ids.iter().map(|id| (*id).into().bind())));
            found.extend(self.read(&select, read).await?);
        }
        Ok(found)
    }

    async fn read<T>(
        &self,
        select: &SelectStatement,
        read: fn(&mut Cells) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.view
            .select(select)
            .await?
            .iter_mut()
            .map(read)
            .collect()
    }
}

fn from(table: &'static str, columns: &[&'static str]) -> SelectStatement {
    let mut select = Query::select();
    select.columns(columns.iter().copied()).from(table);
    select
}
