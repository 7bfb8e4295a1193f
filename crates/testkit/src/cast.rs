use crate::histories::Step;
use crate::identifiers::{credit_code, id_number};
use crate::seed::Seed;
use crate::walk::instant;
use crate::world::World;
use docket_domain::administration::{AdminCommand, SettingForm};
use docket_domain::calendar::parse_csv;
use docket_domain::catalogue::Catalogue;
use docket_domain::committee::Deadlines;
use docket_domain::person::PersonForm;
use docket_domain::reference::{SeriesDefined, SeriesTitle};
use docket_domain::unit::{Address, Contact, Profile};
use docket_domain::vocabulary::Menu;
use docket_domain::{
    Actor, Command, CommitteeId, Kind, PersonId, Requirement, RequirementId, SettingId, UnitId,
};
use uuid::Uuid;

const HOLIDAYS: &str = include_str!("../../../fixtures/holidays.csv");
const FOUNDED: &str = "2025-01-02 09:00";

/// A unit of the world and its people.
#[derive(Debug, Clone)]
pub struct UnitCast {
    /// The unit.
    pub id: UnitId,
    /// 单位名称
    pub name: String,
    /// 法人用户
    pub legal_user: PersonId,
    /// Two operators with every audit menu, one with 初定资格审核 only.
    pub operators: [PersonId; 3],
}

impl UnitCast {
    /// The legal user, acting for the unit.
    pub fn legal(&self) -> Actor {
        Actor::of_unit(self.legal_user, self.id)
    }

    /// The first operator.
    pub fn first(&self) -> Actor {
        Actor::of_unit(self.operators[0], self.id)
    }

    /// The second operator.
    pub fn second(&self) -> Actor {
        Actor::of_unit(self.operators[1], self.id)
    }

    /// The operator who has 初定资格审核 only.
    pub fn narrow(&self) -> Actor {
        Actor::of_unit(self.operators[2], self.id)
    }
}

impl Default for UnitCast {
    fn default() -> Self {
        let (nobody, nowhere) = (PersonId(Uuid::nil()), UnitId(Uuid::nil()));
        Self {
            id: nowhere,
            name: String::new(),
            legal_user: nobody,
            operators: [nobody; 3],
        }
    }
}

/// Who and what there is in the world.
#[derive(Debug, Clone)]
pub struct Cast {
    /// A work unit with 签收 on.
    pub school: UnitCast,
    /// A work unit with 签收 off.
    pub company: UnitCast,
    /// A superior with 签收 on; also the office of [`Self::other_committee`].
    pub bureau: UnitCast,
    /// A superior with 签收 off.
    pub centre: UnitCast,
    /// Another superior with 签收 on.
    pub city: UnitCast,
    /// The office of [`Self::committee`], 签收 on.
    pub office: UnitCast,
    /// An accepting unit with 签收 on.
    pub accepting: UnitCast,
    /// Work unit and accepting unit at once, 签收 on.
    pub college: UnitCast,
    /// A unit that never completed its profile.
    pub unready: UnitCast,
    /// A committee with all four deadlines and one required attachment.
    pub committee: CommitteeId,
    /// A committee with no deadline but that to submit.
    pub other_committee: CommitteeId,
    /// 初定 and 确认 at [`Self::accepting`].
    pub accepting_settings: [SettingId; 2],
    /// 初定 and 确认 at [`Self::college`].
    pub college_settings: [SettingId; 2],
    /// People who declare.
    pub applicants: Vec<PersonId>,
}

/// Nobody: the cast of an empty world.
impl Default for Cast {
    fn default() -> Self {
        let (no_committee, no_settings) = (CommitteeId(Uuid::nil()), [SettingId(Uuid::nil()); 2]);
        let unit = UnitCast::default;
        Self {
            school: unit(),
            company: unit(),
            bureau: unit(),
            centre: unit(),
            city: unit(),
            office: unit(),
            accepting: unit(),
            college: unit(),
            unready: unit(),
            committee: no_committee,
            other_committee: no_committee,
            accepting_settings: no_settings,
            college_settings: no_settings,
            applicants: Vec::new(),
        }
    }
}

impl Cast {
    /// Every unit that is ready.
    pub fn ready_units(&self) -> [&UnitCast; 8] {
        let Self {
            school,
            company,
            bureau,
            centre,
            city,
            office,
            accepting,
            college,
            ..
        } = self;
        [
            school, company, bureau, centre, city, office, accepting, college,
        ]
    }

    /// A unit by its id.
    pub fn unit(&self, id: UnitId) -> Option<&UnitCast> {
        self.ready_units()
            .into_iter()
            .chain([&self.unready])
            .find(|unit| unit.id == id)
    }

