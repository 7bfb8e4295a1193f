//! Specs of what stands around declarations: accounts, units and their people, plans, settings,
//! reference tables.
#![allow(clippy::unwrap_used)]

use docket_domain::administration::{AdminCommand, SettingForm};
use docket_domain::calendar::{CalendarYear, DayKind};
use docket_domain::catalogue::Level;
use docket_domain::committee::Deadlines;
use docket_domain::person::{Identity, PersonForm};
use docket_domain::reference::{DefinitionPublished, SeriesDefined, SeriesTitle};
use docket_domain::refusal::Code;
use docket_domain::setting::Setting;
use docket_domain::time::{Day, Instant};
use docket_domain::unit::{Contact, Contacts};
use docket_domain::vocabulary::{DocumentType, Menu, SystemRole};
use docket_domain::{
    Acting, Actor, Command, CommitteeId, Kind, PersonId, Requirement, RequirementId, SettingId,
    State, Stream, UnitId,
};
use docket_testkit::{Cast, Seed, UnitCast, World, credit_code, id_number, instant};
use std::sync::Arc;

/// The world and what is asked of it.
struct Desk {
    world: World,
    cast: Arc<Cast>,
    seed: Seed,
}

impl Desk {
    fn new() -> Self {
        let world = World::demo_like();
        let cast = Arc::clone(&world.cast);
        Self {
            world,
            cast,
            seed: Seed::new(99),
        }
    }

    fn now() -> Instant {
        instant("2025-09-01 09:00")
    }

    /// Types of the events, or the refusal's code and field.
    fn ask(
        &mut self,
        actor: Actor,
        command: AdminCommand,
    ) -> Result<Vec<&'static str>, (Code, Option<String>)> {
        self.ask_at(actor, command, Self::now())
    }

    fn ask_at(
        &mut self,
        actor: Actor,
        command: AdminCommand,
        at: Instant,
    ) -> Result<Vec<&'static str>, (Code, Option<String>)> {
        let command = Command::Administration(command);
        let executed = self.world.execute(actor, &command, at);
        let kinds = executed.map(|done| {
            done.events
                .iter()
                .map(|recorded| recorded.envelope.event.kind())
                .collect()
        });
        kinds.map_err(|refusal| (refusal.code, refusal.field))
    }

    fn code(&mut self, actor: Actor, command: AdminCommand) -> Option<Code> {
        self.ask(actor, command).err().map(|(code, _)| code)
    }

    /// A person with the role of the platform's operator.
    fn platform(&mut self) -> Actor {
        let (person, role) = (self.cast.applicants[0], SystemRole::SystemOperator);
        self.ask(Actor::SYSTEM, AdminCommand::GrantRole { person, role })
            .unwrap();
        Actor {
            person: Some(person),
            acting: Acting::Platform(role),
        }
    }

    fn profile(&self, unit: &UnitCast, sign_off: bool) -> AdminCommand {
        let profile = Cast::profile(&unit.name, credit_code(500));
        AdminCommand::SaveProfile {
            unit: unit.id,
            profile,
            sign_off,
        }
    }
}

fn for_field(code: Code, field: &str) -> Result<Vec<&'static str>, (Code, Option<String>)> {
    Err((code, Some(field.to_owned())))
}

fn person(name: &str, number: &str, mobile: &str) -> PersonForm {
    PersonForm {
        name: name.to_owned(),
        id_number: number.to_owned(),
        mobile: mobile.to_owned(),
        ..PersonForm::default()
    }
}

fn register(desk: &mut Desk, form: PersonForm, claim: &str) -> AdminCommand {
    AdminCommand::RegisterPerson {
        person: PersonId(desk.seed.id()),
        form,
        identity_claim: claim.to_owned(),
    }
}

// Accounts

#[test]
fn a_person_is_registered_once_by_the_id_document() {
    let mut desk = Desk::new();
    let who = || person("林知远", &id_number("19910315", 901), "13800000001");
    let first = register(&mut desk, who(), "a claim");
    assert_eq!(
        desk.ask(Actor::SYSTEM, first.clone()),
        Ok(vec!["PersonRegistered", "ClaimTaken"])
    );
    let again = register(&mut desk, who(), "a claim");
    assert_eq!(
        desk.ask(Actor::SYSTEM, again),
        for_field(Code::AlreadyExists, "id_number")
    );
    assert_eq!(desk.code(Actor::SYSTEM, first), Some(Code::AlreadyExists));
}

