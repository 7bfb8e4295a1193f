//! Who and what a drill is about: a town, a few declarations, and a crowd that waits for 签收.

use crate::arena::{Arena, after_publicity};
use crate::client::Badge;
use docket_domain::declaration::{CreateDraft, DeclarationCommand, ReturnTo, Title};
use docket_domain::unit::Profile;
use docket_domain::{Actor, Command, DeclarationId, Kind, PersonId, UnitId};
use docket_http::AccessTokens;
use docket_testkit::Cast;
use docket_testkit::town::{Staffed, Town};
use futures::StreamExt;
use std::collections::BTreeMap;

/// Commands of the setting under way at once.
const AT_ONCE: usize = 64;
/// Titles one person may be a candidate for at once.
const TITLES: [&str; 3] = ["三级教师", "二级教师", "一级教师"];

/// A unit with its profile, as its people send it.
#[derive(Debug, Clone)]
pub struct Place {
    pub staff: Staffed,
    pub profile: Profile,
}

/// A declaration that everybody works on.
#[derive(Debug, Clone)]
pub struct Subject {
    pub id: DeclarationId,
    pub applicant: PersonId,
    pub kind: Kind,
    /// Whose step is the last.
    pub terminal: UnitId,
    /// Whether it may be terminated, which ends what can be done with it.
    pub mortal: bool,
}

/// Everything a worker needs to know.
pub struct Scene {
    /// Work unit, superior, committee's office, accepting unit; last the crowd's work unit.
    pub places: Vec<Place>,
    pub subjects: Vec<Subject>,
    pub crowd: Vec<DeclarationId>,
    /// The head of the log when it was set.
    pub base: u64,
    tokens: BTreeMap<PersonId, String>,
}

pub const SCHOOL: usize = 0;
pub const BUREAU: usize = 1;
pub const OFFICE: usize = 2;
pub const CENTRE: usize = 3;
pub const CROWDED: usize = 4;

impl Scene {
    /// Sets it on a database: `subjects` declarations returned to their applicants behind their
    /// first publicity, and `crowd` that wait.
    pub async fn set(arena: &Arena, subjects: usize, crowd: usize) -> Self {
        let town = arena.town().await;
        let crowded = town.unit("大山小学", 5).await;
        let places = [
            (town.school, "青山小学"),
            (town.bureau, "江北区教育委员会"),
            (town.office, "中小学教师评审委员会办公室"),
            (town.centre, "江北区人才交流中心"),
            (crowded, "大山小学"),
        ];
        let places: Vec<Place> = (1..)
            .zip(places)
            .map(|(order, (staff, name))| Place {
                staff,
                profile: Cast::profile(name, docket_testkit::credit_code(order)),
            })
            .collect();
        let mut found = Vec::new();
        for n in 0..subjects {
            found.push(subject(&town, n).await);
        }
        let crowd = gather(&town, &crowded, crowd).await;
        town.clock.set(after_publicity());
        // An event of that day is what the nodes' clocks go on from.
        town.person().await;
        let people = found.iter().map(|subject| subject.applicant);
        let staff = places
            .iter()
            .flat_map(|place| [place.staff.legal, place.staff.operator]);
        let minted = AccessTokens::new(town.engine.ring());
        Self {
            tokens: people
                .chain(staff)
                .map(|person| (person, minted.mint(person)))
                .collect(),
            base: town.engine.log().head().await.unwrap().position,
            subjects: found,
            places,
            crowd,
        }
    }

    /// The headers of an actor.
    pub fn badge(&self, actor: &Actor) -> Badge {
        let person = actor.person.expect("people ask, not the system");
        Badge {
            token: self.tokens[&person].clone(),
            unit: actor.unit().map(|unit| unit.to_string()),
        }
    }

    /// 是否启用签收功能 of a place.
    pub fn toggle(&self, place: usize, sign_off: bool) -> (Actor, Command) {
        let place = &self.places[place];
        let command = docket_domain::administration::AdminCommand::SaveProfile {
            unit: place.staff.id,
            profile: place.profile.clone(),
            sign_off,
        };
        (
            place.staff.by_legal_user(),
            Command::Administration(command),
        )
    }
}

/// A declaration that went public once and was returned to its applicant.
async fn subject(town: &Town, n: usize) -> Subject {
    let kind = [Kind::Initial, Kind::Review, Kind::Confirmation][n % 3];
    let applicant = town.person().await;
    let id = town.draft(applicant, kind).await;
    let operator = town.school.by_operator();
    let back = DeclarationCommand::Return {
        to: Some(ReturnTo::Applicant),
        reason: "请补充材料".into(),
    };
    for (actor, command) in [
        (Actor::applicant(applicant), DeclarationCommand::Submit),
        (operator.clone(), DeclarationCommand::Sign),
        (
            operator.clone(),
            DeclarationCommand::ApproveAndPublicize(None),
        ),
        (operator, back),
    ] {
        town.act(actor, id, command).await.unwrap();
    }
    let terminal = match kind {
        Kind::Review => town.office.id,
        _ => town.centre.id,
    };
    Subject {
        id,
        applicant,
        kind,
        terminal,
        mortal: n % 4 == 3,
    }
}

/// Submits many to one work unit, some at once.
async fn gather(town: &Town, unit: &Staffed, count: usize) -> Vec<DeclarationId> {
    let people = count.div_ceil(TITLES.len());
    let submitted = futures::stream::iter(0..people).map(async |n| {
        let person = town.person().await;
        let titles = TITLES.iter().take(count - n * TITLES.len());
        let mut ids = Vec::new();
        for title in titles {
            ids.push(submitted(town, unit, person, title).await);
        }
        ids
    });
    let ids: Vec<Vec<DeclarationId>> = submitted.buffer_unordered(AT_ONCE).collect().await;
    ids.concat()
}

async fn submitted(town: &Town, unit: &Staffed, person: PersonId, title: &str) -> DeclarationId {
    let kind = Kind::Confirmation;
    let choices = town.choices(kind);
    let draft = CreateDraft {
        work_unit: unit.id,
        title: Title {
            title: title.into(),
            ..choices.title.clone()
        },
        ..choices
    };
    let id = DeclarationId(
        town.engine
            .entropy()
            .uuid(docket_testkit::town::founding_day()),
    );
    let actor = Actor::applicant(person);
    let create = DeclarationCommand::Create(Box::new(draft));
    town.act(actor.clone(), id, create).await.unwrap();
    town.fill(person, id, kind).await;
    let submit = town.act(actor, id, DeclarationCommand::Submit);
    submit.await.unwrap();
    id
}
