//! What a declaration is shown with that stands on other streams: names of units, its committee
//! and plan. As it is now, or as it was at a position.

use crate::app::App;
use crate::problem::Problem;
use docket_domain::committee::Deadlines;
use docket_domain::declaration::{Declaration, Target};
use docket_domain::{Requirement, UnitId};
use docket_engine::Past;
use std::collections::BTreeMap;

/// What stands around a declaration.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Names of the units it mentions.
    pub units: BTreeMap<UnitId, String>,
    /// The committee's name and plan.
    pub committee: Option<(String, Deadlines)>,
    /// 附件要求 of the target, which bind a draft.
    pub requirements: Vec<Requirement>,
}

impl Surroundings {
    /// As the log has them now.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn now(app: &App, declaration: &Declaration) -> Result<Self, Problem> {
        let mut units = BTreeMap::new();
        for id in units_of(declaration) {
            if let Some(unit) = app.unit(id).await? {
                units.insert(id, unit.name);
            }
        }
        let (committee, requirements) = match declaration.target {
            Target::Committee { committee, .. } => {
                let found = app.committee(committee).await?.unwrap_or_default();
                (Some((found.name, found.deadlines)), found.attachments)
            }
            Target::Setting { setting, .. } => {
                let found = app.setting(setting).await?.unwrap_or_default();
                (None, found.attachments)
            }
        };
        Ok(Self {
            units,
            committee,
            requirements,
        })
    }

    /// As they were at a position.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn at(
        past: &mut Past<'_>,
        declaration: &Declaration,
        position: u64,
    ) -> Result<Self, Problem> {
        let mut units = BTreeMap::new();
        for id in units_of(declaration) {
            if let Some(name) = past.unit_name(id, position).await? {
                units.insert(id, name);
            }
        }
        let judged_by = past.judged_by(declaration, position).await?;
        Ok(Self {
            units,
            committee: judged_by.committee,
            requirements: judged_by.attachments,
        })
    }

    /// A unit's name; empty where it is not known.
    pub fn unit(&self, unit: UnitId) -> String {
        self.units.get(&unit).cloned().unwrap_or_default()
    }
}

/// The units a declaration mentions.
fn units_of(declaration: &Declaration) -> Vec<UnitId> {
    let mut ids: Vec<UnitId> = declaration.steps.iter().map(|step| step.unit).collect();
    ids.extend([declaration.work_unit, declaration.target.unit()]);
    ids.sort_unstable();
    ids.dedup();
    ids
}