/// The identity that a registration leaves.
fn known(desk: &mut Desk, form: PersonForm) -> Identity {
    let command = register(desk, form, "a claim of its own");
    let stream = command.subject();
    desk.ask(Actor::SYSTEM, command).unwrap();
    match desk.world.seen(&stream).state.as_ref() {
        State::Person(person) => person.identity.clone().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn where_the_number_does_not_tell_sex_and_birth_date_are_entered() {
    let passport = |sex: Option<&str>, birth: Option<&str>| PersonForm {
        id_type: Some(DocumentType::Passport),
        sex: sex.map(str::to_owned),
        birth_date: birth.map(|day| Day::parse(day).unwrap()),
        ..person("林知远", " e1234567", "13800000001")
    };
    let kept = known(
        &mut Desk::new(),
        passport(Some("female"), Some("2025-09-01")),
    );
    assert_eq!(
        (kept.id_type, kept.id_number.as_str(), kept.sex.as_str()),
        (DocumentType::Passport, "E1234567", "女")
    );
    assert_eq!(kept.birth_date.to_string(), "2025-09-01");
    let mut desk = Desk::new();
    for (form, code, field) in [
        (
            passport(None, Some("1990-01-01")),
            Code::FieldRequired,
            "sex",
        ),
        (passport(Some("他"), None), Code::FieldInvalid, "sex"),
        (
            passport(Some("男"), None),
            Code::FieldRequired,
            "birth_date",
        ),
        (
            passport(Some("男"), Some("2025-09-02")),
            Code::FieldInvalid,
            "birth_date",
        ),
        (
            passport(Some("男"), Some("1904-09-01")),
            Code::FieldInvalid,
            "birth_date",
        ),
    ] {
        let command = register(&mut desk, form, "x");
        assert_eq!(desk.ask(Actor::SYSTEM, command), for_field(code, field));
    }
    assert_eq!(
        known(&mut desk, passport(Some("男"), Some("1904-09-02")))
            .birth_date
            .to_string(),
        "1904-09-02"
    );
}

#[test]
fn sex_and_birth_date_come_from_the_id_number() {
    let mut desk = Desk::new();
    let number = id_number("19910315", 13);
    let form = person(" 林知远 ", &number.to_lowercase(), "13800000001");
    let known = known(&mut desk, form);
    assert_eq!(
        (known.name.as_str(), known.sex.as_str(), known.id_number),
        ("林知远", "男", number)
    );
    assert_eq!(known.birth_date.to_string(), "1991-03-15");
}

#[test]
fn a_wrong_identity_is_refused_by_its_field() {
    let mut desk = Desk::new();
    let (right, mobile) = (id_number("19910315", 13), "13800000001");
    for (who, field) in [
        (person("字".repeat(51).as_str(), &right, mobile), "name"),
        (person("林知远", "500112199103151010", mobile), "id_number"),
        (person("林知远", "500103190302070016", mobile), "id_number"),
        (person("林知远", &right, "12800000001"), "mobile"),
    ] {
        let command = register(&mut desk, who, "x");
        let (_, named) = desk.ask(Actor::SYSTEM, command).unwrap_err();
        assert_eq!(named.as_deref(), Some(field));
    }
}

#[test]
fn a_role_is_granted_by_the_platform_once() {
    let mut desk = Desk::new();
    let (person, legal) = (desk.cast.applicants[0], desk.cast.school.legal_user);
    let grant = |person| AdminCommand::GrantRole {
        person,
        role: SystemRole::SystemOperator,
    };
    let operator = Actor {
        person: Some(person),
        acting: Acting::Platform(SystemRole::SystemOperator),
    };
    assert_eq!(
        desk.code(operator.clone(), grant(person)),
        Some(Code::NoPermission),
        "a role one does not have"
    );
    assert_eq!(
        desk.ask(Actor::SYSTEM, grant(person)),
        Ok(vec!["SystemRoleGranted"])
    );
    assert_eq!(desk.ask(Actor::SYSTEM, grant(person)), Ok(vec![]));
    assert_eq!(
        desk.code(operator, grant(legal)),
        Some(Code::NotFound),
        "a legal account has no role"
    );
}

// Units and their people

#[test]
fn a_unit_is_registered_with_its_legal_account_by_the_platform() {
    let mut desk = Desk::new();
    let (unit, legal_user) = (UnitId(desk.seed.id()), PersonId(desk.seed.id()));
    let with = |code: &str, name: &str| AdminCommand::RegisterUnit {
        unit,
        name: name.to_owned(),
        credit_code: code.to_owned(),
        legal_user,
    };
    let right = credit_code(77);
    let stranger = desk.cast.school.legal();
    assert_eq!(
        desk.code(stranger, with(&right, "新单位")),
        Some(Code::NoPermission)
    );
    assert_eq!(
        desk.ask(Actor::SYSTEM, with("91500112MA00000021", "新单位")),
        for_field(Code::FieldInvalid, "credit_code")
    );
    assert_eq!(
        desk.ask(Actor::SYSTEM, with(&right, &"字".repeat(51))),
        for_field(Code::FieldTooLong, "name")
    );
    let made = Ok(vec![
        "UnitRegistered",
        "PersonRegistered",
        "LegalUserAssigned",
    ]);
    assert_eq!(desk.ask(Actor::SYSTEM, with(&right, "新单位")), made);
    assert_eq!(
        desk.code(Actor::SYSTEM, with(&right, "新单位")),
        Some(Code::AlreadyExists)
    );
}

#[test]
fn a_unit_is_ready_from_its_first_profile_and_the_toggle_is_an_event_of_its_own() {
    let mut desk = Desk::new();
    let unit = desk.cast.unready.clone();
    let (on, off) = (desk.profile(&unit, true), desk.profile(&unit, false));
    assert_eq!(
        desk.ask(unit.legal(), on.clone()),
        Ok(vec!["UnitProfileCompleted"])
    );
    assert_eq!(desk.ask(unit.legal(), on), Ok(vec![]));
    assert_eq!(desk.ask(unit.legal(), off), Ok(vec!["SignOffToggled"]));
    let AdminCommand::SaveProfile { mut profile, .. } = desk.profile(&unit, true) else {
        unreachable!()
    };
    profile.nature = "企业".to_owned();
    let both = AdminCommand::SaveProfile {
        unit: unit.id,
        profile,
        sign_off: true,
    };
    assert_eq!(
        desk.ask(unit.legal(), both),
        Ok(vec!["UnitProfileChanged", "SignOffToggled"])
    );
}

#[test]
fn a_profile_needs_its_fields() {
    let mut desk = Desk::new();
    let unit = desk.cast.school.clone();
    let change = |edit: &dyn Fn(&mut docket_domain::unit::Profile)| {
        let mut profile = Cast::profile(&unit.name, credit_code(1));
        edit(&mut profile);
        AdminCommand::SaveProfile {
            unit: unit.id,
            profile,
            sign_off: true,
        }
    };
    let wrong = [
        (
            change(&|profile| profile.registered_in.clear()),
            Code::FieldRequired,
            "registered_in",
        ),
        (
            change(&|profile| profile.nature = "字".repeat(51)),
            Code::FieldTooLong,
            "nature",
        ),
        (
            change(&|profile| profile.science_layout.clear()),
            Code::FieldRequired,
            "science_layout",
        ),
        (
            change(&|profile| profile.science_layout = vec!["甲".to_owned(); 21]),
            Code::FieldTooLong,
            "science_layout",
        ),
    ];
    for (command, code, field) in wrong {
        assert_eq!(desk.ask(unit.legal(), command), for_field(code, field));
    }
}

fn contact(phone: &str, email: Option<&str>) -> Contact {
    Contact {
        person: "周文博".to_owned(),
        phone: phone.to_owned(),
        email: email.map(str::to_owned),
    }
}

fn contacts(titles: Contact) -> Contacts {
    Contacts {
        titles,
        supervision_phone: None,
        experts: None,
        continuing_education: None,
        returnees: None,
        postdocs: None,
    }
}

fn save_contacts(unit: &UnitCast, contacts: Contacts) -> AdminCommand {
    AdminCommand::SaveContacts {
        unit: unit.id,
        address: docket_testkit::address(),
        contacts: Box::new(contacts),
    }
}

#[test]
fn contacts_accept_landlines_and_refuse_what_is_no_address() {
    let mut desk = Desk::new();
    let unit = desk.cast.school.clone();
    let with =
        |phone: &str, email: Option<&str>| save_contacts(&unit, contacts(contact(phone, email)));
    assert_eq!(
        desk.ask(unit.legal(), with("023-60000000转8", None)),
        Ok(vec!["ContactsSaved"])
    );
    assert_eq!(
        desk.ask(unit.legal(), with("", None)),
        for_field(Code::FieldRequired, "contacts.titles.phone")
    );
    for email in [
        "office",
        "office@",
        "@example.com",
        "a b@example.com",
        "office@example",
    ] {
        assert_eq!(
            desk.ask(unit.legal(), with("1", Some(email))),
            for_field(Code::FieldInvalid, "contacts.titles.email"),
            "{email}"
        );
    }
    assert_eq!(
        desk.ask(unit.legal(), with("1", Some("office@example.com"))),
        Ok(vec!["ContactsSaved"])
    );
}

#[test]
fn five_businesses_have_contacts_and_titles_a_phone_for_complaints() {
    let mut desk = Desk::new();
    let unit = desk.cast.school.clone();
    let whole = every_row();
    desk.ask(unit.legal(), save_contacts(&unit, whole.clone()))
        .unwrap();
    let kept = desk.world.unit(unit.id).unwrap().clone();
    let phone = Some("023-60000001".to_owned());
    let returnees = Some(contact("3", None));
    let expected = Contacts {
        supervision_phone: phone,
        returnees,
        ..whole.clone()
    };
    assert_eq!(kept.contacts.as_ref(), Some(&expected));
    assert_eq!(kept.contact().unwrap().phone, "0");
    assert_eq!(kept.address.unwrap().to_string(), "重庆市临江区青石路1号");
}

/// Contacts with every row filled in.
fn every_row() -> Contacts {
    Contacts {
        supervision_phone: Some(" 023-60000001 ".to_owned()),
        experts: Some(contact("1", None)),
        continuing_education: Some(contact("2", None)),
        returnees: Some(contact("3", Some(" "))),
        postdocs: Some(contact("4", None)),
        ..contacts(contact("0", None))
    }
}

#[test]
fn every_row_of_the_contacts_keeps_to_its_limits() {
    let mut desk = Desk::new();
    let unit = desk.cast.school.clone();
    type Edit = fn(&mut Contacts);
    let wrong: [(Edit, Code, &str); 6] = [
        (
            |rows| rows.supervision_phone = Some("1".repeat(51)),
            Code::FieldTooLong,
            "contacts.titles.supervision_phone",
        ),
        (
            |rows| rows.titles.person.clear(),
            Code::FieldRequired,
            "contacts.titles.person",
        ),
        (
            |rows| rows.experts = Some(contact("", None)),
            Code::FieldRequired,
            "contacts.experts.phone",
        ),
        (
            |rows| rows.continuing_education = Some(contact("", None)),
            Code::FieldRequired,
            "contacts.continuing_education.phone",
        ),
        (
            |rows| rows.returnees = Some(contact("1", Some("x"))),
            Code::FieldInvalid,
            "contacts.returnees.email",
        ),
        (
            |rows| rows.postdocs = Some(contact(&"1".repeat(51), None)),
            Code::FieldTooLong,
            "contacts.postdocs.phone",
        ),
    ];
    for (edit, code, field) in wrong {
        let mut rows = every_row();
        edit(&mut rows);
        let asked = desk.ask(unit.legal(), save_contacts(&unit, rows));
        assert_eq!(asked, for_field(code, field));
    }
}

#[test]
fn an_address_has_a_city_a_district_and_perhaps_more() {
    let mut desk = Desk::new();
    let unit = desk.cast.school.clone();
    for (field, max, required) in [
        ("city", 50, true),
        ("district", 50, true),
        ("detail", 100, false),
    ] {
        let mut with = |text: &str| {
            let mut address = docket_testkit::address();
            match field {
                "city" => address.city = text.to_owned(),
                "district" => address.district = text.to_owned(),
                _ => address.detail = text.to_owned(),
            }
            let command = AdminCommand::SaveContacts {
                unit: unit.id,
                address,
                contacts: Box::new(every_row()),
            };
            desk.ask(unit.legal(), command)
        };
        let (saved, name) = (Ok(vec!["ContactsSaved"]), format!("address.{field}"));
        assert_eq!(with(&"字".repeat(max)), saved);
        assert_eq!(
            with(&"字".repeat(max + 1)),
            for_field(Code::FieldTooLong, &name)
        );
        let missing = for_field(Code::FieldRequired, &name);
        assert_eq!(with(" "), if required { missing } else { saved });
    }
}

#[test]
fn a_unit_is_administered_by_its_legal_user_and_by_operators_with_the_menu() {
    let mut desk = Desk::new();
    let (school, person) = (desk.cast.school.clone(), desk.cast.applicants[0]);
    let link = || AdminCommand::LinkOperator {
        unit: school.id,
        person,
    };
    let bureau = desk.cast.bureau.legal();
    for actor in [
        school.first(),
        bureau,
        Actor::applicant(school.legal_user),
        Actor::SYSTEM,
    ] {
        assert_eq!(desk.code(actor, link()), Some(Code::NoPermission));
    }
    let menus = [Menu::Users].into_iter().collect();
    let save = AdminCommand::SaveMenus {
        unit: school.id,
        person: school.operators[0],
        menus,
    };
    assert_eq!(
        desk.ask(school.legal(), save),
        Ok(vec!["OperatorMenusSaved"])
    );
    assert_eq!(desk.ask(school.first(), link()), Ok(vec!["OperatorLinked"]));
}

#[test]
fn operators_are_linked_once_start_without_menus_and_lose_them_when_removed() {
    let mut desk = Desk::new();
    let (school, person) = (desk.cast.school.clone(), desk.cast.applicants[0]);
    let has_menu = |desk: &Desk| {
        desk.world
            .staff(school.id)
            .unwrap()
            .has_menu(person, Menu::ReviewAudit)
    };
    let link = AdminCommand::LinkOperator {
        unit: school.id,
        person,
    };
    let all = || AdminCommand::SaveMenus {
        unit: school.id,
        person,
        menus: [Menu::ReviewAudit].into_iter().collect(),
    };
    assert_eq!(
        desk.code(school.legal(), all()),
        Some(Code::NotFound),
        "not linked yet"
    );
    desk.ask(school.legal(), link.clone()).unwrap();
    assert_eq!(
        desk.code(school.legal(), link.clone()),
        Some(Code::AlreadyExists)
    );
    assert!(!has_menu(&desk));
    desk.ask(school.legal(), all()).unwrap();
    assert!(has_menu(&desk));
    let remove = AdminCommand::RemoveOperator {
        unit: school.id,
        person,
    };
    assert_eq!(
        desk.ask(school.legal(), remove.clone()),
        Ok(vec!["OperatorRemoved"])
    );
    assert_eq!(desk.code(school.legal(), remove), Some(Code::NotFound));
    desk.ask(school.legal(), link).unwrap();
    assert!(!has_menu(&desk), "linked again one starts without menus");
}

#[test]
fn a_legal_account_or_a_stranger_to_the_platform_cannot_be_linked() {
    let mut desk = Desk::new();
    let (school, legal) = (desk.cast.school.clone(), desk.cast.bureau.legal_user);
    for person in [legal, PersonId(desk.seed.id())] {
        let link = AdminCommand::LinkOperator {
            unit: school.id,
            person,
        };
        assert_eq!(
            desk.ask(school.legal(), link),
            for_field(Code::FieldInvalid, "person_id")
        );
    }
}

// Committees, plans and settings

#[test]
fn a_committee_sits_at_a_ready_unit_and_reviews_series_of_the_table() {
    let mut desk = Desk::new();
    let committee = CommitteeId(desk.seed.id());
    let with = |office, series: &[&str]| AdminCommand::CreateCommittee {
        committee,
        name: "高级职称评审委员会".to_owned(),
        office,
        series: series.iter().map(|series| (*series).to_owned()).collect(),
    };
    let (ready, unready) = (desk.cast.school.id, desk.cast.unready.id);
    let legal = desk.cast.school.legal();
    assert_eq!(
        desk.code(legal, with(ready, &["会计人员"])),
        Some(Code::NoPermission)
    );
    assert_eq!(
        desk.ask(Actor::SYSTEM, with(unready, &["会计人员"])),
        for_field(Code::FieldInvalid, "office_id")
    );
    for series in [&[][..], &["没有的系列"]] {
        assert_eq!(
            desk.ask(Actor::SYSTEM, with(ready, series)),
            for_field(Code::FieldInvalid, "series")
        );
    }
    assert_eq!(
        desk.ask(Actor::SYSTEM, with(ready, &["会计人员"])),
        Ok(vec!["CommitteeCreated"])
    );
    assert_eq!(
        desk.code(Actor::SYSTEM, with(ready, &["会计人员"])),
        Some(Code::AlreadyExists)
    );
}

#[test]
fn a_plan_is_saved_by_the_office_its_legal_user_or_an_operator_with_the_menu() {
    let mut desk = Desk::new();
    let (committee, office, other) = (
        desk.cast.committee,
        desk.cast.office.clone(),
        desk.cast.school.legal(),
    );
    let plan = |committee, notice: &str| AdminCommand::SavePlan {
        committee,
        deadlines: Cast::deadlines(),
        notice: notice.to_owned(),
        attachments: Cast::requirements(),
    };
    assert_eq!(
        desk.ask(office.legal(), plan(committee, "须知")),
        Ok(vec!["CommitteePlanSaved"])
    );
    let menus = [Menu::RecognitionSettings].into_iter().collect();
    let save = AdminCommand::SaveMenus {
        unit: office.id,
        person: office.operators[0],
        menus,
    };
    desk.ask(office.legal(), save).unwrap();
    let system_operator = desk.platform();
    for actor in [office.first(), other, Actor::SYSTEM, system_operator] {
        assert_eq!(
            desk.code(actor, plan(committee, "须知")),
            Some(Code::NoPermission)
        );
    }
    let unknown = CommitteeId(desk.seed.id());
    assert_eq!(
        desk.code(office.legal(), plan(unknown, "须知")),
        Some(Code::NoPermission)
    );
    assert_eq!(
        desk.ask(office.legal(), plan(committee, &"字".repeat(1001))),
        for_field(Code::FieldTooLong, "notice")
    );
    let menus = [Menu::Committees].into_iter().collect();
    let save = AdminCommand::SaveMenus {
        unit: office.id,
        person: office.operators[0],
        menus,
    };
    desk.ask(office.legal(), save).unwrap();
    assert_eq!(
        desk.ask(office.first(), plan(committee, "须知")),
        Ok(vec!["CommitteePlanSaved"])
    );
}

#[test]
fn the_deadlines_of_a_plan_ascend_and_none_is_set_anew_in_the_past() {
    let mut desk = Desk::new();
    let (committee, office) = (desk.cast.committee, desk.cast.office.legal());
    let mut save = |deadlines| {
        let command = AdminCommand::SavePlan {
            committee,
            deadlines,
            notice: String::new(),
            attachments: Vec::new(),
        };
        desk.ask(office.clone(), command)
    };
    let (saved, plan) = (Ok(vec!["CommitteePlanSaved"]), Cast::deadlines());
    let wrong = |field: &str| for_field(Code::FieldInvalid, &format!("deadlines.{field}"));
    let second = 1_000_000;
    let just_before = |at: Option<Instant>| at.map(|at| at.plus_micros(-second));
    let (now, next) = (Desk::now(), Desk::now().plus_micros(second));
    assert_eq!(save(plan), saved, "as it stands");
    let all_at_once = Deadlines {
        work_unit: plan.submit,
        superior: plan.submit,
        committee: plan.submit,
        ..plan
    };
    assert_eq!(save(all_at_once), saved);
    let work_unit = just_before(plan.submit);
    assert_eq!(save(Deadlines { work_unit, ..plan }), wrong("work_unit"));
    let superior = just_before(plan.work_unit);
    assert_eq!(save(Deadlines { superior, ..plan }), wrong("superior"));
    let earlier = Deadlines {
        work_unit: None,
        superior: None,
        committee: just_before(plan.submit),
        ..plan
    };
    assert_eq!(save(earlier), wrong("committee"), "the unset left out");
    let submit = Some(now);
    assert_eq!(save(Deadlines { submit, ..plan }), wrong("submit"));
    let submit = Some(next);
    assert_eq!(save(Deadlines { submit, ..plan }), saved);
    let late = instant("2025-12-01 09:00");
    let command = |deadlines| AdminCommand::SavePlan {
        committee,
        deadlines,
        notice: String::new(),
        attachments: Vec::new(),
    };
    let standing = Deadlines { submit, ..plan };
    assert_eq!(
        desk.ask_at(office.clone(), command(standing), late),
        saved,
        "what has passed may stay"
    );
    let other = Deadlines {
        submit: plan.submit,
        ..plan
    };
    assert_eq!(desk.ask_at(office, command(other), late), wrong("submit"));
}

fn setting(desk: &mut Desk, unit: &UnitCast, kind: Kind) -> SettingForm {
    Cast::setting_form(SettingId(desk.seed.id()), unit.id, kind, true)
}

fn save(form: SettingForm) -> AdminCommand {
    AdminCommand::SaveSetting(Box::new(form))
}

#[test]
fn a_unit_without_issuing_authority_has_no_settings() {
    let mut desk = Desk::new();
    let school = desk.cast.school.clone();
    let form = setting(&mut desk, &school, Kind::Initial);
    assert_eq!(
        desk.code(school.legal(), save(form)),
        Some(Code::NoPermission)
    );
}

#[test]
fn a_unit_has_one_setting_of_each_kind() {
    let mut desk = Desk::new();
    let accepting = desk.cast.accepting.clone();
    let second = setting(&mut desk, &accepting, Kind::Initial);
    assert_eq!(
        desk.code(accepting.legal(), save(second)),
        Some(Code::SettingExists)
    );
    let school = desk.cast.school.clone();
    let grant = |granted| AdminCommand::SetIssuingAuthority {
        unit: school.id,
        granted,
    };
    assert_eq!(
        desk.ask(Actor::SYSTEM, grant(true)),
        Ok(vec!["IssuingAuthorityGranted"])
    );
    assert_eq!(desk.ask(Actor::SYSTEM, grant(true)), Ok(vec![]));
    let form = setting(&mut desk, &school, Kind::Confirmation);
    assert_eq!(
        desk.ask(school.legal(), save(form.clone())),
        Ok(vec!["RecognitionSettingSaved", "ClaimTaken"])
    );
    assert_eq!(
        desk.ask(school.legal(), save(form)),
        Ok(vec!["RecognitionSettingSaved"]),
        "saved again"
    );
}

#[test]
fn the_highest_level_is_a_matter_of_initial_recognition_and_middle_unless_said() {
    let mut desk = Desk::new();
    let accepting = desk.cast.accepting.clone();
    for (kind, given, kept) in [
        (Kind::Initial, None, Some(Level::Middle)),
        (
            Kind::Initial,
            Some(Level::Assistant),
            Some(Level::Assistant),
        ),
        (Kind::Confirmation, Some(Level::Assistant), None),
    ] {
        let setting = desk.cast.accepting_settings[usize::from(kind == Kind::Confirmation)];
        let mut form = Cast::setting_form(setting, accepting.id, kind, true);
        form.max_level = given;
        desk.ask(accepting.legal(), save(form)).unwrap();
        let found = desk.world.setting(setting).unwrap().max_level;
        assert_eq!(found, kept, "{kind} {given:?}");
    }
}

type EditSetting = fn(&mut SettingForm);

/// A row of 附件要求, always under the same id.
fn row(name: &str) -> Requirement {
    Requirement {
        id: RequirementId(uuid(7)),
        name: name.to_owned(),
        required: true,
    }
}

#[test]
fn a_settings_fields_keep_to_their_limits() {
    let mut desk = Desk::new();
    let accepting = desk.cast.accepting.clone();
    let standing = desk.cast.accepting_settings[0];
    let wrong: [(EditSetting, Code, &str); 7] = [
        (
            |form| form.notice = "字".repeat(1001),
            Code::FieldTooLong,
            "notice",
        ),
        (
            |form| form.notice = " ".to_owned(),
            Code::FieldRequired,
            "notice",
        ),
        (|form| form.kind = Kind::Review, Code::FieldInvalid, "kind"),
        (
            |form| form.kind = Kind::Confirmation,
            Code::FieldInvalid,
            "kind",
        ),
        (
            |form| form.address.city.clear(),
            Code::FieldRequired,
            "address.city",
        ),
        (
            |form| form.attachments = vec![row("甲"), row("乙")],
            Code::FieldInvalid,
            "attachments",
        ),
        (
            |form| form.attachments = vec![row("")],
            Code::FieldRequired,
            "attachments",
        ),
    ];
    for (edit, code, field) in wrong {
        let mut form = Cast::setting_form(standing, accepting.id, Kind::Initial, true);
        edit(&mut form);
        assert_eq!(
            desk.ask(accepting.legal(), save(form)),
            for_field(code, field)
        );
    }
    let mut exact = Cast::setting_form(standing, accepting.id, Kind::Initial, true);
    exact.notice = "字".repeat(1000);
    assert_eq!(
        desk.ask(accepting.legal(), save(exact)),
        Ok(vec!["RecognitionSettingSaved"])
    );
}

#[test]
fn fifty_attachments_may_be_asked_for_and_no_more() {
    let mut desk = Desk::new();
    let accepting = desk.cast.accepting.clone();
    let standing = desk.cast.accepting_settings[0];
    let mut with = |rows: u128| {
        let mut form = Cast::setting_form(standing, accepting.id, Kind::Initial, true);
        let of = |n| Requirement {
            id: RequirementId(uuid(n)),
            ..row("附件")
        };
        form.attachments = (1..=rows).map(of).collect();
        desk.ask(accepting.legal(), save(form))
    };
    assert_eq!(with(50), Ok(vec!["RecognitionSettingSaved"]));
    assert_eq!(with(51), for_field(Code::FieldInvalid, "attachments"));
}

#[test]
fn losing_the_authority_switches_off_both_settings_and_changes_nothing_else() {
    let mut desk = Desk::new();
    let accepting = desk.cast.accepting.clone();
    let settings = desk.cast.accepting_settings;
    let before = settings.map(|id| desk.world.setting(id).unwrap().clone());
    let revoke = AdminCommand::SetIssuingAuthority {
        unit: accepting.id,
        granted: false,
    };
    let both = [
        "IssuingAuthorityRevoked",
        "RecognitionSettingSaved",
        "RecognitionSettingSaved",
    ];
    assert_eq!(desk.ask(Actor::SYSTEM, revoke), Ok(both.to_vec()));
    for (id, before) in settings.into_iter().zip(before) {
        assert!(before.enabled);
        let off = Setting {
            enabled: false,
            ..before
        };
        assert_eq!(desk.world.setting(id), Some(&off));
    }
}

fn uuid(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

#[test]
fn another_units_setting_is_not_found() {
    let mut desk = Desk::new();
    let (college, standing) = (desk.cast.college.clone(), desk.cast.accepting_settings[0]);
    let form = Cast::setting_form(standing, college.id, Kind::Initial, true);
    assert_eq!(desk.code(college.legal(), save(form)), Some(Code::NotFound));
}

#[test]
fn losing_issuing_authority_forces_every_setting_off() {
    let mut desk = Desk::new();
    let accepting = desk.cast.accepting.clone();
    let settings = desk.cast.accepting_settings;
    let set = |granted| AdminCommand::SetIssuingAuthority {
        unit: accepting.id,
        granted,
    };
    let off = save(Cast::setting_form(
        settings[1],
        accepting.id,
        Kind::Confirmation,
        false,
    ));
    desk.ask(accepting.legal(), off).unwrap();
    let lost = Ok(vec!["IssuingAuthorityRevoked", "RecognitionSettingSaved"]);
    assert_eq!(
        desk.ask(Actor::SYSTEM, set(false)),
        lost,
        "one was off already"
    );
    assert!(
        settings
            .iter()
            .all(|id| !desk.world.setting(*id).unwrap().enabled)
    );
    let setting = desk.world.setting(settings[0]).unwrap().clone();
    assert_eq!(
        (setting.notice.as_str(), setting.contact.is_some()),
        ("请如实填写。", true),
        "the rest stays"
    );
    assert_eq!(
        desk.ask(Actor::SYSTEM, set(true)),
        Ok(vec!["IssuingAuthorityGranted"])
    );
    assert!(
        !desk.world.setting(settings[0]).unwrap().enabled,
        "it is switched on by hand"
    );
}

// Reference tables

/// A year that begins with so many days off, and has so many weekend days worked.
fn year_2027(off: u32, worked: u32) -> CalendarYear {
    let day = |month, day| Day::from_ymd(2027, month, day).unwrap();
    let off = (1..=off).map(|n| (day(1, n), DayKind::Off));
    let worked = (1..=worked).map(|n| (day(2, n), DayKind::Work));
    CalendarYear::new(2027, off.chain(worked).collect()).unwrap()
}

#[test]
fn a_year_with_few_days_off_is_loaded_when_it_is_meant_so() {
    let mut desk = Desk::new();
    let mut load = |year, confirmed| {
        desk.ask(
            Actor::SYSTEM,
            AdminCommand::LoadCalendarYear { year, confirmed },
        )
    };
    let loaded = Ok(vec!["CalendarYearLoaded"]);
    let refused = for_field(Code::FieldInvalid, "days");
    assert_eq!(
        load(year_2027(4, 9), false),
        refused,
        "worked days do not count"
    );
    assert_eq!(load(year_2027(4, 9), true), loaded);
    assert_eq!(load(year_2027(4, 9), false), Ok(vec![]), "the same again");
    assert_eq!(load(year_2027(5, 0), false), loaded);
}

#[test]
fn tables_are_the_platforms_and_the_same_again_changes_nothing() {
    let mut desk = Desk::new();
    let (year, corrected) = (year_2027(5, 0), year_2027(5, 1));
    let load = |year| AdminCommand::LoadCalendarYear {
        year,
        confirmed: false,
    };
    let legal = desk.cast.school.legal();
    assert_eq!(
        desk.code(legal.clone(), load(year.clone())),
        Some(Code::NoPermission)
    );
    assert_eq!(
        desk.ask(Actor::SYSTEM, load(year.clone())),
        Ok(vec!["CalendarYearLoaded"])
    );
    assert_eq!(desk.ask(Actor::SYSTEM, load(year)), Ok(vec![]));
    assert_eq!(
        desk.ask(Actor::SYSTEM, load(corrected)),
        Ok(vec!["CalendarYearLoaded"])
    );
    let titles = vec![SeriesTitle {
        title: "新职称".to_owned(),
        level: docket_domain::catalogue::Level::Middle,
    }];
    let series = SeriesDefined {
        number: 28,
        name: "新系列".to_owned(),
        titles,
        specialties: Vec::new(),
    };
    let define = || AdminCommand::DefineSeries(series.clone());
    assert_eq!(desk.code(legal, define()), Some(Code::NoPermission));
    assert_eq!(desk.ask(Actor::SYSTEM, define()), Ok(vec!["SeriesDefined"]));
    assert_eq!(desk.ask(Actor::SYSTEM, define()), Ok(vec![]));
}

#[test]
fn a_definition_is_published_whole_and_its_version_never_changes() {
    let mut desk = Desk::new();
    let kind = Kind::Review;
    let definition = desk.world.definition(kind);
    let text = definition.expanded_text();
    let middle = (text.len() / 2..)
        .find(|at| text.is_char_boundary(*at))
        .unwrap();
    let part = |part, text: &str| DefinitionPublished {
        kind,
        version: 1,
        hash: definition.hash().to_owned(),
        part,
        parts: 2,
        text: text.to_owned(),
    };
    let parts = vec![part(1, &text[..middle]), part(2, &text[middle..])];
    let publish = |parts: Vec<DefinitionPublished>| AdminCommand::PublishDefinition { kind, parts };
    let swapped = vec![parts[1].clone(), parts[0].clone()];
    for wrong in [
        swapped,
        parts[..1].to_vec(),
        vec![part(1, "{"), part(2, "}")],
    ] {
        assert_eq!(
            desk.ask(Actor::SYSTEM, publish(wrong)),
            for_field(Code::FieldInvalid, "parts")
        );
    }
    assert_eq!(
        desk.ask(Actor::SYSTEM, publish(vec![])),
        for_field(Code::FieldRequired, "parts")
    );
    assert_eq!(
        desk.ask(Actor::SYSTEM, publish(parts.clone())),
        Ok(vec!["DefinitionPublished"; 2])
    );
    assert_eq!(
        desk.ask(Actor::SYSTEM, publish(parts)),
        Ok(vec![]),
        "the same again changes nothing"
    );
    let stream = Stream::new(docket_domain::Category::Workflow, kind);
    let State::Workflow(published) = desk.world.seen(&stream).state.as_ref().clone() else {
        panic!()
    };
    assert_eq!(published.versions[&1].text, text);
}
