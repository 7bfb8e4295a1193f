//! The directory over every kind of stream it reads.
#![allow(clippy::unwrap_used)]

use docket_directory::{Directory, DirectoryProjector, NAME, UnitSearch};
use docket_domain::catalogue::Level;
use docket_domain::committee::{CommitteeCreated, CommitteePlanSaved, Deadlines};
use docket_domain::person::{Account, Identity, PersonRegistered, SystemRoleGranted};
use docket_domain::reference::SeriesDefined;
use docket_domain::setting::RecognitionSettingSaved;
use docket_domain::staff::{
    LegalUserAssigned, Named, OperatorLinked, OperatorMenusSaved, OperatorRemoved,
};
use docket_domain::time::{Day, Instant};
use docket_domain::unit::{
    Address, IssuingAuthorityGranted, Profile, SignOffToggled, UnitProfileCompleted, UnitRegistered,
};
use docket_domain::vocabulary::{DocumentType, Menu, SystemRole};
use docket_domain::{Author, Envelope, Event, Kind, Stream};
use docket_projection::testing::{Cast, Ground, PlainLog, holds_the_laws, views};
use docket_projection::{History, Views};
use std::sync::Arc;

/// Events put on their streams one after the other.
#[derive(Default)]
struct Town {
    events: History,
}

docket_projection::on_both_engines!(
    the_laws_hold,
    units_are_found_by_id_and_by_any_part_of_their_name,
    pages_of_units_follow_one_another,
    the_staff_of_a_unit_has_its_legal_user_first,
    accounts_are_known_by_what_they_may_do_and_not_by_name,
    committees_settings_and_series_come_as_they_stand,
);

impl Town {
    fn add(&mut self, stream: Stream, event: impl Into<Event>) {
        let version = self
            .events
            .iter()
            .filter(|(other, _)| *other == stream)
            .count() as u64
            + 1;
        let at = Instant::parse("2026-03-02T09:00:00+08:00")
            .unwrap()
            .plus_days(self.events.len() as i64);
        self.events.push((
            stream,
            Envelope {
                version,
                position: 0,
                at,
                author: Author::SYSTEM,
                event: event.into(),
            },
        ));
    }

    fn unit(&mut self, n: u64, name: &str, ready: bool) {
        let unit = Cast::unit(n);
        let credit_code = format!("91500112MA500000{n:02}");
        self.add(
            Stream::unit(unit),
            UnitRegistered {
                unit,
                name: name.to_owned(),
                credit_code: credit_code.clone(),
            },
        );
        if ready {
            self.add(
                Stream::unit(unit),
                UnitProfileCompleted {
                    profile: profile(name, &credit_code),
                    sign_off: true,
                },
            );
        }
    }

    fn person(&mut self, n: u64, account: Account, name: Option<&str>) {
        let personal = name.map(|name| Identity {
            name: name.to_owned(),
            id_type: DocumentType::ResidentId,
            id_number: "500112199506120027".to_owned(),
            mobile: "13800000000".to_owned(),
            sex: "女".to_owned(),
            birth_date: Day::from_ymd(1995, 6, 12).unwrap(),
        });
        let person = Cast::person(n);
        self.add(
            Stream::person(person),
            PersonRegistered {
                person,
                account,
                personal,
            },
        );
    }
}

fn profile(name: &str, credit_code: &str) -> Profile {
    let text = |text: &str| text.to_owned();
    Profile {
        name: text(name),
        credit_code: text(credit_code),
        registered_in: text("青山区"),
        insured_in: text("青山区"),
        nature: text("事业单位"),
        grassroots: false,
        expert_supervisor: text("青山区人社局"),
        returnee_supervisor: text("青山区人社局"),
        manufacturing_clusters: vec![],
        science_layout: vec![],
    }
}

fn town() -> Town {
    let mut town = Town::default();
    town.settle_units();
    town.settle_people();
    town.settle_targets();
    town
}

