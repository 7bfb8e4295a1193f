//! What changes around the declarations: toggles, people, menus, plans, settings, authority.

use super::Generator;
use crate::cast::{Cast, UnitCast};
use docket_domain::administration::AdminCommand;
use docket_domain::committee::Deadlines;
use docket_domain::vocabulary::Menu;
use docket_domain::{Actor, Command, Kind, PersonId, Requirement, SettingId};

impl Generator {
    /// One change of the world, by somebody who may make it.
    pub(super) fn around(&mut self) -> (Actor, Command) {
        let (actor, command) = match self.seed.below(12) {
            0..3 => self.toggle(),
            3..6 => self.people(),
            6..8 => self.menus(),
            8..10 => self.plan(),
            _ => self.setting(),
        };
        (actor, Command::Administration(command))
    }

    fn toggle(&mut self) -> (Actor, AdminCommand) {
        let cast = self.world.cast.clone();
        let unit = *self.seed.pick(&cast.ready_units());
        let standing = self.world.unit(unit.id).cloned().unwrap_or_default();
        let profile = standing
            .profile
            .unwrap_or_else(|| Cast::profile(&unit.name, standing.credit_code));
        (
            unit.legal(),
            AdminCommand::SaveProfile {
                unit: unit.id,
                profile,
                sign_off: !standing.sign_off,
            },
        )
    }

    /// Links whoever is not linked, gives menus to whoever has none, else removes somebody.
    fn people(&mut self) -> (Actor, AdminCommand) {
        let cast = self.world.cast.clone();
        let menus_of = |unit: &UnitCast, person: PersonId| {
            let staff = self.world.staff(unit.id)?;
            staff
                .operators
                .get(&person)
                .map(|operator| operator.menus.len())
        };
        let everybody = cast
            .ready_units()
            .into_iter()
            .flat_map(|unit| unit.operators.map(|person| (unit, person)));
        let all: Vec<_> = everybody
            .map(|(unit, person)| (unit, person, menus_of(unit, person)))
            .collect();
        let idle: Vec<_> = all
            .iter()
            .filter(|(_, _, menus)| menus.is_none_or(|menus| menus == 0))
            .collect();
        let (unit, person, menus) = match idle.is_empty() || self.seed.chance(40) {
            true => *self.seed.pick(&all),
            false => **self.seed.pick(&idle),
        };
        let command = match menus {
            None => AdminCommand::LinkOperator {
                unit: unit.id,
                person,
            },
            Some(0) => AdminCommand::SaveMenus {
                unit: unit.id,
                person,
                menus: audits(),
            },
            Some(_) => AdminCommand::RemoveOperator {
                unit: unit.id,
                person,
            },
        };
        (unit.legal(), command)
    }

    fn menus(&mut self) -> (Actor, AdminCommand) {
        let cast = self.world.cast.clone();
        let unit = *self.seed.pick(&cast.ready_units());
        let person = *self.seed.pick(&unit.operators);
        let mut menus = audits();
        if self.seed.chance(40) {
            let taken = *self.seed.pick(&[
                Menu::ReviewAudit,
                Menu::InitialAudit,
                Menu::ConfirmationAudit,
            ]);
            menus.remove(&taken);
        }
        (
            unit.legal(),
            AdminCommand::SaveMenus {
                unit: unit.id,
                person,
                menus,
            },
        )
    }

    fn plan(&mut self) -> (Actor, AdminCommand) {
        let cast = self.world.cast.clone();
        let committee = *self.seed.pick(&[cast.committee, cast.other_committee]);
        let office = if committee == cast.committee {
            cast.office.legal()
        } else {
            cast.bureau.legal()
        };
        let deadlines = self.deadlines();
        let attachments: Vec<Requirement> = if self.seed.chance(50) {
            Cast::requirements()
        } else {
            Vec::new()
        };
        (
            office,
            AdminCommand::SavePlan {
                committee,
                deadlines,
                notice: String::new(),
                attachments,
            },
        )
    }

    /// Ascending, mostly months ahead, seldom past, often none.
    fn deadlines(&mut self) -> Deadlines {
        let mut days: Vec<i64> = (0..4)
            .map(|_| i64::try_from(self.seed.below(200)).expect("small") - 5)
            .collect();
        days.sort_unstable();
        let mut stage = |n: usize| self.seed.chance(60).then(|| self.now.plus_days(days[n]));
        Deadlines {
            submit: stage(0),
            work_unit: stage(1),
            superior: stage(2),
            committee: stage(3),
        }
    }

    fn setting(&mut self) -> (Actor, AdminCommand) {
        let cast = self.world.cast.clone();
        let (unit, settings) = *self.seed.pick(&[
            (&cast.accepting, cast.accepting_settings),
            (&cast.college, cast.college_settings),
        ]);
        let granted = self
            .world
            .unit(unit.id)
            .is_some_and(|unit| unit.issuing_authority);
        if !granted || self.seed.chance(10) {
            return (
                Actor::SYSTEM,
                AdminCommand::SetIssuingAuthority {
                    unit: unit.id,
                    granted: !granted,
                },
            );
        }
        let (kind, setting): (Kind, SettingId) = *self.seed.pick(&[
            (Kind::Initial, settings[0]),
            (Kind::Confirmation, settings[1]),
        ]);
        let form = Cast::setting_form(setting, unit.id, kind, self.seed.chance(85));
        (unit.legal(), AdminCommand::SaveSetting(Box::new(form)))
    }
}

fn audits() -> std::collections::BTreeSet<Menu> {
    [
        Menu::ReviewAudit,
        Menu::InitialAudit,
        Menu::ConfirmationAudit,
    ]
    .into_iter()
    .collect()
}
