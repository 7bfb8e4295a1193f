use crate::app::App;
use crate::problem::{Problem, Trouble};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use docket_domain::person::Person;
use docket_domain::vocabulary::SystemRole;
use docket_domain::{Acting, Actor, Code, PersonId, UnitId};

/// Who asks, from the bearer token and `Docket-Unit`, confirmed by the log.
///
/// A legal account always acts for its unit. A natural person acts for the unit named, whatever
/// the person may do there, and otherwise for oneself.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account.
    pub person: PersonId,
    /// What is known of it.
    pub account: Person,
    /// For whom it acts.
    pub actor: Actor,
}

impl Caller {
    /// The unit acted for.
    ///
    /// # Errors
    /// NO_PERMISSION for a person who acts for none.
    pub fn unit(&self) -> Result<UnitId, Problem> {
        self.actor.unit().ok_or_else(|| Code::NoPermission.into())
    }

    /// Whether the person holds a role of the platform and acts for no unit.
    pub fn is(&self, role: SystemRole) -> bool {
        self.actor.unit().is_none() && self.account.roles.contains(&role)
    }

    /// The caller in a role of the platform.
    ///
    /// # Errors
    /// NO_PERMISSION for a person without the role.
    pub fn in_role(mut self, role: SystemRole) -> Result<Self, Problem> {
        if !self.is(role) {
            return Err(Code::NoPermission.into());
        }
        self.actor.acting = Acting::Platform(role);
        Ok(self)
    }

    /// The caller as an operator of the system where the person is one, otherwise unchanged: for
    /// commands that units and the platform share.
    pub fn or_operator(self) -> Self {
        self.clone()
            .in_role(SystemRole::SystemOperator)
            .unwrap_or(self)
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let unit = named_unit(&parts.headers);
        identify(app, &parts.headers, unit).await
    }
}

/// The caller who names the unit elsewhere than in the header.
pub async fn identify(
    app: &App,
    headers: &HeaderMap,
    unit: Result<Option<UnitId>, Problem>,
) -> Result<Caller, Problem> {
    let person = bearer(headers)
        .and_then(|token| app.parts.tokens.check(token))
        .ok_or(Trouble::Unauthenticated)?;
    let account = app.person(person).await?.ok_or(Trouble::Unauthenticated)?;
    let unit = unit?;
    let actor = match (account.legal_unit(), unit) {
        (Some(own), Some(named)) if own != named => return Err(Code::NoPermission.into()),
        (Some(unit), _) | (None, Some(unit)) => Actor::of_unit(person, unit),
        (None, None) => Actor::applicant(person),
    };
    Ok(Caller {
        person,
        account,
        actor,
    })
}

/// Whom a request claims to come from, for the security audit: the token's account and the unit
/// named.
pub fn claimed(app: &App, headers: &HeaderMap) -> (Option<PersonId>, Option<UnitId>) {
    let person = bearer(headers).and_then(|token| app.parts.tokens.check(token));
    (person, named_unit(headers).ok().flatten())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .trim()
        .split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// `Docket-Unit`
pub fn named_unit(headers: &HeaderMap) -> Result<Option<UnitId>, Problem> {
    let Some(value) = headers.get("docket-unit") else {
        return Ok(None);
    };
    let unit = value
        .to_str()
        .ok()
        .and_then(|text| text.trim().parse().ok());
    unit.map(Some)
        .ok_or_else(|| Problem::field("Docket-Unit", "应为单位编号"))
}
