//! What a turn of a history is told with: the names of units and the deadlines of that moment.

use super::Masks;
use docket_codec::Opened;
use docket_domain::committee::Deadlines;
use docket_domain::declaration::{Declaration, Step};
use docket_domain::person::LEGAL_USER;
use docket_domain::time::Instant;
use docket_domain::{PersonId, UnitId, mask};
use docket_engine::Past;
use std::collections::BTreeMap;

/// One moment of the log.
pub struct Moment {
    units: BTreeMap<UnitId, String>,
    plan: Option<Deadlines>,
    pub masks: Masks,
}

impl Moment {
    /// The moment of an event, for the units that it and the declaration after it mention.
    pub async fn of(
        past: &mut Past<'_>,
        declaration: &Declaration,
        opened: &Opened,
        masks: Masks,
    ) -> anyhow::Result<Self> {
        let position = opened.envelope.position;
        let steps = declaration.steps.iter().map(|step| step.unit);
        let mentioned = steps
            .chain([declaration.work_unit, declaration.target.unit()])
            .chain(opened.envelope.author.unit);
        let mut units = BTreeMap::new();
        for unit in mentioned {
            if !units.contains_key(&unit)
                && let Some(name) = past.unit_name(unit, position).await?
            {
                units.insert(unit, name);
            }
        }
        let judged_by = past.judged_by(declaration, position).await?;
        Ok(Self {
            units,
            plan: judged_by.committee.map(|(_, plan)| plan),
            masks,
        })
    }

    pub fn unit(&self, unit: UnitId) -> String {
        let name = self.units.get(&unit).cloned();
        name.unwrap_or_else(|| unit.to_string())
    }

    /// A person's name as it was frozen into the declaration; none once erased.
    pub fn person(&self, declaration: &Declaration, person: PersonId) -> Option<String> {
        let name = declaration.name_of(person)?;
        Some(if self.masks == Masks::Off || name == LEGAL_USER {
            name.to_owned()
        } else {
            mask::name(name)
        })
    }

    /// The deadline of a step that was in force.
    pub fn deadline(&self, step: &Step) -> Option<Instant> {
        self.plan?.in_force(step.step_type, &step.extended)
    }
}
