//! 填写申请书 (§11.5, A48, A60)

use super::*;
use docket_domain::catalogue::Level;
use docket_domain::declaration::decide::may_choose;
use docket_domain::declaration::{CreateDraft, Details, Target};
use docket_domain::refusal::Code;
use docket_domain::time::Day;
use docket_domain::vocabulary::Status;
use uuid::Uuid;

/// The answer to a draft that differs from a right one.
fn refused(kind: Kind, change: impl FnOnce(&mut CreateDraft)) -> (Code, Option<String>) {
    let mut walk = Walk::before(World::demo_like());
    let target = match kind {
        Kind::Review => cast().committee.0,
        Kind::Initial => cast().accepting_settings[0].0,
        Kind::Confirmation => cast().accepting_settings[1].0,
    };
    let mut draft = walk.choice(kind, target, cast().school.id);
    change(&mut draft);
    let refusal = walk.created_if(draft).expect_err("the draft is wrong");
    (refusal.code, refusal.field)
}

fn for_field(code: Code, field: &str) -> (Code, Option<String>) {
    (code, Some(field.to_owned()))
}

#[test]
fn a_draft_keeps_its_choices_and_takes_its_number_for_good() {
    for kind in Kind::ALL {
        let walk = Walk::draft(kind);
        let declaration = walk.state();
        assert_eq!(
            (declaration.status, declaration.kind, declaration.work_unit),
            (Status::Draft, kind, cast().school.id)
        );
        assert_eq!(declaration.applicant, walk.applicant);
        assert_eq!(
            declaration.definition.hash,
            walk.world.definition(kind).hash()
        );
        assert_eq!(declaration.level.label(), "中级");
        let number = docket_domain::claim::number(&declaration.number);
        assert_eq!(walk.world.claim(&number).holder, Some(walk.id.0));
        assert_eq!(
            walk.world.claim(&declaration.live_claim()).holder,
            None,
            "a draft is not live"
        );
    }
}

#[test]
fn the_pledge_comes_first() {
    let refusal = refused(Kind::Review, |draft| {
        draft.pledge = false;
        draft.title.series = "没有的系列".to_owned();
    });
    assert_eq!(refusal, for_field(Code::PledgeRequired, "pledge"));
}

#[test]
fn series_and_title_stand_in_the_table() {
    let series = |name: &str| refused(Kind::Review, |draft| draft.title.series = name.to_owned());
    assert_eq!(
        series("没有的系列"),
        for_field(Code::FieldInvalid, "title.series")
    );
    assert_eq!(series(" "), for_field(Code::FieldRequired, "title.series"));
    let title = |name: &str| refused(Kind::Review, |draft| draft.title.title = name.to_owned());
    assert_eq!(title("教授"), for_field(Code::FieldInvalid, "title.title"));
    let long = refused(Kind::Review, |draft| {
        draft.details.specialty = "字".repeat(51)
    });
    assert_eq!(long, for_field(Code::FieldTooLong, "title.specialty"));
}

#[test]
fn the_target_fits_the_kind() {
    let to = |kind, target: Uuid| refused(kind, |draft| draft.target = target);
    let wrong = for_field(Code::FieldInvalid, "target_id");
    assert_eq!(to(Kind::Review, Uuid::nil()), wrong);
    assert_eq!(to(Kind::Review, cast().accepting_settings[0].0), wrong);
    assert_eq!(to(Kind::Initial, cast().committee.0), wrong);
    assert_eq!(
        to(Kind::Initial, cast().accepting_settings[1].0),
        wrong,
        "a setting is for one kind"
    );
    let series = refused(Kind::Review, |draft| {
        draft.title.series = "会计人员".to_owned();
        draft.title.title = "会计师".to_owned();
    });
    assert_eq!(series, wrong, "the committee does not review that series");
}

#[test]
fn the_work_unit_is_chosen_from_registered_units() {
    let unknown = refused(Kind::Review, |draft| draft.work_unit = UnitId(Uuid::nil()));
    assert_eq!(unknown, for_field(Code::FieldInvalid, "work_unit_id"));
    Walk::draft_at(World::demo_like(), Kind::Review, cast().unready.id);
}

