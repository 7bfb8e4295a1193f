use super::UnitView;
use crate::schema::At;
use docket_domain::UnitId;
use docket_domain::declaration::{LastReturn, ReturnTo, Termination};
use docket_domain::time::Instant;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// The last 退回, until 再次提交 or until the unit it went to reports.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReturnedView {
    /// The unit that returned it.
    pub by_unit: UnitView,
    /// 退回到: `applicant`, or the id of a unit.
    #[schema(value_type = String, example = "applicant")]
    pub to: Destination,
    /// The name of the unit it went to; absent where it went to the applicant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_name: Option<String>,
    /// 退回原因; null once erased.
    pub reason: Option<String>,
    #[schema(value_type = At)]
    pub at: Instant,
    /// 修改截止时间: until when the applicant may submit again. Absent where nothing binds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<At>)]
    pub resubmit_until: Option<Instant>,
}

/// 终止申报
#[derive(Debug, Serialize, ToSchema)]
pub struct TerminatedView {
    /// The unit that terminated it.
    pub by_unit: UnitView,
    /// 终止原因; null once erased.
    pub reason: Option<String>,
    #[schema(value_type = At)]
    pub at: Instant,
}

/// Where a return went, as the command names it.
#[derive(Debug, Clone, Copy)]
pub struct Destination(pub ReturnTo);

impl Serialize for Destination {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            ReturnTo::Applicant => serializer.serialize_str("applicant"),
            ReturnTo::Unit(unit) => serializer.collect_str(&unit),
        }
    }
}

impl ReturnedView {
    /// With the names of units, and the deadline of the work unit's step that is in force.
    pub fn of(
        last: &LastReturn,
        name: impl Fn(UnitId) -> String,
        deadline: Option<Instant>,
    ) -> Self {
        let to_name = match last.to {
            ReturnTo::Applicant => None,
            ReturnTo::Unit(unit) => Some(name(unit)),
        };
        Self {
            by_unit: unit(last.by, &name),
            to: Destination(last.to),
            to_name,
            reason: last.reason.clone(),
            at: last.at,
            resubmit_until: deadline.filter(|_| last.to == ReturnTo::Applicant),
        }
    }
}

impl TerminatedView {
    /// With the names of units.
    pub fn of(ended: &Termination, name: impl Fn(UnitId) -> String) -> Self {
        Self {
            by_unit: unit(ended.by, &name),
            reason: ended.reason.clone(),
            at: ended.at,
        }
    }
}

fn unit(id: UnitId, name: &impl Fn(UnitId) -> String) -> UnitView {
    UnitView {
        unit_id: id,
        name: name(id),
    }
}
