//! What a client needs to use the demo: who there is, with tokens.

use super::cast::{Cast, UnitCast};
use super::forms::{self, ByName};
use super::people::Human;
use docket_codec::stream_id;
use docket_domain::claim;
use docket_domain::committee::{Committee, Deadlines};
use docket_domain::person::LEGAL_USER;
use docket_domain::staff::Staff;
use docket_domain::unit::Unit;
use docket_domain::vocabulary::Menu;
use docket_domain::{CommitteeId, Kind, PersonId, SettingId, State, Stream, UnitId};
use docket_engine::Engine;
use docket_http::AccessTokens;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The content of the credentials file.
#[derive(Serialize)]
pub struct Credentials {
    /// Where the server answers.
    pub base_url: String,
    /// Units as they are now.
    pub units: Vec<UnitEntry>,
    /// Everybody who can sign in.
    pub people: Vec<PersonEntry>,
    /// Committees with their plans.
    pub committees: Vec<CommitteeEntry>,
    /// Recognition settings.
    pub settings: Vec<SettingEntry>,
}

/// A unit.
#[derive(Serialize)]
pub struct UnitEntry {
    pub id: UnitId,
    pub name: String,
    pub ready: bool,
    pub sign_off: bool,
}

/// Somebody, and the token that says so.
#[derive(Serialize)]
pub struct PersonEntry {
    pub name: String,
    pub role: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_id: Option<UnitId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub menus: Option<BTreeSet<Menu>>,
    pub token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub examples: Option<BTreeMap<Kind, Example>>,
}

/// A draft that its applicant can make and submit.
#[derive(Serialize)]
pub struct Example {
    /// The body of `POST /declarations`.
    pub body: Value,
    /// The least sections that make it submittable.
    pub sections: ByName,
}

/// A committee.
#[derive(Serialize)]
pub struct CommitteeEntry {
    pub id: CommitteeId,
    pub name: String,
    pub unit_id: UnitId,
    pub deadlines: Deadlines,
}

/// A recognition setting.
#[derive(Serialize)]
pub struct SettingEntry {
    pub id: SettingId,
    pub unit_id: UnitId,
    pub kind: Kind,
}

impl Credentials {
    /// Reads what there is now and makes a token for everybody.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn read(
        engine: &Engine,
        cast: &Cast,
        tokens: &AccessTokens,
        base_url: String,
    ) -> anyhow::Result<Self> {
        let mut credentials = Self {
            base_url,
            units: Vec::new(),
            people: Vec::new(),
            committees: Vec::new(),
            settings: Vec::new(),
        };
        for unit in &cast.units {
            credentials.add_unit(engine, unit, tokens).await?;
        }
        let idle = idle(engine, cast).await?;
        for applicant in &cast.applicants {
            let free = cast
                .free_applicants()
                .iter()
                .position(|free| free.id == applicant.id);
            let free = free.filter(|index| idle[*index]);
            let examples = free.map(|index| examples(cast, index));
            credentials.people.push(PersonEntry {
                examples,
                ..person(applicant, "applicant", tokens)
            });
        }
        credentials
            .people
            .push(person(&cast.auditor, "auditor", tokens));
        credentials
            .people
            .push(person(&cast.system_operator, "system_operator", tokens));
        for committee in &cast.committees {
            let Committee {
                name, deadlines, ..
            } = self::committee(engine, committee.id).await?;
            credentials.committees.push(CommitteeEntry {
                id: committee.id,
                name,
                unit_id: committee.office,
                deadlines,
            });
        }
        let settings = cast.settings.iter();
        credentials.settings = settings
            .map(|one| SettingEntry {
                id: one.id,
                unit_id: one.unit,
                kind: one.row.kind,
            })
            .collect();
        Ok(credentials)
    }

    async fn add_unit(
        &mut self,
        engine: &Engine,
        cast: &UnitCast,
        tokens: &AccessTokens,
    ) -> anyhow::Result<()> {
        let seen = engine.state(&Stream::unit(cast.id)).await?;
        let State::Unit(unit) = seen.state.as_ref() else {
            anyhow::bail!("the demo's unit {} cannot be read", cast.row.key)
        };
        let unit: &Unit = unit;
        self.units.push(UnitEntry {
            id: cast.id,
            name: unit.name.clone(),
            ready: unit.is_ready(),
            sign_off: unit.sign_off,
        });
        self.people.push(PersonEntry {
            name: LEGAL_USER.to_owned(),
            role: "legal_user",
            unit_id: Some(cast.id),
            menus: None,
            token: tokens.mint(cast.legal_user),
            examples: None,
        });
        let seen = engine.state(&Stream::staff(cast.id)).await?;
        let State::Staff(staff) = seen.state.as_ref() else {
            anyhow::bail!("the demo's staff of {} cannot be read", cast.row.key)
        };
        self.people.extend(operators(cast.id, staff, tokens));
        Ok(())
    }

    /// A person's token, for the curl lines.
    pub fn token_of(&self, role: &str, unit: Option<UnitId>) -> &str {
        let found = self
            .people
            .iter()
            .find(|person| person.role == role && person.unit_id == unit);
        found.map_or("", |person| &person.token)
    }
}