impl Town {
    fn settle_units(&mut self) {
        self.unit(1, "青山小学", true);
        self.unit(2, "青山区教育局", true);
        self.unit(3, "100%_甲公司", false);
        self.add(Stream::unit(Cast::unit(2)), SignOffToggled { on: false });
        self.add(Stream::unit(Cast::unit(2)), IssuingAuthorityGranted {});
    }

    fn settle_people(&mut self) {
        self.person(
            1,
            Account::Legal {
                unit: Cast::unit(1),
            },
            None,
        );
        self.person(2, Account::Natural, Some("张一"));
        self.person(3, Account::Natural, Some("申报人甲"));
        self.add(
            Stream::person(Cast::person(2)),
            SystemRoleGranted {
                role: SystemRole::Auditor,
            },
        );
        let staff = Stream::staff(Cast::unit(1));
        self.add(
            staff.clone(),
            LegalUserAssigned {
                unit: Cast::unit(1),
                person: Cast::person(1),
            },
        );
        for n in [2, 4] {
            let personal = Some(Named {
                name: format!("经办{n}"),
            });
            self.add(
                staff.clone(),
                OperatorLinked {
                    person: Cast::person(n),
                    personal,
                },
            );
        }
        self.add(
            staff.clone(),
            OperatorMenusSaved {
                person: Cast::person(2),
                menus: [Menu::ReviewAudit].into(),
            },
        );
        self.add(
            staff,
            OperatorRemoved {
                person: Cast::person(4),
            },
        );
    }

    fn settle_targets(&mut self) {
        let committee = Cast::committee(1);
        let created = CommitteeCreated {
            committee,
            name: "中小学评委会".into(),
            office: Cast::unit(2),
            series: vec!["中小学教师".into()],
        };
        self.add(Stream::committee(committee), created);
        let plan = CommitteePlanSaved {
            deadlines: deadlines(),
            notice: "须知".into(),
            attachments: vec![],
        };
        self.add(Stream::committee(committee), plan);
        self.add(
            Stream::setting(Cast::setting(1)),
            RecognitionSettingSaved {
                setting: Cast::setting(1),
                unit: Cast::unit(2),
                kind: Kind::Initial,
                enabled: true,
                address: Address {
                    city: "重庆市".into(),
                    district: "青山区".into(),
                    detail: "青山路1号".into(),
                },
                notice: "须知".into(),
                attachments: vec![],
                max_level: Some(Level::Middle),
                personal: None,
            },
        );
        let series = SeriesDefined {
            number: 22,
            name: "中小学教师".into(),
            titles: vec![],
            specialties: vec!["语文".into()],
        };
        self.add(Stream::catalogue(), series);
    }
}

fn deadlines() -> Deadlines {
    let day = |day| Day::from_ymd(2026, 12, day).map(Day::start);
    Deadlines {
        submit: day(1),
        work_unit: day(2),
        superior: None,
        committee: day(4),
    }
}

/// The place and the views must live as long as the directory is asked.
async fn directory(ground: Ground) -> ((Ground, Views), Directory) {
    let log = PlainLog::default();
    let views = views(&ground, &log, vec![Arc::new(DirectoryProjector)]).await;
    log.append(&town().events).await;
    views.catch_up().await.unwrap();
    let directory = Directory::new(views.view(NAME).unwrap());
    ((ground, views), directory)
}

async fn the_laws_hold(ground: Ground) {
    holds_the_laws(&ground, Arc::new(DirectoryProjector), town().events, 3).await;
}

