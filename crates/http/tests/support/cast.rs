//! Invented units and people.

use docket_codec::OsEntropy;
use docket_domain::administration::{AdminCommand, SettingForm};
use docket_domain::committee::Deadlines;
use docket_domain::person::PersonForm;
use docket_domain::unit::{Address, Contact, Profile};
use docket_domain::vocabulary::{DocumentType, Menu, SystemRole};
use docket_domain::{Actor, Command, CommitteeId, Kind, PersonId, SettingId, UnitId};
use docket_engine::{Engine, Order};
use docket_http::AccessTokens;
use std::collections::BTreeSet;
use uuid::Uuid;

use super::at;

/// Somebody who asks, for himself or for a unit.
#[derive(Debug, Clone)]
pub struct Who {
    pub person: PersonId,
    pub token: String,
    pub unit: Option<UnitId>,
    pub name: String,
    pub id_number: String,
    pub mobile: String,
}

/// A unit with its people: the legal user and two operators with every audit menu.
#[derive(Debug, Clone)]
pub struct UnitOf {
    pub id: UnitId,
    pub name: String,
    pub legal: Who,
    pub first: Who,
    pub second: Who,
}

#[derive(Debug, Clone)]
pub struct Cast {
    /// Work unit, 签收 on.
    pub school: UnitOf,
    /// Work unit, 签收 off.
    pub company: UnitOf,
    /// Superior, 签收 on.
    pub bureau: UnitOf,
    /// Office of the committee.
    pub office: UnitOf,
    /// Accepting unit of both settings.
    pub accepting: UnitOf,
    /// Has nothing to do with anything.
    pub stranger: UnitOf,
    /// Never completed its profile.
    pub unready: UnitOf,
    pub committee: CommitteeId,
    pub initial: SettingId,
    pub confirmation: SettingId,
    pub applicants: Vec<Who>,
    pub auditor: Who,
    pub operator: Who,
}

struct Founder<'a> {
    engine: &'a Engine,
    tokens: &'a AccessTokens,
    people: u32,
    units: u32,
}

impl Cast {
    pub async fn found(engine: &Engine, tokens: &AccessTokens) -> Cast {
        let mut founder = Founder {
            engine,
            tokens,
            people: 0,
            units: 0,
        };
        let school = founder.unit("渝北区花园小学", Some(true)).await;
        let company = founder.unit("重庆江北机械公司", Some(false)).await;
        let bureau = founder.unit("渝北区教育委员会", Some(true)).await;
        let office = founder.unit("重庆市工程职称评审办公室", Some(true)).await;
        let accepting = founder.unit("渝北区人力资源和社会保障局", Some(true)).await;
        let stranger = founder.unit("万州区某某中学", Some(true)).await;
        let unready = founder.unit("巫溪县某某中学", None).await;
        let auditor = founder.person("审小计").await;
        let operator = founder.person("管小理").await;
        founder.role(&auditor, SystemRole::Auditor).await;
        founder.role(&operator, SystemRole::SystemOperator).await;
        let committee = founder.committee(&office).await;
        let initial = founder.setting(&accepting, Kind::Initial).await;
        let confirmation = founder.setting(&accepting, Kind::Confirmation).await;
        let mut applicants = Vec::new();
        for name in ["钱小一", "孙小二", "周小三", "吴小四"] {
            applicants.push(founder.person(name).await);
        }
        Cast {
            school,
            company,
            bureau,
            office,
            accepting,
            stranger,
            unready,
            committee,
            initial,
            confirmation,
            applicants,
            auditor,
            operator,
        }
    }
}

