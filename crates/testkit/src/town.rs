//! A small town around a real engine: a school, its district bureau, a committee's office and an
//! accepting unit, with their people, made by real commands on whatever log is given.

use docket_codec::{Entropy, KeyRing};
use docket_domain::administration::{AdminCommand, SettingForm};
use docket_domain::committee::Deadlines;
use docket_domain::declaration::{
    CreateDraft, DeclarationCommand, Details, Publicity, SavedForm, Title,
};
use docket_domain::person::PersonForm;
use docket_domain::time::{Day, Instant};
use docket_domain::unit::Contact;
use docket_domain::vocabulary::{DocumentType, Menu};
use docket_domain::{
    Actor, Command, CommitteeId, DeclarationId, Kind, PersonId, SettingId, UnitId,
};
use docket_engine::{
    Accepted, Clock, Engine, EngineParts, Failure, Founding, Order, bootstrap, definitions,
};
use docket_store::Log;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde_json::json;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct StandingClock(AtomicI64);

impl StandingClock {
    /// A clock that stands at an instant.
    pub fn at(instant: Instant) -> Self {
        Self(AtomicI64::new(instant.micros()))
    }

    /// Puts it to another instant.
    pub fn set(&self, instant: Instant) {
        self.0.store(instant.micros(), Ordering::SeqCst);
    }

    /// Moves it on by whole days.
    pub fn advance_days(&self, days: i64) {
        self.set(self.now().plus_days(days));
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Bytes that a seed decides.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<ChaCha8Rng>);

impl SeededEntropy {
    /// The bytes of one seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha8Rng::seed_from_u64(seed)))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(bytes);
    }
}

/// A unit with two people who may act for it.
#[derive(Debug, Clone, Copy)]
pub struct Staffed {
    /// The unit.
    pub id: UnitId,
    /// 法人用户
    pub legal: PersonId,
    /// An operator with every audit menu.
    pub operator: PersonId,
}

impl Staffed {
    /// The operator acting for the unit.
    pub fn by_operator(&self) -> Actor {
        Actor::of_unit(self.operator, self.id)
    }

    /// The legal account acting for the unit.
    pub fn by_legal_user(&self) -> Actor {
        Actor::of_unit(self.legal, self.id)
    }
}

/// The town.
pub struct Town {
    /// The engine everything goes through.
    pub engine: Arc<Engine>,
    /// Its clock.
    pub clock: Arc<StandingClock>,
    /// A work unit.
    pub school: Staffed,
    /// Its superior.
    pub bureau: Staffed,
    /// The committee's office.
    pub office: Staffed,
    /// The accepting unit of 初定 and 确认.
    pub centre: Staffed,
    /// A committee for 中小学教师 with deadlines in December 2026.
    pub committee: CommitteeId,
    /// 初定 at the centre.
    pub initial: SettingId,
    /// 确认 at the centre.
    pub confirmation: SettingId,
    people: AtomicU32,
}

/// When the town is founded: a working Monday.
pub fn founding_day() -> Instant {
    Day::from_ymd(2026, 3, 2)
        .expect("a real day")
        .start()
        .plus_micros(9 * 3_600_000_000)
}

impl Town {
    /// Founds the town on a log.
    ///
    /// # Panics
    /// When a command of the founding is refused.
    pub async fn found(log: Arc<dyn Log>, seed: u64) -> Town {
        let entropy = Arc::new(SeededEntropy::new(seed));
        let ring = Arc::new(KeyRing::generate(entropy.as_ref()));
        Self::found_with(log, ring, entropy).await
    }

    /// Founds the town with given keys and randomness.
    ///
    /// # Panics
    /// When a command of the founding is refused.
    pub async fn found_with(
        log: Arc<dyn Log>,
        ring: Arc<KeyRing>,
        entropy: Arc<dyn Entropy>,
    ) -> Town {
        let clock = Arc::new(StandingClock::at(founding_day()));
        let parts = EngineParts {
            log,
            ring,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            entropy,
            definitions: definitions(),
            quarantine: Arc::default(),
            cached_states: NonZeroUsize::new(100_000).expect("not zero"),
        };
        let founding = Founding {
            jurisdiction: "测试市".into(),
            demo: false,
        };
        let engine = bootstrap(parts, &founding).await;
        let engine = Arc::new(engine.expect("an empty log can be founded"));
        Self::settle(engine, clock).await
    }