fn operators(unit: UnitId, staff: &Staff, tokens: &AccessTokens) -> Vec<PersonEntry> {
    let mut operators: Vec<(&PersonId, _)> = staff.operators.iter().collect();
    operators.sort_by_key(|(_, operator)| operator.since);
    let entry = |(id, operator): (&PersonId, &docket_domain::staff::Operator)| PersonEntry {
        name: operator.name.clone(),
        role: "operator",
        unit_id: Some(unit),
        menus: Some(operator.menus.clone()),
        token: tokens.mint(*id),
        examples: None,
    };
    operators.into_iter().map(entry).collect()
}

fn person(human: &Human, role: &'static str, tokens: &AccessTokens) -> PersonEntry {
    let token = tokens.mint(human.id);
    PersonEntry {
        name: human.identity.name.clone(),
        role,
        unit_id: None,
        menus: None,
        token,
        examples: None,
    }
}

async fn committee(engine: &Engine, id: CommitteeId) -> anyhow::Result<Committee> {
    let seen = engine.state(&Stream::committee(id)).await?;
    match seen.state.as_ref() {
        State::Committee(committee) => Ok(committee.as_ref().clone()),
        _ => anyhow::bail!("the demo's committee {id} cannot be read"),
    }
}

/// Which of the free applicants never submitted what their examples say: nobody ever took the
/// claim of such a live declaration.
async fn idle(engine: &Engine, cast: &Cast) -> anyhow::Result<Vec<bool>> {
    let log = engine.log().id();
    let claims = cast
        .free_applicants()
        .iter()
        .enumerate()
        .flat_map(|(index, person)| {
            Kind::ALL.map(|kind| stream_id(log, &live_claim(cast, index, person, kind)))
        });
    let versions = engine.log().versions(&claims.collect::<Vec<_>>()).await?;
    Ok(versions
        .chunks(Kind::ALL.len())
        .map(|taken| taken.iter().all(|version| *version == 0))
        .collect())
}

fn live_claim(cast: &Cast, index: usize, person: &Human, kind: Kind) -> Stream {
    let (target, _, [series, title, _]) = cast.example(index, kind);
    let choice = cast.choice(target);
    let key = if kind == Kind::Review {
        choice.target
    } else {
        choice.terminal.0
    };
    claim::live(person.id, kind, key, series, title)
}

fn examples(cast: &Cast, index: usize) -> BTreeMap<Kind, Example> {
    Kind::ALL
        .into_iter()
        .map(|kind| (kind, example(cast, index, kind)))
        .collect()
}

fn example(cast: &Cast, index: usize, kind: Kind) -> Example {
    let (target, work_unit, [series, title, specialty]) = cast.example(index, kind);
    let choice = cast.choice(target);
    let mut body = json!({
        "kind": kind,
        "target_id": choice.target,
        "title": { "series": series, "title": title, "specialty": specialty, "direction": "" },
        "work_unit_id": work_unit.id,
        "pledge": true,
    });
    let more = match kind {
        Kind::Review => {
            json!({ "specialty_group": format!("{specialty}组"), "application_type": "正常晋升" })
        }
        Kind::Confirmation => {
            json!({ "original_title": title, "obtained_on": "2019-12-20", "valid_scope": "全市" })
        }
        Kind::Initial => json!({}),
    };
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    Example {
        body,
        sections: ByName(forms::sections(kind, choice.attachments, "")),
    }
}

/// Writes a file whole or not at all: a reader never finds half of it. It holds tokens, so it is
/// for its owner only.
///
/// # Errors
/// When the folder cannot be written.
pub fn write_atomically(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}.new", std::process::id()));
    let draft = Path::new(&draft);
    fs::write(draft, content)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(draft, fs::Permissions::from_mode(0o600))?;
    }
    fs::rename(draft, path)
}
