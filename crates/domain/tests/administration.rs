//! Specs of what stands around declarations: accounts, units and their people, plans, settings,
//! reference tables.
#![allow(clippy::unwrap_used)]

use docket_domain::administration::{AdminCommand, SettingForm};
use docket_domain::calendar::parse_csv;
use docket_domain::person::Identity;
use docket_domain::reference::{DefinitionPublished, SeriesDefined, SeriesTitle};
use docket_domain::refusal::Code;
use docket_domain::time::{Day, Instant};
use docket_domain::unit::Contact;
use docket_domain::vocabulary::{Menu, SystemRole};
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
        let executed = self
            .world
            .execute(actor, &Command::Administration(command), Self::now());
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

fn identity(name: &str, number: &str, mobile: &str) -> Identity {
    Identity {
        name: name.to_owned(),
        id_number: number.to_owned(),
        mobile: mobile.to_owned(),
        sex: String::new(),
        birth_date: Day::from_ymd(2000, 1, 1).unwrap(),
    }
}

fn register(desk: &mut Desk, identity: Identity, claim: &str) -> AdminCommand {
    AdminCommand::RegisterPerson {
        person: PersonId(desk.seed.id()),
        identity,
        identity_claim: claim.to_owned(),
    }
}

// Accounts

#[test]
fn a_person_is_registered_once_by_the_id_document() {
    let mut desk = Desk::new();
    let who = || identity("林知远", &id_number("19910315", 901), "13800000001");
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

#[test]
fn sex_and_birth_date_come_from_the_id_number() {
    let mut desk = Desk::new();
    let number = id_number("19910315", 13);
    let command = register(
        &mut desk,
        identity(" 林知远 ", &number.to_lowercase(), "13800000001"),
        "x",
    );
    let AdminCommand::RegisterPerson { person, .. } = command else {
        unreachable!()
    };
    desk.ask(Actor::SYSTEM, command).unwrap();
    let State::Person(known) = desk
        .world
        .seen(&Stream::person(person))
        .state
        .as_ref()
        .clone()
    else {
        panic!()
    };
    let known = known.identity.unwrap();
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
        (identity("字".repeat(51).as_str(), &right, mobile), "name"),
        (
            identity("林知远", "500112199103151010", mobile),
            "id_number",
        ),
        (
            identity("林知远", "500103190302070016", mobile),
            "id_number",
        ),
        (identity("林知远", &right, "12800000001"), "mobile"),
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

#[test]
fn contacts_accept_landlines_and_refuse_what_is_no_address() {
    let mut desk = Desk::new();
    let unit = desk.cast.school.clone();
    let with = |phone: &str, email: Option<&str>| AdminCommand::SaveContacts {
        unit: unit.id,
        address: "青石路1号".to_owned(),
        contact: Contact {
            person: "周文博".to_owned(),
            phone: phone.to_owned(),
            email: email.map(str::to_owned),
        },
    };
    assert_eq!(
        desk.ask(unit.legal(), with("023-60000000转8", None)),
        Ok(vec!["ContactsSaved"])
    );
    assert_eq!(
        desk.ask(unit.legal(), with("", None)),
        for_field(Code::FieldRequired, "phone")
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
            for_field(Code::FieldInvalid, "email"),
            "{email}"
        );
    }
    assert_eq!(
        desk.ask(unit.legal(), with("1", Some("office@example.com"))),
        Ok(vec!["ContactsSaved"])
    );
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
fn a_plan_is_saved_by_the_platform_or_the_legal_user_of_the_office() {
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
    for actor in [office.first(), other] {
        assert_eq!(
            desk.code(actor, plan(committee, "须知")),
            Some(Code::NoPermission)
        );
    }
    let unknown = CommitteeId(desk.seed.id());
    assert_eq!(
        desk.code(Actor::SYSTEM, plan(unknown, "须知")),
        Some(Code::NotFound)
    );
    assert_eq!(
        desk.ask(Actor::SYSTEM, plan(committee, &"字".repeat(1001))),
        for_field(Code::FieldTooLong, "notice")
    );
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
        (|form| form.address.clear(), Code::FieldRequired, "address"),
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

#[test]
fn tables_are_the_platforms_and_the_same_again_changes_nothing() {
    let mut desk = Desk::new();
    let year = parse_csv("date,kind\n2027-01-01,off\n").unwrap().remove(0);
    let corrected = parse_csv("date,kind\n2027-01-01,off\n2027-01-02,work\n")
        .unwrap()
        .remove(0);
    let load = AdminCommand::LoadCalendarYear;
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
