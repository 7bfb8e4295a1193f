//! What stands before the first declaration: accounts, units and their people, committees with
//! plans, recognition settings.

use super::cast::{Cast, CommitteeCast, SettingCast, UnitCast};
use super::identifiers::credit_code;
use super::people::Human;
use super::seed::{Planned, Schedule};
use docket_codec::KeyRing;
use docket_domain::administration::{AdminCommand, SettingForm};
use docket_domain::unit::{Contacts, Profile};
use docket_domain::vocabulary::{DocumentType, SystemRole};
use docket_domain::{Acting, Actor, Command};

/// Real time between two commands of the scenery.
const PACE_MICROS: i64 = 500_000;

/// Orders the whole scenery, one command after the other.
pub fn set(cast: &Cast, ring: &KeyRing, schedule: &mut Schedule) {
    let mut scene = Scene {
        schedule,
        ring,
        operator: platform(cast),
        clock: 0,
    };
    for (index, human) in cast.humans().into_iter().enumerate() {
        scene.register(index, human);
    }
    scene.order(
        "role of the system operator",
        Actor::SYSTEM,
        grant(&cast.system_operator, SystemRole::SystemOperator),
    );
    scene.order(
        "role of the auditor",
        scene.operator.clone(),
        grant(&cast.auditor, SystemRole::Auditor),
    );
    for (index, unit) in cast.units.iter().enumerate() {
        scene.unit(index, unit);
    }
    cast.committees
        .iter()
        .for_each(|committee| scene.committee(committee, cast));
    cast.settings
        .iter()
        .for_each(|setting| scene.setting(setting, cast));
}

fn platform(cast: &Cast) -> Actor {
    Actor {
        person: Some(cast.system_operator.id),
        acting: Acting::Platform(SystemRole::SystemOperator),
    }
}

fn grant(human: &Human, role: SystemRole) -> AdminCommand {
    AdminCommand::GrantRole {
        person: human.id,
        role,
    }
}

struct Scene<'a> {
    schedule: &'a mut Schedule,
    ring: &'a KeyRing,
    operator: Actor,
    clock: i64,
}

impl Scene<'_> {
    fn order(&mut self, label: &str, actor: Actor, command: AdminCommand) {
        self.clock += PACE_MICROS;
        let at = crate::clock::DEMO_START.plus_micros(self.clock);
        self.schedule.add(Planned {
            at,
            label: label.to_owned(),
            actor,
            command: Command::Administration(command),
        });
    }

    fn register(&mut self, index: usize, human: &Human) {
        let claim = self
            .ring
            .document_claim(DocumentType::ResidentId, &human.identity.id_number)
            .id;
        let command = AdminCommand::RegisterPerson {
            person: human.id,
            form: human.identity.clone(),
            identity_claim: claim,
        };
        self.order(&format!("person {index}"), Actor::SYSTEM, command);
    }

    fn unit(&mut self, index: usize, cast: &UnitCast) {
        let (unit, row) = (cast.id, &cast.row);
        let legal = Actor::of_unit(cast.legal_user, unit);
        let label = |what: &str| format!("{what} {}", row.key);
        let credit_code = credit_code(index + 1);
        let registered = AdminCommand::RegisterUnit {
            unit,
            name: row.name.clone(),
            credit_code: credit_code.clone(),
            legal_user: cast.legal_user,
        };
        self.order(&label("unit"), self.operator.clone(), registered);
        if !row.ready {
            return;
        }
        let profile = profile(cast, credit_code);
        self.order(
            &label("profile"),
            legal.clone(),
            AdminCommand::SaveProfile {
                unit,
                profile,
                sign_off: row.sign_off,
            },
        );
        let contacts = AdminCommand::SaveContacts {
            unit,
            address: row.address.clone(),
            contacts: Box::new(Contacts {
                titles: row.contact.clone(),
                supervision_phone: Some(row.supervision_phone.clone()),
                experts: None,
                continuing_education: Some(row.contact.clone()),
                returnees: None,
                postdocs: None,
            }),
        };
        self.order(&label("contacts"), legal.clone(), contacts);
        if row.authority {
            self.order(
                &label("authority"),
                self.operator.clone(),
                AdminCommand::SetIssuingAuthority {
                    unit,
                    granted: true,
                },
            );
        }
        for (index, operator) in cast.operators.iter().enumerate() {
            let person = operator.human.id;
            self.order(
                &label(&format!("operator {index}")),
                legal.clone(),
                AdminCommand::LinkOperator { unit, person },
            );
            let menus = AdminCommand::SaveMenus {
                unit,
                person,
                menus: operator.menus.clone(),
            };
            self.order(&label(&format!("menus {index}")), legal.clone(), menus);
        }
    }

    fn committee(&mut self, committee: &CommitteeCast, cast: &Cast) {
        let row = &committee.row;
        let office = cast.unit(&row.office);
        let created = AdminCommand::CreateCommittee {
            committee: committee.id,
            name: row.name.clone(),
            office: office.id,
            series: row.series.clone(),
        };
        self.order(
            &format!("committee {}", row.key),
            self.operator.clone(),
            created,
        );
        let plan = AdminCommand::SavePlan {
            committee: committee.id,
            deadlines: row.deadlines,
            notice: row.notice.clone(),
            attachments: committee.attachments.clone(),
        };
        let legal = Actor::of_unit(office.legal_user, office.id);
        self.order(&format!("plan {}", row.key), legal, plan);
    }

    fn setting(&mut self, setting: &SettingCast, cast: &Cast) {
        let unit = cast.unit(&setting.row.unit);
        let form = SettingForm {
            setting: setting.id,
            unit: setting.unit,
            kind: setting.row.kind,
            enabled: true,
            address: unit.row.address.clone(),
            contact: unit.row.contact.clone(),
            notice: setting.row.notice.clone(),
            attachments: setting.attachments.clone(),
            max_level: None,
        };
        let legal = Actor::of_unit(unit.legal_user, unit.id);
        self.order(
            &format!("setting {}", setting.row.key),
            legal,
            AdminCommand::SaveSetting(Box::new(form)),
        );
    }
}

fn profile(cast: &UnitCast, credit_code: String) -> Profile {
    let row = &cast.row;
    Profile {
        name: row.name.clone(),
        credit_code,
        registered_in: row.district.clone(),
        insured_in: row.district.clone(),
        nature: row.nature.clone(),
        grassroots: false,
        expert_supervisor: row.supervisor.clone(),
        returnee_supervisor: row.supervisor.clone(),
        manufacturing_clusters: vec!["其他产业".to_owned()],
        science_layout: vec!["其他产业".to_owned()],
    }
}