    /// Founds the town on a log that began already; `clock` is the engine's.
    ///
    /// # Panics
    /// When a command of the founding is refused.
    pub async fn settle(engine: Arc<Engine>, clock: Arc<StandingClock>) -> Town {
        let nobody = Staffed {
            id: UnitId(Uuid::nil()),
            legal: PersonId(Uuid::nil()),
            operator: PersonId(Uuid::nil()),
        };
        let mut town = Town {
            committee: CommitteeId(engine.entropy().uuid(clock.now())),
            initial: SettingId(engine.entropy().uuid(clock.now())),
            confirmation: SettingId(engine.entropy().uuid(clock.now())),
            engine,
            clock,
            school: nobody,
            bureau: nobody,
            office: nobody,
            centre: nobody,
            people: AtomicU32::new(0),
        };
        town.school = town.unit("青山小学", 1).await;
        town.bureau = town.unit("江北区教育委员会", 2).await;
        town.office = town.unit("中小学教师评审委员会办公室", 3).await;
        town.centre = town.unit("江北区人才交流中心", 4).await;
        town.plan().await;
        town.settings().await;
        town
    }

    /// Runs an administration command as Docket itself or as a unit.
    ///
    /// # Errors
    /// What the engine answers.
    pub async fn administer(
        &self,
        actor: Actor,
        command: AdminCommand,
    ) -> Result<Accepted, Failure> {
        let id = self.engine.entropy().uuid(self.clock.now());
        self.engine
            .execute(Order::new(actor, Command::Administration(command), id))
            .await
    }

    /// Runs a command on a declaration.
    ///
    /// # Errors
    /// What the engine answers.
    pub async fn act(
        &self,
        actor: Actor,
        id: DeclarationId,
        command: DeclarationCommand,
    ) -> Result<Accepted, Failure> {
        let command_id = self.engine.entropy().uuid(self.clock.now());
        self.engine
            .execute(Order::new(
                actor,
                Command::Declaration { id, command },
                command_id,
            ))
            .await
    }

    /// A natural person with a valid synthetic identity, registered.
    ///
    /// # Panics
    /// When the registration is refused.
    pub async fn person(&self) -> PersonId {
        let n = self.people.fetch_add(1, Ordering::SeqCst);
        let person = PersonId(self.engine.entropy().uuid(self.clock.now()));
        let form = PersonForm {
            name: synthetic_name(n),
            id_number: synthetic_id_number(n),
            mobile: format!("139{:08}", n),
            ..PersonForm::default()
        };
        let document = (DocumentType::ResidentId, form.id_number.as_str());
        let claim = self.engine.ring().document_claim(document.0, document.1);
        let command = AdminCommand::RegisterPerson {
            person,
            form,
            identity_claim: claim.id,
        };
        self.administer(Actor::SYSTEM, command)
            .await
            .expect("a synthetic person can register");
        person
    }

    /// A ready unit with an operator who has every audit menu.
    ///
    /// # Panics
    /// When a step of it is refused.
    pub async fn unit(&self, name: &str, order: u32) -> Staffed {
        let unit = UnitId(self.engine.entropy().uuid(self.clock.now()));
        let legal = PersonId(self.engine.entropy().uuid(self.clock.now()));
        let credit_code = crate::credit_code(order);
        let register = AdminCommand::RegisterUnit {
            unit,
            name: name.into(),
            credit_code,
            legal_user: legal,
        };
        self.administer(Actor::SYSTEM, register)
            .await
            .expect("a unit can register");
        let operator = self.person().await;
        let staffed = Staffed {
            id: unit,
            legal,
            operator,
        };
        self.toggle(&staffed, name, order, true).await;
        let link = AdminCommand::LinkOperator {
            unit,
            person: operator,
        };
        self.administer(staffed.by_legal_user(), link)
            .await
            .expect("a person can be linked");
        let menus = [
            Menu::ReviewAudit,
            Menu::InitialAudit,
            Menu::ConfirmationAudit,
        ]
        .into();
        let menus = AdminCommand::SaveMenus {
            unit,
            person: operator,
            menus,
        };
        self.administer(staffed.by_legal_user(), menus)
            .await
            .expect("menus can be saved");
        staffed
    }

