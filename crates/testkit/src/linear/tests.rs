//! A sound history passes, and each doctored one is found by its name.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::town::Town;
use docket_domain::declaration::DeclarationCommand;
use docket_domain::vocabulary::Tab;
use docket_domain::{Actor, Command, DeclarationId, Kind, State, Stream};
use docket_engine::{Failure, Order};
use docket_store::MemoryLog;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// Which call of the sound history is which.
const SUBMIT: usize = 0;
const SUBMIT_AGAIN: usize = 1;
const PAGE_FRESH: usize = 2;
const SIGN: usize = 3;
const SIGN_TOO_LATE: usize = 4;
const PUBLICIZE: usize = 5;
const PAGE_LATER: usize = 7;

/// Executes on a real engine and writes down what a client would have.
struct Recorder {
    town: Town,
    history: History,
    now_us: u64,
}

impl Recorder {
    async fn command(&mut self, actor: Actor, id: DeclarationId, command: DeclarationCommand) {
        let asked = Asked {
            id: self.town.engine.entropy().uuid(crate::town::founding_day()),
            actor: actor.clone(),
            command: Command::Declaration { id, command },
            expected_version: None,
        };
        let order = Order::new(actor, asked.command.clone(), asked.id);
        let answer = match self.town.engine.execute(order).await {
            Ok(accepted) => Answer::Accepted(Accepted {
                position: Some(accepted.position),
                version: accepted.version,
                events: Some(accepted.events),
                visible: true,
            }),
            Err(Failure::Refused(refusal)) => Answer::Refused(refusal.code.code().to_owned()),
            Err(failure) => panic!("{failure}"),
        };
        let asked = Arc::new(asked);
        self.note(What::Command { asked, answer });
    }

    /// A command that never came to the server.
    fn lost(&mut self, actor: Actor, id: DeclarationId, command: DeclarationCommand) {
        let asked = Arc::new(Asked {
            id: Uuid::from_u128(77),
            actor,
            command: Command::Declaration { id, command },
            expected_version: None,
        });
        let answer = Answer::Unknown;
        self.note(What::Command { asked, answer });
    }

    /// The school's only row, as a page of its tab.
    async fn page(&mut self, id: DeclarationId, tab: Tab) {
        let stream = Stream::declaration(id);
        let seen = self.town.engine.state(&stream).await.unwrap();
        let State::Declaration(Some(found)) = seen.state.as_ref() else {
            panic!("there is a declaration");
        };
        let position = self.town.engine.log().head().await.unwrap().position;
        let handler = found.steps[0].handler;
        let row = Row {
            declaration: id,
            version: seen.version,
            tab,
            number: found.number.clone(),
            submitted_at: found.submitted_at.unwrap(),
            handler: handler.map(|handler| docket_domain::mask::name(&found.names[&handler])),
        };
        let asked = List {
            unit: self.town.school.id,
            kind: Kind::Initial,
            tab,
            limit: 20,
            min_position: position,
        };
        let page = Some(Page {
            position,
            rows: vec![row],
            counts: BTreeMap::from([(tab, 1), (Tab::All, 1)]),
        });
        self.note(What::Worklist { asked, page });
    }

    fn note(&mut self, what: What) {
        self.history.calls.push(Call {
            client: 0,
            sequence: self.history.calls.len() as u32,
            node: 0,
            called_us: self.now_us,
            answered_us: self.now_us + 5,
            what,
        });
        self.now_us += 10;
    }
}

/// Submitted, seen, signed for by one of two, publicized without an answer, seen again; another
/// submission never arrived.
async fn sound() -> (History, Vec<Entry>) {
    let log = Arc::new(MemoryLog::new(Uuid::from_u128(1)));
    let town = Town::found(log, 7).await;
    let (one, two) = (town.person().await, town.person().await);
    let first = town.draft(one, Kind::Initial).await;
    let second = town.draft(two, Kind::Initial).await;
    let base = town.engine.log().head().await.unwrap().position;
    let school = town.school;
    let mut recorder = Recorder {
        town,
        history: History {
            base,
            calls: Vec::new(),
        },
        now_us: 0,
    };
    use DeclarationCommand::{ApproveAndPublicize, Sign, Submit};
    let applicant = Actor::applicant(one);
    recorder.command(applicant.clone(), first, Submit).await;
    recorder.command(applicant, first, Submit).await;
    recorder.page(first, Tab::ToSign).await;
    recorder.command(school.by_operator(), first, Sign).await;
    recorder.command(school.by_legal_user(), first, Sign).await;
    let publicize = recorder.command(school.by_operator(), first, ApproveAndPublicize(None));
    publicize.await;
    recorder.lost(Actor::applicant(two), second, Submit);
    recorder.page(first, Tab::Publicizing).await;
    let Recorder {
        town, mut history, ..
    } = recorder;
    *answer(&mut history, PUBLICIZE) = Answer::Unknown;
    // Both signed at once: who came too late had asked before the other was answered.
    history.calls[SIGN_TOO_LATE].client = 1;
    history.calls[SIGN_TOO_LATE].called_us = history.calls[SIGN].called_us;
    let engine = &town.engine;
    let entries = Entry::all(engine.log().as_ref(), engine.reader()).await;
    (history, entries.unwrap())
}

