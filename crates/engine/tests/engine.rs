//! The engine on a real log: acceptance, refusal, repeats, races, several nodes.
#![allow(clippy::unwrap_used, missing_docs)]

use docket_codec::{Content, Request, hash_from_hex};
use docket_domain::administration::AdminCommand;
use docket_domain::declaration::{Ballot, DeclarationCommand, ReturnTo};
use docket_domain::vocabulary::{Outcome, Status};
use docket_domain::{Actor, Code, Command, Kind, State, Stream, UnitId, Warning};
use docket_engine::{Clock, Engine as Node, EngineParts, Failure, Order, command_id, definitions};
use docket_store::{KeyChange, Log};
use docket_testkit::engines::{Engine, Scratch};
use docket_testkit::on_both_engines;
use docket_testkit::town::{SeededEntropy, Staffed, Town, synthetic_id_number};
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::sync::Arc;
use uuid::Uuid;

on_both_engines!(async:
    a_review_declaration_lives_from_draft_to_conclusion,
    a_state_read_from_the_log_equals_the_cached_one,
    an_operator_given_a_menu_on_one_node_is_not_refused_on_another,
    a_removed_operator_is_refused_on_a_node_that_still_remembers_him,
    of_two_racing_signers_exactly_one_signs,
    of_a_withdrawal_and_the_superiors_signature_exactly_one_wins,
    the_same_command_twice_is_one_event_and_one_answer,
    a_refusal_is_in_the_audit_and_not_in_the_log,
    two_live_declarations_terminated_in_one_year_make_one_lock,
    a_claim_that_another_node_took_is_not_taken_to_be_free,
    a_saved_section_can_be_read_back_and_not_after_the_draft_is_deleted,
    the_same_human_cannot_register_twice,
    a_second_bootstrap_changes_nothing,
    a_unit_with_sign_off_switched_off_signs_what_arrives,
    a_return_to_a_unit_that_is_not_below_is_refused,
    a_key_whose_first_request_was_erased_serves_no_other_request,
    a_repeat_is_answered_as_the_first_time_also_when_nothing_is_left_to_do,
    a_repeat_carries_the_warnings_of_the_first_answer,
    nothing_to_do_is_never_answered_from_a_stale_state,
    a_founding_that_was_cut_short_anywhere_is_made_up_for,
);

const LOG: Uuid = Uuid::from_u128(1);

/// The town, and the database that it stands on.
struct Ground {
    town: Town,
    scratch: Scratch,
}

impl Deref for Ground {
    type Target = Town;
    fn deref(&self) -> &Town {
        &self.town
    }
}

async fn ground(engine: Engine) -> Ground {
    let scratch = Scratch::new(engine);
    let town = Town::found(scratch.log(LOG).await, 7).await;
    Ground { town, scratch }
}