    /// The plan of [`Self::committee`] as it was made.
    pub fn deadlines() -> Deadlines {
        Deadlines {
            submit: Some(instant("2025-10-31 18:00")),
            work_unit: Some(instant("2025-11-28 18:00")),
            superior: Some(instant("2025-12-12 18:00")),
            committee: Some(instant("2025-12-26 18:00")),
        }
    }

    /// Its 附件要求: the first is required.
    pub fn requirements() -> Vec<Requirement> {
        let row = |n: u128, name: &str, required| Requirement {
            id: RequirementId(Uuid::from_u128(n)),
            name: name.to_owned(),
            required,
        };
        vec![row(1, "学历证书", true), row(2, "其他佐证材料", false)]
    }

    /// A setting's form as it was saved.
    pub fn setting_form(
        setting: SettingId,
        unit: UnitId,
        kind: Kind,
        enabled: bool,
    ) -> SettingForm {
        SettingForm {
            setting,
            unit,
            kind,
            enabled,
            address: address(),
            contact: contact(),
            notice: "请如实填写。".to_owned(),
            attachments: if kind == Kind::Initial {
                Self::requirements()
            } else {
                Vec::new()
            },
            max_level: None,
        }
    }

    /// A unit's profile.
    pub fn profile(name: &str, credit_code: String) -> Profile {
        Profile {
            name: name.to_owned(),
            credit_code,
            registered_in: "临江区".to_owned(),
            insured_in: "临江区".to_owned(),
            nature: "事业单位".to_owned(),
            grassroots: false,
            expert_supervisor: "临江区人社局".to_owned(),
            returnee_supervisor: "临江区人社局".to_owned(),
            manufacturing_clusters: vec!["其他产业".to_owned()],
            science_layout: vec!["其他产业".to_owned()],
        }
    }
}

/// The invented address of every unit.
pub fn address() -> Address {
    Address {
        city: "重庆市".to_owned(),
        district: "临江区".to_owned(),
        detail: "青石路1号".to_owned(),
    }
}

fn contact() -> Contact {
    Contact {
        person: "周文博".to_owned(),
        phone: "023-60000000".to_owned(),
        email: Some("office@example.com".to_owned()),
    }
}

/// Founds the world by commands, and says which.
pub(crate) fn make() -> (World, Vec<Step>) {
    let (world, steps) = (World::empty(), Vec::new());
    let mut founder = Founder {
        world,
        steps,
        seed: Seed::new(20_250_102),
        people: 0,
        units: 0,
    };
    founder.tables();
    let cast = founder.cast();
    founder.world.set_cast(cast);
    (founder.world, founder.steps)
}

struct Founder {
    world: World,
    steps: Vec<Step>,
    seed: Seed,
    people: u32,
    units: u32,
}

impl Founder {
    fn run(&mut self, actor: Actor, command: AdminCommand) {
        let step = Step {
            actor,
            command: Command::Administration(command),
            at: instant(FOUNDED),
        };
        let done = self
            .world
            .execute(step.actor.clone(), &step.command, step.at);
        done.expect("the world is founded by commands that are right");
        self.steps.push(step);
    }

    fn tables(&mut self) {
        for year in parse_csv(HOLIDAYS).expect("the fixture is a calendar") {
            let load = AdminCommand::LoadCalendarYear {
                year,
                confirmed: false,
            };
            self.run(Actor::SYSTEM, load);
        }
        for series in Catalogue::builtin().series() {
            let titles = series
                .titles()
                .map(|(level, title)| SeriesTitle {
                    title: title.to_owned(),
                    level,
                })
                .collect();
            let defined = SeriesDefined {
                number: u32::from(series.number),
                name: series.name.clone(),
                titles,
                specialties: series.specialties.clone(),
            };
            self.run(Actor::SYSTEM, AdminCommand::DefineSeries(defined));
        }
    }

    fn cast(&mut self) -> Cast {
        let mut cast = Cast {
            school: self.unit("青石中学", Some(true)),
            company: self.unit("长岭机械有限公司", Some(false)),
            bureau: self.unit("临江区教育委员会", Some(true)),
            centre: self.unit("临江区人才交流中心", Some(false)),
            city: self.unit("江州市教育局", Some(true)),
            office: self.unit("江州市中学教师评审办公室", Some(true)),
            accepting: self.unit("临江区人力资源和社会保障局", Some(true)),
            college: self.unit("江北技术学院", Some(true)),
            unready: self.unit("云顶科技有限公司", None),
            committee: CommitteeId(self.seed.id()),
            other_committee: CommitteeId(self.seed.id()),
            applicants: (0..8).map(|_| self.person()).collect(),
            ..Cast::default()
        };
        self.committee(
            cast.committee,
            "中学教师高级职称评审委员会",
            &cast.office,
            Cast::deadlines(),
            Cast::requirements(),
        );
        let open = Deadlines {
            submit: Some(instant("2025-12-31 18:00")),
            ..Deadlines::default()
        };
        self.committee(
            cast.other_committee,
            "临江区中级职称评审委员会",
            &cast.bureau,
            open,
            Vec::new(),
        );
        cast.accepting_settings = self.settings(&cast.accepting);
        cast.college_settings = self.settings(&cast.college);
        cast
    }