fn answer(history: &mut History, call: usize) -> &mut Answer {
    match &mut history.calls[call].what {
        What::Command { answer, .. } => answer,
        What::Worklist { .. } => panic!("call {call} is a page"),
    }
}

fn accepted(history: &mut History, call: usize) -> &mut Accepted {
    match answer(history, call) {
        Answer::Accepted(accepted) => accepted,
        other => panic!("call {call}: {other:?}"),
    }
}

fn page(history: &mut History, call: usize) -> (&mut List, &mut Page) {
    match &mut history.calls[call].what {
        What::Worklist { asked, page } => (asked, page.as_mut().unwrap()),
        What::Command { .. } => panic!("call {call} is a command"),
    }
}

fn id_of(history: &History, call: usize) -> Uuid {
    match &history.calls[call].what {
        What::Command { asked, .. } => asked.id,
        What::Worklist { .. } => panic!("call {call} is a page"),
    }
}

/// The faults of a history that something was done to.
async fn doctored(doctor: impl FnOnce(&mut History, &mut Vec<Entry>)) -> Vec<Fault> {
    let (mut history, mut entries) = sound().await;
    doctor(&mut history, &mut entries);
    check(&history, &Witness::new(entries))
}

/// Puts the events of a command once more at the end of the log.
fn again(history: &History, entries: &mut Vec<Entry>, call: usize) {
    let command = id_of(history, call);
    let run: Vec<Entry> = entries
        .iter()
        .filter(|entry| entry.command == command)
        .cloned()
        .collect();
    for mut entry in run {
        let standing = entries.iter().filter(|other| other.stream == entry.stream);
        entry.envelope.version = standing.count() as u64 + 1;
        entry.envelope.position = entries.len() as u64 + 1;
        entries.push(entry);
    }
}

macro_rules! found {
    ($faults:expr, $pattern:pat) => {
        let faults = $faults;
        assert!(
            faults.iter().any(|fault| matches!(fault, $pattern)),
            "{faults:#?}"
        );
    };
}

#[tokio::test]
async fn a_sound_history_has_no_fault() {
    let (history, entries) = sound().await;
    assert!(matches!(
        &history.calls[SIGN_TOO_LATE].what,
        What::Command { answer: Answer::Refused(code), .. } if code == "WRONG_STATE"
    ));
    assert_eq!(check(&history, &Witness::new(entries)), []);
}

#[tokio::test]
async fn an_acceptance_that_is_not_in_the_log_is_lost() {
    let faults = doctored(|history, _| {
        let told = accepted(history, SIGN).clone();
        *answer(history, 6) = Answer::Accepted(told);
    });
    found!(faults.await, Fault::Lost { .. });
}

#[tokio::test]
async fn an_acknowledged_event_that_the_log_lost_is_lost() {
    let faults = doctored(|history, entries| {
        let command = id_of(history, SIGN);
        let cut = entries.iter().position(|entry| entry.command == command);
        entries.truncate(cut.unwrap());
    });
    found!(faults.await, Fault::Lost { .. });
}

#[tokio::test]
async fn a_command_that_stands_twice_is_found_whether_it_was_answered_or_not() {
    let faults = doctored(|history, entries| again(history, entries, SUBMIT));
    found!(faults.await, Fault::Twice { .. });
    let faults = doctored(|history, entries| {
        again(history, entries, SUBMIT);
        again(history, entries, PUBLICIZE);
    });
    let faults = faults.await;
    assert_eq!(
        faults
            .iter()
            .filter(|fault| matches!(fault, Fault::Twice { .. }))
            .count(),
        2,
        "{faults:#?}"
    );
}

#[tokio::test]
async fn a_command_that_stands_twice_in_a_row_is_found() {
    let faults = doctored(|history, entries| {
        let command = id_of(history, PUBLICIZE);
        assert_eq!(entries.last().unwrap().command, command);
        again(history, entries, PUBLICIZE);
    });
    found!(faults.await, Fault::Twice { .. });
}

#[tokio::test]
async fn a_position_that_is_not_the_commands_own_is_found() {
    let faults = doctored(|history, _| {
        let told = accepted(history, SIGN).position.as_mut().unwrap();
        *told -= 1;
    });
    found!(faults.await, Fault::Elsewhere { .. });
}

#[tokio::test]
async fn what_stands_below_an_answer_that_came_before_its_call_is_found() {
    let faults = doctored(|history, _| {
        let late = history.calls[PAGE_LATER].answered_us + 1;
        history.calls[SIGN].called_us = late;
        history.calls[SIGN].answered_us = late + 1;
    });
    found!(faults.await, Fault::Inverted { .. });
}