impl Founder<'_> {
    async fn run(&self, actor: Actor, command: AdminCommand) {
        let id = Uuid::new_v5(&Uuid::nil(), format!("{command:?}").as_bytes());
        self.engine
            .execute(Order::new(actor, Command::Administration(command), id))
            .await
            .unwrap();
    }

    fn id(&self) -> Uuid {
        use docket_codec::Entropy;
        OsEntropy.uuid(at("2026-03-01 09:00"))
    }

    async fn person(&mut self, name: &str) -> Who {
        self.people += 1;
        let person = PersonId(self.id());
        let id_number = id_number(self.people);
        let mobile = format!("1390000{:04}", self.people);
        let form = PersonForm {
            name: name.to_owned(),
            id_number: id_number.clone(),
            mobile: mobile.clone(),
            ..PersonForm::default()
        };
        let ring = self.engine.ring();
        let claim = ring.document_claim(DocumentType::ResidentId, &id_number).id;
        self.run(
            Actor::SYSTEM,
            AdminCommand::RegisterPerson {
                person,
                form,
                identity_claim: claim,
            },
        )
        .await;
        let token = self.tokens.mint(person);
        Who {
            person,
            token,
            unit: None,
            name: name.to_owned(),
            id_number,
            mobile,
        }
    }

    async fn role(&self, who: &Who, role: SystemRole) {
        self.run(
            Actor::SYSTEM,
            AdminCommand::GrantRole {
                person: who.person,
                role,
            },
        )
        .await;
    }

    async fn unit(&mut self, name: &str, sign_off: Option<bool>) -> UnitOf {
        self.units += 1;
        let (unit, legal_user) = (UnitId(self.id()), PersonId(self.id()));
        let credit_code = credit_code(self.units);
        let register = AdminCommand::RegisterUnit {
            unit,
            name: name.to_owned(),
            credit_code: credit_code.clone(),
            legal_user,
        };
        self.run(Actor::SYSTEM, register).await;
        let legal = Who {
            person: legal_user,
            token: self.tokens.mint(legal_user),
            unit: None,
            name: "法人用户".to_owned(),
            id_number: String::new(),
            mobile: String::new(),
        };
        let acting = Actor::of_unit(legal_user, unit);
        if let Some(sign_off) = sign_off {
            let profile = profile(name, &credit_code);
            self.run(
                acting.clone(),
                AdminCommand::SaveProfile {
                    unit,
                    profile,
                    sign_off,
                },
            )
            .await;
        }
        let first = self.linked(&acting, unit, "赵甲").await;
        let second = self.linked(&acting, unit, "李乙").await;
        UnitOf {
            id: unit,
            name: name.to_owned(),
            legal,
            first,
            second,
        }
    }

    async fn linked(&mut self, legal: &Actor, unit: UnitId, name: &str) -> Who {
        let who = self.person(name).await;
        let person = who.person;
        self.run(legal.clone(), AdminCommand::LinkOperator { unit, person })
            .await;
        let menus = BTreeSet::from([
            Menu::ReviewAudit,
            Menu::InitialAudit,
            Menu::ConfirmationAudit,
        ]);
        self.run(
            legal.clone(),
            AdminCommand::SaveMenus {
                unit,
                person,
                menus,
            },
        )
        .await;
        Who {
            unit: Some(unit),
            ..who
        }
    }

    async fn committee(&self, office: &UnitOf) -> CommitteeId {
        let committee = CommitteeId(self.id());
        let create = AdminCommand::CreateCommittee {
            committee,
            name: "重庆市工程技术职称评审委员会".into(),
            office: office.id,
            series: vec!["工程技术人员".into()],
        };
        self.run(Actor::SYSTEM, create).await;
        let deadlines = Deadlines {
            submit: Some(at("2026-04-30 18:00")),
            work_unit: Some(at("2026-05-31 18:00")),
            superior: Some(at("2026-06-30 18:00")),
            committee: Some(at("2026-07-31 18:00")),
        };
        let plan = AdminCommand::SavePlan {
            committee,
            deadlines,
            notice: "请按时申报".into(),
            attachments: Vec::new(),
        };
        self.run(Actor::of_unit(office.legal.person, office.id), plan)
            .await;
        committee
    }

    async fn setting(&self, unit: &UnitOf, kind: Kind) -> SettingId {
        self.run(
            Actor::SYSTEM,
            AdminCommand::SetIssuingAuthority {
                unit: unit.id,
                granted: true,
            },
        )
        .await;
        let setting = SettingId(self.id());
        let form = SettingForm {
            setting,
            unit: unit.id,
            kind,
            enabled: true,
            address: Address {
                city: "重庆市".into(),
                district: "渝北区".into(),
                detail: String::new(),
            },
            contact: contact(),
            notice: "申报须知".into(),
            attachments: Vec::new(),
            max_level: None,
        };
        self.run(
            Actor::of_unit(unit.legal.person, unit.id),
            AdminCommand::SaveSetting(Box::new(form)),
        )
        .await;
        setting
    }
}

fn contact() -> Contact {
    Contact {
        person: "联小系".into(),
        phone: "023-67890000".into(),
        email: None,
    }
}

fn profile(name: &str, credit_code: &str) -> Profile {
    Profile {
        name: name.to_owned(),
        credit_code: credit_code.to_owned(),
        registered_in: "重庆市渝北区".into(),
        insured_in: "重庆市渝北区".into(),
        nature: "事业单位".into(),
        grassroots: false,
        expert_supervisor: "主管部门".into(),
        returnee_supervisor: "主管部门".into(),
        manufacturing_clusters: vec!["其他产业".into()],
        science_layout: vec!["其他产业".into()],
    }
}

/// A valid number of somebody born on 1991-03-15.
pub fn id_number(n: u32) -> String {
    let body = format!("50011219910315{n:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize = body
        .bytes()
        .zip(weights)
        .map(|(digit, weight)| usize::from(digit - b'0') * weight)
        .sum();
    format!("{body}{}", char::from(b"10X98765432"[sum % 11]))
}

/// A valid credit code.
fn credit_code(n: u32) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let body = format!("91500112MA5{n:06}");
    let weights = [
        1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
    ];
    let value = |byte: u8| ALPHABET.iter().position(|letter| *letter == byte).unwrap();
    let sum: usize = body
        .bytes()
        .zip(weights)
        .map(|(byte, weight)| value(byte) * weight)
        .sum();
    format!("{body}{}", char::from(ALPHABET[(31 - sum % 31) % 31]))
}