    fn unit(&mut self, name: &str, sign_off: Option<bool>) -> UnitCast {
        let (unit, legal) = (UnitId(self.seed.id()), PersonId(self.seed.id()));
        self.units += 1;
        let (name, credit_code) = (name.to_owned(), credit_code(self.units));
        self.run(
            Actor::SYSTEM,
            AdminCommand::RegisterUnit {
                unit,
                name: name.clone(),
                credit_code: credit_code.clone(),
                legal_user: legal,
            },
        );
        let operators = [self.person(), self.person(), self.person()];
        let cast = UnitCast {
            id: unit,
            name,
            legal_user: legal,
            operators,
        };
        if let Some(sign_off) = sign_off {
            let profile = Cast::profile(&cast.name, credit_code);
            self.run(
                cast.legal(),
                AdminCommand::SaveProfile {
                    unit,
                    profile,
                    sign_off,
                },
            );
        }
        let audits = [
            Menu::ReviewAudit,
            Menu::InitialAudit,
            Menu::ConfirmationAudit,
        ];
        for (operator, menus) in
            operators
                .into_iter()
                .zip([&audits[..], &audits[..], &audits[1..2]])
        {
            self.run(
                cast.legal(),
                AdminCommand::LinkOperator {
                    unit,
                    person: operator,
                },
            );
            let menus = menus.iter().copied().collect();
            self.run(
                cast.legal(),
                AdminCommand::SaveMenus {
                    unit,
                    person: operator,
                    menus,
                },
            );
        }
        cast
    }

    fn person(&mut self) -> PersonId {
        const FAMILY: [&str; 12] = [
            "林", "苏", "顾", "韩", "叶", "陆", "贺", "秦", "白", "乔", "温", "沈",
        ];
        const GIVEN: [&str; 7] = ["知远", "若岚", "明澈", "书瑶", "景行", "清和", "云舒"];
        let (person, n) = (PersonId(self.seed.id()), self.people);
        self.people += 1;
        let order = n as usize;
        let form = PersonForm {
            name: format!(
                "{}{}",
                FAMILY[order % FAMILY.len()],
                GIVEN[order % GIVEN.len()]
            ),
            id_number: id_number("19880612", n),
            mobile: format!("139{:08}", 10_000_000 + n),
            ..PersonForm::default()
        };
        let identity_claim = format!("invented-{n}");
        self.run(
            Actor::SYSTEM,
            AdminCommand::RegisterPerson {
                person,
                form,
                identity_claim,
            },
        );
        person
    }

    fn committee(
        &mut self,
        committee: CommitteeId,
        name: &str,
        office: &UnitCast,
        deadlines: Deadlines,
        attachments: Vec<Requirement>,
    ) {
        let (name, series) = (
            name.to_owned(),
            vec!["中小学教师".to_owned(), "工程技术人员".to_owned()],
        );
        self.run(
            Actor::SYSTEM,
            AdminCommand::CreateCommittee {
                committee,
                name,
                office: office.id,
                series,
            },
        );
        let notice = "请如实填写。".to_owned();
        self.run(
            office.legal(),
            AdminCommand::SavePlan {
                committee,
                deadlines,
                notice,
                attachments,
            },
        );
    }

    fn settings(&mut self, unit: &UnitCast) -> [SettingId; 2] {
        self.run(
            Actor::SYSTEM,
            AdminCommand::SetIssuingAuthority {
                unit: unit.id,
                granted: true,
            },
        );
        [Kind::Initial, Kind::Confirmation].map(|kind| {
            let setting = SettingId(self.seed.id());
            let form = Cast::setting_form(setting, unit.id, kind, true);
            self.run(unit.legal(), AdminCommand::SaveSetting(Box::new(form)));
            setting
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_world_has_units_of_every_sort() {
        let world = World::demo_like();
        let cast = world.cast.clone();
        let sign_off = |unit: &UnitCast| {
            world
                .unit(unit.id)
                .map(|unit| (unit.is_ready(), unit.sign_off))
        };
        assert_eq!(sign_off(&cast.school), Some((true, true)));
        assert_eq!(sign_off(&cast.company), Some((true, false)));
        assert_eq!(sign_off(&cast.unready).map(|(ready, _)| ready), Some(false));
        assert!(
            world
                .committee(cast.committee)
                .is_some_and(|committee| committee.has_plan)
        );
        assert!(
            cast.college_settings
                .iter()
                .all(|id| world.setting(*id).is_some_and(|setting| setting.enabled))
        );
    }
}