#[tokio::test]
async fn an_event_that_the_rules_do_not_decide_there_is_found() {
    let faults = doctored(|history, entries| {
        let command = id_of(history, SIGN);
        let stands = entries.iter_mut().find(|entry| entry.command == command);
        match &mut stands.unwrap().envelope.event {
            docket_domain::Event::SignedFor(signed) => signed.steps[0].handler = None,
            other => panic!("{}", other.kind()),
        }
    });
    found!(faults.await, Fault::NotDecided { .. });
}

#[tokio::test]
async fn an_answer_with_another_version_or_other_events_is_found() {
    let faults = doctored(|history, _| accepted(history, SIGN).version += 1);
    found!(faults.await, Fault::WrongAnswer { .. });
    let faults = doctored(|history, _| {
        accepted(history, SIGN).events.as_mut().unwrap()[0].kind = "Returned".into();
    });
    found!(faults.await, Fault::WrongAnswer { .. });
}

#[tokio::test]
async fn a_refusal_that_no_moment_explains_is_found() {
    let faults = doctored(|history, _| {
        *answer(history, SIGN_TOO_LATE) = Answer::Refused("NOT_HANDLER".into());
    });
    found!(faults.await, Fault::WrongRefusal { .. });
    let faults = doctored(|history, _| {
        let before = history.calls[SUBMIT].called_us;
        for call in &mut history.calls {
            call.called_us += 100;
            call.answered_us += 100;
        }
        history.calls[SUBMIT_AGAIN].called_us = before;
        history.calls[SUBMIT_AGAIN].answered_us = before + 5;
    });
    found!(faults.await, Fault::WrongRefusal { .. });
}

/// Nothing of the declaration is at the school before it is submitted.
#[tokio::test]
async fn a_refusal_from_a_stale_state_is_found() {
    let refused_at = |instant_us: u64| {
        doctored(move |history, _| {
            *answer(history, SIGN_TOO_LATE) = Answer::Refused("NOT_FOUND".into());
            history.calls[SIGN_TOO_LATE].called_us = instant_us;
            history.calls[SIGN_TOO_LATE].answered_us = instant_us + 1;
        })
    };
    assert_eq!(refused_at(0).await, []);
    found!(refused_at(500).await, Fault::WrongRefusal { .. });
}

#[tokio::test]
async fn a_command_that_had_nothing_to_do_and_stands_is_found() {
    let faults = doctored(|history, _| {
        accepted(history, SIGN).events = Some(Vec::new());
    });
    found!(faults.await, Fault::RefusedAndStands { .. });
}

#[tokio::test]
async fn a_command_that_was_refused_and_stands_is_found() {
    let faults = doctored(|history, _| {
        *answer(history, SIGN) = Answer::Refused("WRONG_STATE".into());
    });
    found!(faults.await, Fault::RefusedAndStands { .. });
}

#[tokio::test]
async fn an_event_that_nobody_asked_for_is_found() {
    let faults = doctored(|history, _| {
        history.calls.remove(PUBLICIZE);
    });
    found!(faults.await, Fault::Unasked { .. });
}

#[tokio::test]
async fn a_hole_in_the_log_is_found() {
    let faults = doctored(|_, entries| {
        let middle = entries.len() / 2;
        entries.remove(middle);
    });
    found!(faults.await, Fault::Gap { .. });
}

#[tokio::test]
async fn a_page_older_than_asked_for_or_than_made_visible_is_found() {
    let faults = doctored(|history, _| page(history, PAGE_FRESH).0.min_position += 1);
    found!(faults.await, Fault::Stale { .. });
    let faults = doctored(|history, _| {
        let early = page(history, PAGE_FRESH).1.clone();
        let (asked, late) = page(history, PAGE_LATER);
        asked.min_position = 0;
        *late = early;
    });
    found!(faults.await, Fault::Stale { .. });
}

#[tokio::test]
async fn a_page_that_goes_back_is_found() {
    let faults = doctored(|history, _| {
        let (early, late) = (
            history.calls[PAGE_FRESH].what.clone(),
            history.calls[PAGE_LATER].what.clone(),
        );
        history.calls[PAGE_FRESH].what = late;
        history.calls[PAGE_LATER].what = early;
    });
    found!(faults.await, Fault::WentBack { .. });
}

#[tokio::test]
async fn a_page_with_a_wrong_row_or_a_wrong_count_is_found() {
    let faults = doctored(|history, _| page(history, PAGE_FRESH).1.rows[0].tab = Tab::ToReview);
    found!(faults.await, Fault::WrongPage { .. });
    let faults = doctored(|history, _| page(history, PAGE_FRESH).1.rows.clear());
    found!(faults.await, Fault::WrongPage { .. });
    let faults = doctored(|history, _| {
        page(history, PAGE_LATER).1.counts.insert(Tab::ToSign, 1);
    });
    found!(faults.await, Fault::WrongPage { .. });
}