    /// Submits a unit's profile with 签收 on or off.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn toggle(&self, unit: &Staffed, name: &str, order: u32, sign_off: bool) -> Accepted {
        let profile = crate::Cast::profile(name, crate::credit_code(order));
        let command = AdminCommand::SaveProfile {
            unit: unit.id,
            profile,
            sign_off,
        };
        self.administer(unit.by_legal_user(), command)
            .await
            .expect("a profile can be saved")
    }

    async fn plan(&self) {
        let (committee, office) = (self.committee, self.office.id);
        let end = Day::from_ymd(2026, 12, 1).expect("it is a day");
        let series = vec!["中小学教师".to_owned()];
        let create = AdminCommand::CreateCommittee {
            committee,
            name: "中小学教师评审委员会".into(),
            office,
            series,
        };
        self.administer(Actor::SYSTEM, create)
            .await
            .expect("a committee can be created");
        self.plan_until(end).await;
    }

    /// Saves a plan of the committee whose deadlines all lie at the start of a day.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn plan_until(&self, day: Day) {
        let end = Some(day.start());
        let deadlines = Deadlines {
            submit: end,
            work_unit: end,
            superior: end,
            committee: end,
        };
        let plan = AdminCommand::SavePlan {
            committee: self.committee,
            deadlines,
            notice: "按通知申报".into(),
            attachments: Vec::new(),
        };
        self.administer(self.office.by_legal_user(), plan)
            .await
            .expect("a plan can be saved");
    }

    async fn settings(&self) {
        let authority = AdminCommand::SetIssuingAuthority {
            unit: self.centre.id,
            granted: true,
        };
        self.administer(Actor::SYSTEM, authority)
            .await
            .expect("authority can be granted");
        for (setting, kind) in [
            (self.initial, Kind::Initial),
            (self.confirmation, Kind::Confirmation),
        ] {
            let form = SettingForm {
                setting,
                unit: self.centre.id,
                kind,
                enabled: true,
                address: crate::address(),
                contact: Contact {
                    person: "受理窗口".into(),
                    phone: "02300000000".into(),
                    email: None,
                },
                notice: "请按要求申报".into(),
                attachments: Vec::new(),
                max_level: None,
            };
            let command = AdminCommand::SaveSetting(Box::new(form));
            self.administer(self.centre.by_legal_user(), command)
                .await
                .expect("a setting can be saved");
        }
    }

    /// A draft of a person who has saved all that a submission needs.
    ///
    /// # Panics
    /// When a step of it is refused.
    pub async fn draft(&self, applicant: PersonId, kind: Kind) -> DeclarationId {
        let id = DeclarationId(self.engine.entropy().uuid(self.clock.now()));
        let actor = Actor::applicant(applicant);
        let create = DeclarationCommand::Create(Box::new(self.choices(kind)));
        self.act(actor.clone(), id, create)
            .await
            .expect("a draft can be made");
        self.fill(applicant, id, kind).await;
        id
    }

    /// Saves the least that makes a person's draft submittable.
    ///
    /// # Panics
    /// When a section is refused.
    pub async fn fill(&self, applicant: PersonId, id: DeclarationId, kind: Kind) {
        let actor = Actor::applicant(applicant);
        for (section, body) in least_sections(kind) {
            let form = SavedForm {
                section: section.into(),
                body,
                document: String::new(),
                bytes: 0,
                content: String::new(),
            };
            let save = DeclarationCommand::SaveSection(Box::new(form));
            self.act(actor.clone(), id, save)
                .await
                .expect("a section can be saved");
        }
    }

    /// The first page of the wizard, with a number of its own.
    pub fn choices(&self, kind: Kind) -> CreateDraft {
        let mut random = [0; 8];
        self.engine.entropy().fill(&mut random);
        CreateDraft {
            number: format!("20260302{}", hex_upper(&random)),
            kind,
            target: match kind {
                Kind::Review => self.committee.0,
                Kind::Initial => self.initial.0,
                Kind::Confirmation => self.confirmation.0,
            },
            title: Title {
                series: "中小学教师".into(),
                title: "一级教师".into(),
            },
            details: Details {
                specialty: "小学数学".into(),
                ..Details::default()
            },
            work_unit: self.school.id,
            pledge: true,
        }
    }

    /// The report dialog filled in; the work unit's publicity is five working days from 3 March 2026.
    pub fn report_to(&self, target: UnitId, by_work_unit: bool) -> DeclarationCommand {
        report_to(target, by_work_unit)
    }
}

