//! 办理记录 as the manual shows it.
#![allow(clippy::unwrap_used)]

use docket_domain::committee::Deadlines;
use docket_domain::declaration::*;
use docket_domain::time::{Day, Instant};
use docket_domain::vocabulary::{Signed, StepState, StepType};
use docket_domain::{Author, Event, PersonId, Role, UnitId};
use docket_handling_record::{
    Asks, HandlingRecord, HandlingRecordProjector, Line, Lookup, Record, render,
};
use docket_projection::testing::{Cast, Dice, Ground, PlainLog, Walk, views};
use docket_projection::{Engine, History, Projector};
use std::sync::Arc;

const WORK_UNIT: u64 = 1;

fn at(text: &str) -> Instant {
    Instant::parse(&format!("{text}+08:00")).unwrap()
}

fn by(person: PersonId, role: Role, unit: Option<UnitId>) -> Author {
    Author {
        person: Some(person),
        role,
        unit,
    }
}

fn outcome(state: StepState, handler: Option<PersonId>) -> StepOutcome {
    StepOutcome {
        n: 1,
        unit: Cast::unit(WORK_UNIT),
        step_type: StepType::WorkUnit,
        state,
        handler,
        signed: handler.map(|_| Signed::Manual),
        reported_by: None,
        reopened: false,
        decided: false,
        removed: false,
        extended: Vec::new(),
    }
}

fn people(person: PersonId, name: &str) -> Option<People> {
    Some(People {
        names: [(person, name.to_owned())].into(),
    })
}

/// A review declaration with the applicant 王小明 and the operators 张一 and 李二.
struct Story {
    walk: Walk,
    events: History,
    applicant: PersonId,
    first: PersonId,
    second: PersonId,
}

impl Story {
    fn drafted() -> Story {
        let draft = (1..).find_map(|seed| {
            let mut walk = Walk::new(WORK_UNIT);
            let made = walk.step(at("2025-08-28T16:03:29"), &mut Dice::new(seed));
            made.filter(|_| walk.declaration().kind == docket_domain::Kind::Review)
        });
        let (_, mut envelope) = draft.unwrap();
        let Event::DraftCreated(event) = &mut envelope.event else {
            panic!("a draft comes first")
        };
        event.personal.as_mut().unwrap().applicant.name = "王小明".to_owned();
        let (applicant, mut walk) = (event.applicant, Walk::new(WORK_UNIT));
        let event = walk.add(envelope.at, envelope.author, envelope.event);
        Story {
            walk,
            events: vec![event],
            applicant,
            first: Cast::person(1),
            second: Cast::person(2),
        }
    }

    fn add(&mut self, when: &str, author: Author, event: impl Into<Event>) -> &mut Story {
        let event = self.walk.add(at(when), author, event);
        self.events.push(event);
        self
    }

    fn operator(&self, person: PersonId) -> Author {
        by(person, Role::Operator, Some(Cast::unit(WORK_UNIT)))
    }

    fn submitted(mut self) -> Story {
        let person = self.walk.declaration().person.clone().unwrap();
        let names = [(self.applicant, person.name.clone())].into();
        let personal = Some(Submission {
            applicant: person,
            content: String::new(),
            names,
        });
        let author = by(self.applicant, Role::Applicant, None);
        let event = Submitted {
            steps: vec![outcome(StepState::ToSign, None)],
            requirements: vec![],
            personal,
        };
        self.add("2025-08-28T17:01:19", author, event);
        self
    }

    fn signed(mut self) -> Story {
        let (first, author) = (self.first, self.operator(self.first));
        let steps = vec![outcome(StepState::ToReview, Some(first))];
        self.add(
            "2025-08-29T09:50:45",
            author,
            SignedFor {
                steps,
                auto: false,
                personal: people(first, "张一"),
            },
        );
        self
    }

    fn publicized(mut self) -> Story {
        let (first, author) = (self.first, self.operator(self.first));
        let event = ApprovedAndPublicized {
            steps: vec![outcome(StepState::Publicizing, Some(first))],
            publicity_from: Day::from_ymd(2025, 8, 29).unwrap(),
            publicity: None,
            personal: people(first, "张一"),
        };
        self.add("2025-08-29T10:02:26", author, event);
        self
    }

    /// The record, the same on every engine.
    async fn record(&self) -> Record {
        let [sqlite, postgres] = Engine::ALL;
        let record = self.record_on(sqlite).await;
        assert_eq!(self.record_on(postgres).await, record);
        record
    }