fn refused(answer: Result<docket_engine::Accepted, Failure>) -> Code {
    match answer {
        Err(Failure::Refused(refusal)) => refusal.code,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

async fn a_review_declaration_lives_from_draft_to_conclusion(engine: Engine) {
    let town = ground(engine).await;
    let applicant = town.person().await;
    let id = town.draft(applicant, Kind::Review).await;
    let school = town.school.by_operator();
    town.act(Actor::applicant(applicant), id, DeclarationCommand::Submit)
        .await
        .unwrap();
    town.act(school.clone(), id, DeclarationCommand::Sign)
        .await
        .unwrap();
    town.act(
        school.clone(),
        id,
        DeclarationCommand::ApproveAndPublicize(None),
    )
    .await
    .unwrap();
    town.clock.advance_days(10);
    town.act(school, id, town.report_to(town.bureau.id, true))
        .await
        .unwrap();
    town.act(town.bureau.by_operator(), id, DeclarationCommand::Sign)
        .await
        .unwrap();
    town.act(
        town.bureau.by_operator(),
        id,
        town.report_to(town.office.id, false),
    )
    .await
    .unwrap();
    town.act(town.office.by_operator(), id, DeclarationCommand::Sign)
        .await
        .unwrap();
    town.act(town.office.by_operator(), id, DeclarationCommand::Accept)
        .await
        .unwrap();
    let conclude = DeclarationCommand::Conclude {
        passed: Some(true),
        ballot: Ballot::default(),
        opinion: String::new(),
    };
    town.act(town.office.by_operator(), id, conclude)
        .await
        .unwrap();
    let seen = town.engine.state(&Stream::declaration(id)).await.unwrap();
    let State::Declaration(Some(declaration)) = seen.state.as_ref() else {
        panic!("no declaration")
    };
    assert_eq!(
        (declaration.status, declaration.outcome),
        (Status::Concluded, Some(Outcome::ReviewPassed))
    );
    assert_eq!(declaration.steps.len(), 3);
}

async fn a_state_read_from_the_log_equals_the_cached_one(engine: Engine) {
    let town = ground(engine).await;
    let applicant = town.person().await;
    let id = town.draft(applicant, Kind::Initial).await;
    town.act(Actor::applicant(applicant), id, DeclarationCommand::Submit)
        .await
        .unwrap();
    let cached = town.engine.state(&Stream::declaration(id)).await.unwrap();
    let other = second_node(&town).await;
    let read = other.state(&Stream::declaration(id)).await.unwrap();
    assert_eq!(cached.version, read.version);
    assert_eq!(cached.state, read.state);
}

/// Another node on the same database with the same keys, through a handle of its own.
async fn second_node(ground: &Ground) -> Node {
    let entropy = Arc::new(SeededEntropy::new(7));
    let ring = docket_codec::KeyRing::generate(entropy.as_ref());
    Node::new(EngineParts {
        log: ground.scratch.log(LOG).await,
        ring: Arc::new(ring),
        clock: Arc::clone(&ground.clock) as Arc<dyn Clock>,
        entropy: Arc::new(SeededEntropy::new(99)),
        definitions: definitions(),
        quarantine: Arc::default(),
        cached_states: NonZeroUsize::new(1000).unwrap(),
    })
}

async fn an_operator_given_a_menu_on_one_node_is_not_refused_on_another(engine: Engine) {
    let town = ground(engine).await;
    let applicant = town.person().await;
    let newcomer = town.person().await;
    let id = town.draft(applicant, Kind::Review).await;
    town.act(Actor::applicant(applicant), id, DeclarationCommand::Submit)
        .await
        .unwrap();
    let other = second_node(&town).await;
    let actor = Actor::of_unit(newcomer, town.school.id);
    let sign = |key: u128| {
        let command = Command::Declaration {
            id,
            command: DeclarationCommand::Sign,
        };
        Order::new(actor.clone(), command, Uuid::from_u128(key))
    };
    assert_eq!(refused(other.execute(sign(1)).await), Code::NoPermission);
    let link = AdminCommand::LinkOperator {
        unit: town.school.id,
        person: newcomer,
    };
    town.administer(town.school.by_legal_user(), link)
        .await
        .unwrap();
    let menus = [docket_domain::vocabulary::Menu::ReviewAudit].into();
    let save = AdminCommand::SaveMenus {
        unit: town.school.id,
        person: newcomer,
        menus,
    };
    town.administer(town.school.by_legal_user(), save)
        .await
        .unwrap();
    assert!(other.execute(sign(2)).await.is_ok());
}

async fn a_removed_operator_is_refused_on_a_node_that_still_remembers_him(engine: Engine) {
    let town = ground(engine).await;
    let applicant = town.person().await;
    let id = town.draft(applicant, Kind::Review).await;
    town.act(Actor::applicant(applicant), id, DeclarationCommand::Submit)
        .await
        .unwrap();
    let other = second_node(&town).await;
    let warm = other.allowed(id, town.school.by_operator()).await.unwrap();
    assert!(warm.iter().any(|allowed| allowed.refusal.is_none()));
    let remove = AdminCommand::RemoveOperator {
        unit: town.school.id,
        person: town.school.operator,
    };
    town.administer(town.school.by_legal_user(), remove)
        .await
        .unwrap();
    let command = Command::Declaration {
        id,
        command: DeclarationCommand::Sign,
    };
    let order = Order::new(town.school.by_operator(), command, Uuid::from_u128(5));
    assert_eq!(refused(other.execute(order).await), Code::NoPermission);
}

async fn of_two_racing_signers_exactly_one_signs(engine: Engine) {
    let town = Arc::new(ground(engine).await);
    for _ in 0..20 {
        let applicant = town.person().await;
        let id = town.draft(applicant, Kind::Review).await;
        town.act(Actor::applicant(applicant), id, DeclarationCommand::Submit)
            .await
            .unwrap();
        let racers = [town.school.by_operator(), town.school.by_legal_user()];
        let answers = futures::future::join_all(racers.map(|actor| {
            let town = Arc::clone(&town);
            tokio::spawn(async move { town.act(actor, id, DeclarationCommand::Sign).await })
        }))
        .await;
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        let lost = answers.into_iter().find(Result::is_err).unwrap();
        assert_eq!(refused(lost), Code::WrongState);
    }
}

async fn of_a_withdrawal_and_the_superiors_signature_exactly_one_wins(engine: Engine) {
    let town = Arc::new(ground(engine).await);
    for _ in 0..20 {
        let id = reported(&town).await;
        let school = town.school.by_operator();
        let bureau = town.bureau.by_operator();
        let (first, second) = (Arc::clone(&town), Arc::clone(&town));
        let withdraw =
            tokio::spawn(async move { first.act(school, id, DeclarationCommand::Withdraw).await });
        let sign =
            tokio::spawn(async move { second.act(bureau, id, DeclarationCommand::Sign).await });
        let (withdrawn, signed) = (withdraw.await.unwrap(), sign.await.unwrap());
        match (withdrawn, signed) {
            (Ok(_), lost) => assert_eq!(refused(lost), Code::UnitMismatch),
            (lost, Ok(_)) => assert_eq!(refused(lost), Code::SuperiorSigned),
            both => panic!("both lost: {both:?}"),
        }
    }
}

async fn reported(town: &Town) -> docket_domain::DeclarationId {
    let applicant = town.person().await;
    let id = town.draft(applicant, Kind::Review).await;
    let school = town.school.by_operator();
    town.act(Actor::applicant(applicant), id, DeclarationCommand::Submit)
        .await
        .unwrap();
    town.act(school.clone(), id, DeclarationCommand::Sign)
        .await
        .unwrap();
    town.clock.set(docket_testkit::town::founding_day());
    town.act(
        school.clone(),
        id,
        DeclarationCommand::ApproveAndPublicize(None),
    )
    .await
    .unwrap();
    town.clock.advance_days(10);
    town.act(school, id, town.report_to(town.bureau.id, true))
        .await
        .unwrap();
    id
}

async fn the_same_command_twice_is_one_event_and_one_answer(engine: Engine) {
    let town = ground(engine).await;
    let applicant = town.person().await;
    let id = town.draft(applicant, Kind::Review).await;
    let actor = Actor::applicant(applicant);
    let order = |body: &str| Order {
        request: Some(Request::new("POST /submit", None, body.as_bytes(), None)),
        ..Order::new(
            actor.clone(),
            Command::Declaration {
                id,
                command: DeclarationCommand::Submit,
            },
            command_id(&actor, "b3b5a2b0-0000-4000-8000-000000000001"),
        )
    };
    let first = town.engine.execute(order("")).await.unwrap();
    let head = town.engine.log().head().await.unwrap();
    let second = town.engine.execute(order("")).await.unwrap();
    assert_eq!(
        (first.version, first.position, &first.events),
        (second.version, second.position, &second.events)
    );
    assert!(second.repeated && !first.repeated);
    assert_eq!(town.engine.log().head().await.unwrap(), head);
    assert!(matches!(
        town.engine.execute(order("{}")).await,
        Err(Failure::KeyReused)
    ));
}

async fn a_refusal_is_in_the_audit_and_not_in_the_log(engine: Engine) {
    let town = ground(engine).await;
    let applicant = town.person().await;
    let id = town.draft(applicant, Kind::Review).await;
    let head = town.engine.log().head().await.unwrap();
    let stranger = Actor::applicant(town.person().await);
    let registered = town.engine.log().head().await.unwrap();
    assert_ne!(head, registered);
    assert_eq!(
        refused(
            town.act(stranger.clone(), id, DeclarationCommand::Submit)
                .await
        ),
        Code::NotFound
    );
    assert_eq!(town.engine.log().head().await.unwrap(), registered);
    let newest = town.engine.log().audit_trail(1).await.unwrap().remove(0);
    assert_eq!(newest.actor, stranger.person.map(|person| person.0));
    assert_eq!(
        (
            newest.action.as_str(),
            newest.result.as_str(),
            newest.code.as_deref()
        ),
        ("submit", "refused", Some("NOT_FOUND"))
    );
}

async fn two_live_declarations_terminated_in_one_year_make_one_lock(engine: Engine) {
    let town = ground(engine).await;
    let applicant = town.person().await;
    let first = town.draft(applicant, Kind::Review).await;
    let mut other_title = town.choices(Kind::Review);
    other_title.title.title = "高级教师".into();
    let second = docket_domain::DeclarationId(Uuid::from_u128(77));
    let actor = Actor::applicant(applicant);
    town.act(
        actor.clone(),
        second,
        DeclarationCommand::Create(Box::new(other_title)),
    )
    .await
    .unwrap();
    town.fill(applicant, second, Kind::Review).await;
    for id in [first, second] {
        town.act(actor.clone(), id, DeclarationCommand::Submit)
            .await
            .unwrap();
        town.act(town.school.by_operator(), id, DeclarationCommand::Sign)
            .await
            .unwrap();
    }
    for id in [first, second] {
        let terminate = DeclarationCommand::Terminate {
            reason: "不符合条件".into(),
        };
        town.act(town.school.by_operator(), id, terminate)
            .await
            .unwrap();
    }
    let third = docket_domain::DeclarationId(Uuid::from_u128(78));
    let again = || DeclarationCommand::Create(Box::new(town.choices(Kind::Review)));
    assert_eq!(
        refused(town.act(actor.clone(), third, again()).await),
        Code::YearLocked
    );
    let day = |year, month| docket_domain::time::Day::from_ymd(year, month, 1).unwrap();
    town.clock.set(day(2027, 1).start());
    town.plan_until(day(2027, 12)).await;
    town.act(actor, third, again()).await.unwrap();
}

async fn a_claim_that_another_node_took_is_not_taken_to_be_free(engine: Engine) {
    let town = ground(engine).await;
    let actor = Actor::applicant(town.person().await);
    let [first, second] = [77, 78].map(|id| docket_domain::DeclarationId(Uuid::from_u128(id)));
    for id in [first, second] {
        let choices = Box::new(town.choices(Kind::Review));
        let create = DeclarationCommand::Create(choices);
        town.act(actor.clone(), id, create).await.unwrap();
        let person = actor.person.expect("an applicant is a person");
        town.fill(person, id, Kind::Review).await;
    }
    let other = second_node(&town).await;
    let submit = |id, key: u128| {
        let command = DeclarationCommand::Submit;
        let command = Command::Declaration { id, command };
        Order::new(actor.clone(), command, Uuid::from_u128(key))
    };
    town.engine.execute(submit(first, 1)).await.unwrap();
    assert_eq!(
        refused(other.execute(submit(second, 2)).await),
        Code::DuplicateLive
    );
    // Given back on the other node, it is free on this one, which remembers it as taken.
    let back = DeclarationCommand::Return {
        to: Some(ReturnTo::Applicant),
        reason: "请补正".into(),
    };
    for (command, key) in [(DeclarationCommand::Sign, 3), (back, 4)] {
        let command = Command::Declaration { id: first, command };
        let order = Order::new(town.school.by_operator(), command, Uuid::from_u128(key));
        other.execute(order).await.unwrap();
    }
    town.engine.execute(submit(second, 5)).await.unwrap();
}

async fn a_saved_section_can_be_read_back_and_not_after_the_draft_is_deleted(engine: Engine) {
    let town = ground(engine).await;
    let applicant = town.person().await;
    let id = town.draft(applicant, Kind::Review).await;
    let stream = Stream::declaration(id);
    let seen = town.engine.state(&stream).await.unwrap();
    let State::Declaration(Some(declaration)) = seen.state.as_ref() else {
        panic!("no declaration")
    };
    let hash = hash_from_hex(&declaration.sections["basic"].document).unwrap();
    let Content::Plain(bytes) = town.engine.reader().document(&stream, &hash).await.unwrap() else {
        panic!("not there")
    };
    assert!(
        String::from_utf8(bytes.to_vec())
            .unwrap()
            .contains("符合基本条件")
    );
    town.act(Actor::applicant(applicant), id, DeclarationCommand::Delete)
        .await
        .unwrap();
    let other = second_node(&town).await;
    assert!(matches!(
        other.reader().document(&stream, &hash).await.unwrap(),
        Content::Erased
    ));
    let gone = town
        .act(Actor::applicant(applicant), id, DeclarationCommand::Submit)
        .await;
    assert_eq!(refused(gone), Code::NotFound);
}

async fn the_same_human_cannot_register_twice(engine: Engine) {
    let town = ground(engine).await;
    let person = docket_domain::PersonId(Uuid::from_u128(500));
    let claim = town.engine.ring().document_claim(
        docket_domain::vocabulary::DocumentType::ResidentId,
        &synthetic_id_number(0),
    );
    let form = docket_domain::person::PersonForm {
        name: "另一人".into(),
        id_number: synthetic_id_number(0),
        mobile: "13900000000".into(),
        ..Default::default()
    };
    let command = AdminCommand::RegisterPerson {
        person,
        form,
        identity_claim: claim.id,
    };
    assert_eq!(
        refused(town.administer(Actor::SYSTEM, command).await),
        Code::AlreadyExists
    );
}

async fn a_second_bootstrap_changes_nothing(engine: Engine) {
    let town = ground(engine).await;
    let head = town.engine.log().head().await.unwrap();
    let entropy = Arc::new(SeededEntropy::new(7));
    let parts = EngineParts {
        log: Arc::clone(town.engine.log()),
        ring: Arc::new(docket_codec::KeyRing::generate(entropy.as_ref())),
        clock: Arc::clone(&town.clock) as Arc<dyn Clock>,
        entropy,
        definitions: definitions(),
        quarantine: Arc::default(),
        cached_states: NonZeroUsize::new(1000).unwrap(),
    };
    let founding = docket_engine::Founding {
        jurisdiction: "测试市".into(),
        demo: false,
    };
    docket_engine::bootstrap(parts, &founding).await.unwrap();
    assert_eq!(town.engine.log().head().await.unwrap(), head);
}

async fn a_unit_with_sign_off_switched_off_signs_what_arrives(engine: Engine) {
    let town = ground(engine).await;
    town.toggle(&town.school, "青山小学", 1, false).await;
    let applicant = town.person().await;
    let id = town.draft(applicant, Kind::Review).await;
    let submitted = town
        .act(Actor::applicant(applicant), id, DeclarationCommand::Submit)
        .await
        .unwrap();
    let kinds: Vec<_> = submitted
        .events
        .iter()
        .map(|event| event.kind.as_str())
        .collect();
    assert_eq!(kinds, ["Submitted", "SignedFor"]);
    assert_handler(&town, id, &town.school).await;
}

async fn assert_handler(town: &Town, id: docket_domain::DeclarationId, unit: &Staffed) {
    let seen = town.engine.state(&Stream::declaration(id)).await.unwrap();
    let State::Declaration(Some(declaration)) = seen.state.as_ref() else {
        panic!("no declaration")
    };
    assert_eq!(
        declaration.open_step().and_then(|step| step.handler),
        Some(unit.legal)
    );
}

async fn a_return_to_a_unit_that_is_not_below_is_refused(engine: Engine) {
    let town = ground(engine).await;
    let id = reported(&town).await;
    town.act(town.bureau.by_operator(), id, DeclarationCommand::Sign)
        .await
        .unwrap();
    let back = |to| DeclarationCommand::Return {
        to: Some(to),
        reason: "请补正".into(),
    };
    let elsewhere = ReturnTo::Unit(UnitId(Uuid::from_u128(3)));
    assert_eq!(
        refused(
            town.act(town.bureau.by_operator(), id, back(elsewhere))
                .await
        ),
        Code::ReturnTargetInvalid
    );
    town.act(
        town.bureau.by_operator(),
        id,
        back(ReturnTo::Unit(town.school.id)),
    )
    .await
    .unwrap();
}

fn keyed(actor: &Actor, command: Command, key: &str, body: &str) -> Order {
    let route = format!("POST /{}/{}", command.subject(), command.name());
    Order {
        request: Some(Request::new(&route, None, body.as_bytes(), None)),
        ..Order::new(actor.clone(), command, command_id(actor, key))
    }
}

async fn a_key_whose_first_request_was_erased_serves_no_other_request(engine: Engine) {
    let town = ground(engine).await;
    let applicant = town.person().await;
    let actor = Actor::applicant(applicant);
    let [gone, standing] = [
        town.draft(applicant, Kind::Initial).await,
        town.draft(applicant, Kind::Review).await,
    ];
    let command = |id, command| Command::Declaration { id, command };
    let delete = || keyed(&actor, command(gone, DeclarationCommand::Delete), "k", "");
    town.engine.execute(delete()).await.unwrap();
    assert!(town.engine.execute(delete()).await.unwrap().repeated);
    let submit = keyed(
        &actor,
        command(standing, DeclarationCommand::Submit),
        "k",
        "",
    );
    assert!(matches!(
        town.engine.execute(submit).await,
        Err(Failure::KeyReused)
    ));
    let elsewhere = keyed(
        &actor,
        command(standing, DeclarationCommand::Delete),
        "k",
        "",
    );
    assert!(matches!(
        town.engine.execute(elsewhere).await,
        Err(Failure::KeyReused)
    ));
}

async fn a_repeat_is_answered_as_the_first_time_also_when_nothing_is_left_to_do(engine: Engine) {
    let town = ground(engine).await;
    let revoke = |body: &str| {
        let command = AdminCommand::SetIssuingAuthority {
            unit: town.centre.id,
            granted: false,
        };
        keyed(
            &Actor::SYSTEM,
            Command::Administration(command),
            "revoke",
            body,
        )
    };
    let first = town.engine.execute(revoke("")).await.unwrap();
    let again = town.engine.execute(revoke("")).await.unwrap();
    assert_eq!(
        (first.position, first.events),
        (again.position, again.events)
    );
    assert!(matches!(
        town.engine.execute(revoke("{}")).await,
        Err(Failure::KeyReused)
    ));
}

async fn a_repeat_carries_the_warnings_of_the_first_answer(engine: Engine) {
    let town = ground(engine).await;
    let id = reported(&town).await;
    let bureau = town.bureau.by_operator();
    town.act(bureau.clone(), id, DeclarationCommand::Sign)
        .await
        .unwrap();
    town.clock.set(
        docket_domain::time::Day::from_ymd(2026, 12, 2)
            .unwrap()
            .start(),
    );
    let back = DeclarationCommand::Return {
        to: Some(ReturnTo::Applicant),
        reason: "请补正".into(),
    };
    let order = || {
        keyed(
            &bureau,
            Command::Declaration {
                id,
                command: back.clone(),
            },
            "back",
            "",
        )
    };
    let first = town.engine.execute(order()).await.unwrap();
    assert_eq!(first.warnings, [Warning::CannotBeResubmitted]);
    assert_eq!(
        town.engine.execute(order()).await.unwrap().warnings,
        first.warnings
    );
}

async fn nothing_to_do_is_never_answered_from_a_stale_state(engine: Engine) {
    let town = ground(engine).await;
    let other = second_node(&town).await;
    let set = |granted| {
        Command::Administration(AdminCommand::SetIssuingAuthority {
            unit: town.centre.id,
            granted,
        })
    };
    let order = |granted, id| Order::new(Actor::SYSTEM, set(granted), Uuid::from_u128(id));
    other.execute(order(true, 1)).await.unwrap();
    town.engine.execute(order(false, 2)).await.unwrap();
    let granted = other.execute(order(true, 3)).await.unwrap();
    assert_eq!(granted.events.len(), 1);
}

async fn a_founding_that_was_cut_short_anywhere_is_made_up_for(engine: Engine) {
    let place = Scratch::new(engine);
    let whole = town_parts(place.log(LOG).await);
    let founding = docket_engine::Founding {
        jurisdiction: "测试市".into(),
        demo: false,
    };
    let log = Arc::clone(&whole.log);
    docket_engine::bootstrap(whole, &founding).await.unwrap();
    let events = log.read_all(0, 1_000).await.unwrap();
    for cut in [1, events.len() - 28, events.len() - 20, events.len() - 1] {
        let place = Scratch::new(engine);
        let short = place.log(LOG).await;
        for event in &events[..cut] {
            copy(log.as_ref(), short.as_ref(), event).await;
        }
        let engine = docket_engine::bootstrap(town_parts(Arc::clone(&short)), &founding)
            .await
            .unwrap();
        let seen = engine.state(&Stream::catalogue()).await.unwrap();
        let State::Catalogue(table) = seen.state.as_ref() else {
            panic!("no catalogue")
        };
        assert_eq!(table.series.len(), 27, "cut behind {cut}");
        let seen = engine.state(&Stream::calendar()).await.unwrap();
        let State::Calendar(calendar) = seen.state.as_ref() else {
            panic!("no calendar")
        };
        assert_eq!(calendar.holidays.years().count(), 2, "cut behind {cut}");
    }
}

/// An event with the key that came with it.
async fn copy(from: &dyn Log, log: &dyn Log, event: &docket_store::Recorded) {
    let stream = event.stream.clone();
    let key = from
        .keys(std::slice::from_ref(&stream))
        .await
        .unwrap()
        .pop();
    let key = key.flatten().filter(|_| event.version == 1);
    let append = docket_store::Append {
        command: Uuid::from_u128(1_000_000 + u128::from(event.position)),
        at: event.recorded_at,
        streams: vec![docket_store::StreamAppend {
            stream: event.stream.clone(),
            expected: docket_store::Expected::Any,
            events: vec![docket_store::NewEvent {
                kind: event.kind.clone(),
                schema: event.schema,
                payload: event.payload.clone(),
                sealed: event.sealed.clone(),
                metadata: event.metadata.clone(),
            }],
        }],
        documents: Vec::new(),
        keys: key
            .map(|wrapped| KeyChange::Create { stream, wrapped })
            .into_iter()
            .collect(),
    };
    log.append(append).await.unwrap();
}

fn town_parts(log: Arc<dyn Log>) -> EngineParts {
    let entropy = Arc::new(SeededEntropy::new(7));
    let clock = docket_testkit::town::StandingClock::at(docket_testkit::town::founding_day());
    EngineParts {
        log,
        ring: Arc::new(docket_codec::KeyRing::generate(entropy.as_ref())),
        clock: Arc::new(clock),
        entropy,
        definitions: definitions(),
        quarantine: Arc::default(),
        cached_states: NonZeroUsize::new(1000).unwrap(),
    }
}