#[test]
fn a_disabled_setting_stops_new_choices() {
    let accepting = cast().accepting.clone();
    let mut world = World::demo_like();
    let form = Cast::setting_form(
        cast().accepting_settings[0],
        accepting.id,
        Kind::Initial,
        false,
    );
    let at = docket_testkit::instant("2025-08-01 09:00");
    administer(
        &mut world,
        accepting.legal(),
        AdminCommand::SaveSetting(Box::new(form)),
        at,
    );
    let mut walk = Walk::before(world);
    let draft = walk.choice(
        Kind::Initial,
        cast().accepting_settings[0].0,
        cast().school.id,
    );
    assert_eq!(
        walk.created_if(draft).unwrap_err().code,
        Code::SettingDisabled
    );
}

#[test]
fn a_number_is_never_given_twice_not_even_after_its_draft_was_deleted() {
    let walk = Walk::draft(Kind::Review);
    let number = walk.state().number.clone();
    let person = walk.person();
    let mut walk = walk.done(person, DeclarationCommand::Delete);
    let mut draft = walk.choice(Kind::Review, cast().committee.0, cast().school.id);
    draft.number = number;
    assert_eq!(walk.created_if(draft).unwrap_err().code, Code::NumberTaken);
}

#[test]
fn fields_of_another_kind_are_left_out() {
    let fill = |draft: &mut CreateDraft| {
        draft.details.specialty_group = Some("中等职业教育组".to_owned());
        draft.details.application_type = Some("正常晋升".to_owned());
        draft.details.original_title = Some("讲师".to_owned());
        draft.details.obtained_on = Day::parse("2019-05-01").ok();
        draft.details.valid_scope = Some("全市".to_owned());
    };
    let kept = |kind, target| {
        let mut walk = Walk::before(World::demo_like());
        let mut draft = walk.choice(kind, target, cast().school.id);
        fill(&mut draft);
        let walk = walk.created(draft);
        let details = walk.state().details.as_ref().unwrap();
        [
            details.specialty_group.is_some(),
            details.application_type.is_some(),
            details.original_title.is_some(),
            details.obtained_on.is_some(),
            details.valid_scope.is_some(),
        ]
    };
    assert_eq!(
        kept(Kind::Review, cast().committee.0),
        [true, true, false, false, false]
    );
    assert_eq!(
        kept(Kind::Initial, cast().accepting_settings[0].0),
        [false; 5]
    );
    assert_eq!(
        kept(Kind::Confirmation, cast().accepting_settings[1].0),
        [false, false, true, true, true]
    );
}

#[test]
fn only_a_natural_person_acting_for_himself_declares() {
    let mut walk = Walk::before(World::demo_like());
    let draft = walk.choice(Kind::Review, cast().committee.0, cast().school.id);
    let id = Walk::draft(Kind::Review).id;
    let command = Command::Declaration {
        id,
        command: DeclarationCommand::Create(Box::new(draft)),
    };
    for actor in [
        cast().school.first(),
        Actor::applicant(cast().school.legal_user),
        Actor::SYSTEM,
    ] {
        let refusal = walk.world.decide(actor, &command, walk.at).unwrap_err();
        assert_eq!(refusal.code, Code::NoPermission);
    }
}

/// 初定 at the accepting unit for a title, with the setting's highest level as given.
fn initial(max_level: Option<Level>, title: &str) -> Option<Code> {
    let (accepting, setting) = (cast().accepting.clone(), cast().accepting_settings[0]);
    let mut world = World::demo_like();
    let mut form = Cast::setting_form(setting, accepting.id, Kind::Initial, true);
    form.max_level = max_level;
    let command = AdminCommand::SaveSetting(Box::new(form));
    let at = docket_testkit::instant("2025-08-01 09:00");
    administer(&mut world, accepting.legal(), command, at);
    let mut walk = Walk::before(world);
    let mut draft = walk.choice(Kind::Initial, setting.0, cast().school.id);
    draft.title.title = title.to_owned();
    let refusal = walk.created_if(draft).err()?;
    assert_eq!(refusal.field.as_deref(), Some("title.title"));
    Some(refusal.code)
}