    async fn record_on(&self, engine: Engine) -> Record {
        let (ground, log) = (Ground::new(engine), PlainLog::default());
        let projector: Arc<dyn Projector> = Arc::new(HandlingRecordProjector);
        let views = views(&ground, &log, vec![projector]).await;
        log.append(&self.events).await;
        views.catch_up().await.unwrap();
        let record = HandlingRecord::new(views.view(docket_handling_record::NAME).unwrap());
        record
            .record(self.walk.declaration().id)
            .await
            .unwrap()
            .unwrap()
    }

    async fn lines(&self, asks: Asks) -> Vec<Line> {
        render(&self.record().await, &lookup(), asks)
    }

    async fn newest(&self, asks: Asks) -> Line {
        self.lines(asks).await.swap_remove(0)
    }
}

fn lookup() -> Lookup {
    let unit = |n, name: &str| (Cast::unit(n), name.to_owned());
    Lookup {
        units: [unit(WORK_UNIT, "青山小学"), unit(6, "青山区教育局")].into(),
        deadlines: Some(Deadlines {
            work_unit: Some(at("2025-08-29T18:00:00")),
            ..Deadlines::default()
        }),
        applicant: None,
    }
}

fn written(lines: &[Line]) -> Vec<String> {
    let line = |line: &Line| {
        format!(
            "{}|{}|{}|{}|{}|{}",
            line.no, line.at, line.operator, line.event, line.note, line.pending
        )
    };
    lines.iter().map(line).collect()
}

#[tokio::test]
async fn the_manuals_sample_is_reproduced() {
    let story = Story::drafted().submitted().signed().publicized();
    let expected = [
        "1|2025-08-29 10:02:26|张*|审核通过并公示|无|张* (办理截止时间:2025-08-29 18:00:00)",
        "2|2025-08-29 09:50:45|张*|签收申报书|无|张*",
        "3|2025-08-28 17:01:19|王*|提交申报书|无|青山小学",
        "4|2025-08-28 16:03:29|王*|填写申报书|无|王*",
    ];
    assert_eq!(written(&story.lines(Asks::Unit).await), expected);
}

#[tokio::test]
async fn only_an_auditor_who_asks_sees_names() {
    let story = Story::drafted().submitted().signed();
    assert_eq!(
        story
            .newest(Asks::Auditor { unmasked: true })
            .await
            .operator,
        "张一"
    );
    for asks in [
        Asks::Applicant,
        Asks::Unit,
        Asks::Auditor { unmasked: false },
    ] {
        assert_eq!(story.newest(asks).await.operator, "张*");
    }
}

#[tokio::test]
async fn a_unit_where_nobody_signed_is_named_with_the_deadline_in_force() {
    let newest = Story::drafted().submitted().newest(Asks::Unit).await;
    assert_eq!(
        newest.pending.to_string(),
        "青山小学 (办理截止时间:2025-08-29 18:00:00)"
    );
}

#[tokio::test]
async fn a_kind_without_a_plan_shows_no_parentheses() {
    let mut record = Story::drafted().submitted().signed().record().await;
    record.committee = None;
    assert_eq!(
        render(&record, &lookup(), Asks::Unit)[0]
            .pending
            .to_string(),
        "张*"
    );
}

#[tokio::test]
async fn an_automatic_signature_is_the_systems_and_its_handler_is_not_masked() {
    let mut story = Story::drafted().submitted();
    let (legal, steps) = (
        story.first,
        vec![outcome(StepState::ToReview, Some(story.first))],
    );
    let event = SignedFor {
        steps,
        auto: true,
        personal: people(legal, "法人用户"),
    };
    let newest = story
        .add("2025-08-28T17:01:19", Author::SYSTEM, event)
        .newest(Asks::Unit)
        .await;
    let parts = (
        newest.operator.as_str(),
        newest.event,
        newest.note.as_str(),
        newest.pending.who.as_str(),
    );
    assert_eq!(
        parts,
        (
            "系统",
            "签收申报书",
            "未启用签收功能，系统默认签收",
            "法人用户"
        )
    );
}