/// As [`Town::report_to`], for whoever has no town.
pub fn report_to(target: UnitId, by_work_unit: bool) -> DeclarationCommand {
    let range = || {
        Some(Publicity {
            start: Day::from_ymd(2026, 3, 3)?,
            end: Day::from_ymd(2026, 3, 9)?,
        })
    };
    let publicity = if by_work_unit { range() } else { None };
    DeclarationCommand::Report(crate::report_form(target, publicity))
}

/// The least that makes a draft of a kind submittable.
pub fn least_sections(kind: Kind) -> Vec<(&'static str, serde_json::Value)> {
    match kind {
        Kind::Review => vec![
            (
                "basic",
                json!({"eligibility": "符合基本条件", "work_started_on": "2012-07-01", "person_category": "在职", "summary": "工作总结"}),
            ),
            (
                "education",
                json!({"rows": [{"school": "某师范大学", "degree": "本科"}]}),
            ),
            (
                "work_experience",
                json!({"rows": [{"unit": "青山小学", "from": "2012-07-01"}]}),
            ),
            ("achievements", json!({"rows": [{"title": "教学成果"}]})),
        ],
        Kind::Initial => vec![
            (
                "basic",
                json!({"health": "健康", "highest_education": "本科", "person_category": "在职"}),
            ),
            (
                "education",
                json!({"rows": [{"school": "某师范大学", "degree": "本科"}]}),
            ),
            ("performance", json!({"text": "主要工作成绩"})),
            ("probation_summary", json!({"text": "见习期小结"})),
        ],
        Kind::Confirmation => vec![
            (
                "basic",
                json!({"education": "本科", "work_started_on": "2012-07-01", "previous_work_unit": "某中学", "person_category": "在职", "joined_on": "2024-09-01", "current_work": "教学"}),
            ),
            (
                "work_since_joining",
                json!({"text": "到现单位后专业技术工作情况"}),
            ),
        ],
    }
}

/// A valid ID number of an invented person, a different one for each `n` below ten million.
pub fn synthetic_id_number(n: u32) -> String {
    let (day, rest) = (n % 28 + 1, n / 28);
    let (month, rest) = (rest % 12 + 1, rest / 12);
    let birth = format!("{:04}{month:02}{day:02}", 1960 + rest % 40);
    crate::id_number(&birth, rest / 40 % 1000)
}

fn synthetic_name(n: u32) -> String {
    const FAMILY: [&str; 8] = ["赵", "钱", "孙", "李", "周", "吴", "郑", "王"];
    const GIVEN: [&str; 8] = [
        "一鸣", "二月", "三秋", "四海", "五常", "六合", "七星", "八方",
    ];
    let (family, given) = ((n % 8) as usize, (n / 8 % 8) as usize);
    format!("{}{}", FAMILY[family], GIVEN[given])
}

fn hex_upper(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