#[test]
fn an_initial_recognition_goes_no_higher_than_its_setting() {
    let too_high = Some(Code::TitleLevelTooHigh);
    for (max_level, title, answer) in [
        (None, "正高级教师", too_high),
        (None, "高级教师", too_high),
        (None, "一级教师", None),
        (None, "三级教师", None),
        (Some(Level::Assistant), "一级教师", too_high),
        (Some(Level::Assistant), "二级教师", None),
        (Some(Level::AssociateSenior), "高级教师", None),
    ] {
        assert_eq!(initial(max_level, title), answer, "{max_level:?} {title}");
    }
    let mut walk = Walk::before(World::demo_like());
    let setting = cast().accepting_settings[1].0;
    let mut draft = walk.choice(Kind::Confirmation, setting, cast().school.id);
    draft.title.title = "正高级教师".to_owned();
    walk.created(draft);
}

#[test]
fn what_is_not_selectable_is_refused_by_creation_with_the_same_code() {
    let target = Target::Committee {
        committee: cast().committee,
        office: cast().office.id,
    };
    let terminated = signed(Kind::Review).terminated(cast().school.first());
    for (walk, at, code) in [
        (Walk::draft(Kind::Review), "2025-10-31 17:59:59", None),
        (
            Walk::draft(Kind::Review),
            "2025-10-31 18:00",
            Some(Code::SubmitDeadlinePassed),
        ),
        (
            terminated.clone(),
            "2025-10-31 17:59:59",
            Some(Code::YearLocked),
        ),
        (
            terminated,
            "2025-10-31 18:00",
            Some(Code::SubmitDeadlinePassed),
        ),
    ] {
        let mut walk = walk.on(at);
        let (applicant, person) = (walk.applicant, walk.person());
        let offered = walk.ask(person, |_, facts| {
            may_choose(Kind::Review, &target, None, applicant, facts)
        });
        assert_eq!(offered.err().map(|refusal| refusal.code), code, "{at}");
        let draft = walk.choice(Kind::Review, cast().committee.0, cast().school.id);
        let refusal = walk.created_if(draft).err();
        assert_eq!(refusal.map(|refusal| refusal.code), code, "{at}");
    }
}

#[test]
fn a_title_may_have_been_obtained_today_and_not_tomorrow() {
    let (target, now) = (cast().accepting_settings[1].0, Walk::draft(Kind::Review).at);
    let obtained = |on: Day| {
        let mut walk = Walk::before(World::demo_like());
        walk.at = now;
        let mut draft = walk.choice(Kind::Confirmation, target, cast().school.id);
        draft.details.obtained_on = Some(on);
        walk.created_if(draft).map(drop)
    };
    assert_eq!(obtained(now.day()), Ok(()));
    let tomorrow = obtained(now.day().next()).unwrap_err();
    assert_eq!(
        (tomorrow.code, tomorrow.field.as_deref()),
        (Code::FieldInvalid, Some("obtained_on"))
    );
}

#[test]
fn all_that_the_applicant_types_is_in_the_sealed_half() {
    let mut walk = Walk::before(World::demo_like());
    let mut draft = walk.choice(Kind::Review, cast().committee.0, cast().school.id);
    draft.details = Details {
        specialty: "只此一家的专业".to_owned(),
        direction: "独门方向".to_owned(),
        specialty_group: Some("自拟专业组".to_owned()),
        application_type: Some("自拟类别".to_owned()),
        ..Details::default()
    };
    let typed = draft.details.clone();
    let made = walk.created_if(draft).unwrap();
    let event = &made.events[0].envelope.event;
    let (payload, personal) = (event.payload().unwrap(), event.personal().unwrap().unwrap());
    for text in ["只此一家的专业", "独门方向", "自拟专业组", "自拟类别"] {
        assert!(!payload.contains(text) && personal.contains(text), "{text}");
    }
    let declaration = walk.state();
    assert_eq!(declaration.details, Some(typed));
    assert!(payload.contains(&declaration.texts.pledge.hash));
    assert!(payload.contains(&declaration.texts.notice.hash));
    assert_eq!(declaration.texts.sensitive_notice, None);
}