#[tokio::test]
async fn a_report_names_unit_days_and_opinion_but_not_to_the_applicant() {
    let mut story = Story::drafted().submitted().signed().publicized();
    let (first, author) = (story.first, story.operator(story.first));
    let next = StepOutcome {
        n: 2,
        unit: Cast::unit(6),
        step_type: StepType::Superior,
        reported_by: Some(1),
        ..outcome(StepState::ToSign, None)
    };
    let personal = Recommendation {
        names: [(first, "张一".to_owned())].into(),
        responsible_person: "赵甲".to_owned(),
        phone: "023-1".to_owned(),
        opinion: "同意推荐".to_owned(),
    };
    let day = |day| Day::from_ymd(2025, 9, day).unwrap();
    let event = Reported {
        steps: vec![outcome(StepState::Reported, Some(first)), next],
        target: Cast::unit(6),
        publicity: Some(Publicity {
            start: day(1),
            end: day(5),
        }),
        needs_interview: None,
        personal: Some(personal),
    };
    story.add("2025-09-08T09:00:00", author, event);
    let unit = story.newest(Asks::Unit).await;
    assert_eq!(
        unit.note,
        "报送至：青山区教育局；公示时间：2025-09-01 至 2025-09-05；推荐意见：同意推荐"
    );
    assert_eq!(
        unit.pending.to_string(),
        "青山区教育局",
        "the plan sets no deadline for superiors"
    );
    assert_eq!(
        story.newest(Asks::Applicant).await.note,
        "报送至：青山区教育局；公示时间：2025-09-01 至 2025-09-05"
    );
    let from = ReportWithdrawn {
        steps: vec![],
        from: Cast::unit(6),
        personal: None,
    };
    let author = story.operator(first);
    assert_eq!(
        story
            .add("2025-09-08T09:10:00", author, from)
            .newest(Asks::Unit)
            .await
            .note,
        "原报送单位：青山区教育局"
    );
}

#[tokio::test]
async fn a_change_of_handler_names_both_masked() {
    let mut story = Story::drafted().submitted().signed();
    let (from, to, author) = (story.first, story.second, story.operator(story.second));
    let steps = vec![outcome(StepState::ToReview, Some(to))];
    let event = HandlerChanged {
        steps,
        from: Some(from),
        personal: people(to, "李二"),
    };
    let newest = story
        .add("2025-08-29T11:00:00", author, event)
        .newest(Asks::Unit)
        .await;
    assert_eq!(
        (newest.operator.as_str(), newest.note.as_str()),
        ("李*", "由 张* 变更为 李*")
    );
    assert_eq!(newest.pending.who, "李*");
}

#[tokio::test]
async fn a_return_to_the_applicant_waits_for_the_applicant() {
    let mut story = Story::drafted().submitted().signed();
    let (first, author) = (story.first, story.operator(story.first));
    let personal = Remark {
        names: [(first, "张一".to_owned())].into(),
        text: "缺少学历证明".to_owned(),
    };
    let steps = vec![outcome(StepState::Returned, Some(first))];
    let event = Returned {
        steps,
        to: ReturnTo::Applicant,
        personal: Some(personal),
    };
    let newest = story
        .add("2025-08-29T11:00:00", author, event)
        .newest(Asks::Unit)
        .await;
    assert_eq!(newest.note, "退回到：申报人；退回原因：缺少学历证明");
    assert_eq!(newest.pending.to_string(), "王*");
}

#[tokio::test]
async fn a_termination_leaves_nothing_to_do() {
    let mut story = Story::drafted().submitted().signed();
    let (first, author) = (story.first, story.operator(story.first));
    let personal = Remark {
        names: [(first, "张一".to_owned())].into(),
        text: "不符合基本条件".to_owned(),
    };
    let steps = vec![outcome(StepState::Terminated, Some(first))];
    let event = Terminated {
        steps,
        year: 2025,
        personal: Some(personal),
    };
    let newest = story
        .add("2025-08-29T11:00:00", author, event)
        .newest(Asks::Applicant)
        .await;
    assert_eq!(
        (newest.note.as_str(), newest.pending.to_string().as_str()),
        ("终止原因：不符合基本条件", "-")
    );
}

#[tokio::test]
async fn a_draft_names_nobody_in_the_view() {
    let story = Story::drafted();
    let record = story.record().await;
    assert!(record.names.is_empty());
    let lookup = Lookup {
        applicant: Some("王小明".to_owned()),
        ..lookup()
    };
    assert_eq!(
        written(&render(&record, &lookup, Asks::Applicant)),
        ["1|2025-08-28 16:03:29|王*|填写申报书|无|王*"]
    );
}

docket_projection::on_both_engines!(a_deleted_draft_has_no_record);

async fn a_deleted_draft_has_no_record(ground: Ground) {
    let mut story = Story::drafted();
    let author = by(story.applicant, Role::Applicant, None);
    story.add("2025-08-28T16:10:00", author, DraftDeleted {});
    let log = PlainLog::default();
    let views = views(&ground, &log, vec![Arc::new(HandlingRecordProjector)]).await;
    log.append(&story.events).await;
    views.catch_up().await.unwrap();
    let record = HandlingRecord::new(views.view(docket_handling_record::NAME).unwrap());
    assert_eq!(
        record.record(Cast::declaration(WORK_UNIT)).await.unwrap(),
        None
    );
    assert!(
        views
            .dump(docket_handling_record::NAME)
            .await
            .unwrap()
            .values()
            .all(Vec::is_empty)
    );
}