async fn units_are_found_by_id_and_by_any_part_of_their_name(ground: Ground) {
    let (_ground, directory) = directory(ground).await;
    let units = directory
        .units(&[Cast::unit(2), Cast::unit(3), Cast::unit(77)])
        .await
        .unwrap();
    let bureau = &units[&Cast::unit(2)];
    assert_eq!(
        (
            units.len(),
            bureau.ready,
            bureau.sign_off,
            bureau.issuing_authority
        ),
        (2, true, false, true)
    );
    let named = |text: &'static str, ready| {
        let directory = directory.clone();
        async move {
            let search = UnitSearch {
                text: Some(text.to_owned()),
                ready,
                after: None,
                limit: 10,
            };
            directory
                .search_units(&search)
                .await
                .unwrap()
                .into_iter()
                .map(|unit| unit.name)
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(
        named("青山", Some(true)).await,
        ["青山区教育局", "青山小学"]
    );
    assert_eq!(named("小学", None).await, ["青山小学"]);
    assert_eq!(named("甲", Some(true)).await, Vec::<String>::new());
    for (literal, found) in [("%_甲", 1), ("%", 1), ("_", 1), ("\\", 0)] {
        assert_eq!(named(literal, None).await.len(), found, "{literal}");
    }
    assert_eq!(
        directory.units_named("青山").await.unwrap(),
        [Cast::unit(1), Cast::unit(2)]
    );
    assert_eq!(
        directory
            .unit_by_credit_code("91500112MA50000001")
            .await
            .unwrap()
            .unwrap()
            .name,
        "青山小学"
    );
}

async fn pages_of_units_follow_one_another(ground: Ground) {
    let (_ground, directory) = directory(ground).await;
    let (mut names, mut after) = (Vec::new(), None);
    while let Some(unit) = directory
        .search_units(&UnitSearch {
            after,
            limit: 1,
            ..UnitSearch::default()
        })
        .await
        .unwrap()
        .pop()
    {
        after = Some(unit.id);
        names.push(unit.name);
    }
    assert_eq!(names, ["100%_甲公司", "青山区教育局", "青山小学"]);
}

async fn the_staff_of_a_unit_has_its_legal_user_first(ground: Ground) {
    let (_ground, directory) = directory(ground).await;
    let staff = directory.staff_of(Cast::unit(1)).await.unwrap();
    let shown: Vec<_> = staff
        .iter()
        .map(|one| (one.person, one.legal_user, one.name.as_deref()))
        .collect();
    assert_eq!(
        shown,
        [
            (Cast::person(1), true, None),
            (Cast::person(2), false, Some("经办2"))
        ]
    );
    assert!(staff[1].menus.contains(&Menu::ReviewAudit));
    assert_eq!(
        directory.memberships(Cast::person(2)).await.unwrap().len(),
        1
    );
    assert_eq!(
        directory.memberships(Cast::person(4)).await.unwrap(),
        vec![]
    );
}

async fn accounts_are_known_by_what_they_may_do_and_not_by_name(ground: Ground) {
    let ((_ground, views), directory) = directory(ground).await;
    let people = directory
        .people(&[Cast::person(1), Cast::person(2), Cast::person(3)])
        .await
        .unwrap();
    assert_eq!(people[&Cast::person(1)].legal_unit, Some(Cast::unit(1)));
    assert_eq!(people[&Cast::person(2)].roles, [SystemRole::Auditor].into());
    assert!(people[&Cast::person(3)].roles.is_empty());
    let rows = format!("{:?}", views.dump(NAME).await.unwrap());
    assert!(rows.contains("经办2"), "the test would see a name");
    assert!(!rows.contains("申报人甲"), "an applicant's name");
}

async fn committees_settings_and_series_come_as_they_stand(ground: Ground) {
    let (_ground, directory) = directory(ground).await;
    let committee = directory.all_committees().await.unwrap().swap_remove(0);
    assert_eq!(
        (committee.office, committee.deadlines, committee.has_plan),
        (Cast::unit(2), deadlines(), true)
    );
    assert_eq!(
        directory.committees(&[Cast::committee(1)]).await.unwrap()[&Cast::committee(1)],
        committee
    );
    assert_eq!(
        directory
            .all_settings(Some(Kind::Initial))
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        directory
            .all_settings(Some(Kind::Confirmation))
            .await
            .unwrap(),
        vec![]
    );
    assert!(directory.settings(&[Cast::setting(1)]).await.unwrap()[&Cast::setting(1)].enabled);
    assert_eq!(directory.series().await.unwrap()[0].specialties, ["语文"]);
    assert_eq!(directory.calendar_years().await.unwrap(), Vec::<i32>::new());
}
