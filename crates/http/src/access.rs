//! Who may read a declaration, and how much of it (domain.md §0, §2), from states the log confirms.

use crate::app::App;
use crate::caller::Caller;
use crate::layers::RequestId;
use crate::problem::Problem;
use docket_domain::declaration::{Declaration, SavedSection};
use docket_domain::vocabulary::SystemRole;
use docket_domain::{Acting, Code, DeclarationId, Kind, Stream, UnitId};
use docket_store::AuditEntry;

/// In what capacity somebody reads a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// 申报人
    Applicant,
    /// A member of a unit with a step in it.
    Unit {
        /// The unit.
        unit: UnitId,
        /// Whether the caller handles the step the unit is shown.
        handler: bool,
    },
    /// An auditor.
    Auditor,
}

impl Capacity {
    /// Whether the applicant's data are shown as they are: only to the applicant, the step's
    /// handler and an auditor.
    pub fn sees_all(self) -> bool {
        matches!(
            self,
            Capacity::Applicant | Capacity::Auditor | Capacity::Unit { handler: true, .. }
        )
    }

    /// The text of a section that somebody reads: units read what was submitted last, and not what
    /// the applicant is writing meanwhile; none where nothing of it was submitted.
    pub fn reads(self, section: &SavedSection) -> Option<&SavedSection> {
        match self {
            Capacity::Applicant | Capacity::Auditor => Some(section),
            Capacity::Unit { .. } => section.last_submitted(),
        }
    }
}

/// A declaration the caller may read.
pub struct Readable {
    /// Its state.
    pub declaration: Declaration,
    /// In what capacity.
    pub capacity: Capacity,
}

/// Finds a declaration for a caller. Without any right to it the answer is that for an unknown id.
///
/// # Errors
/// In the order of §13A.8: NO_PERMISSION (not of the acting unit), NOT_FOUND, NO_PERMISSION (no
/// menu), UNIT_MISMATCH.
pub async fn readable(app: &App, caller: &Caller, id: DeclarationId) -> Result<Readable, Problem> {
    found(app, caller, Asked::Whole(id)).await
}

/// As [`readable`], of a declaration as far as its events can be read: for what views show of it,
/// which are behind in the same place.
///
/// # Errors
/// As [`readable`].
pub async fn readable_part(
    app: &App,
    caller: &Caller,
    id: DeclarationId,
) -> Result<Readable, Problem> {
    found(app, caller, Asked::ReadablePart(id)).await
}

/// How much of a declaration must be readable.
#[derive(Debug, Clone, Copy)]
enum Asked {
    Whole(DeclarationId),
    ReadablePart(DeclarationId),
}

impl Asked {
    async fn of(self, app: &App) -> Result<Option<Declaration>, Problem> {
        match self {
            Asked::Whole(id) => app.declaration(id).await,
            Asked::ReadablePart(id) => app.readable_declaration(id).await,
        }
    }
}

async fn found(app: &App, caller: &Caller, asked: Asked) -> Result<Readable, Problem> {
    match caller.actor.acting {
        Acting::Unit(unit) => by_unit(app, caller, unit, asked).await,
        _ => {
            let declaration = asked.of(app).await?.ok_or(Code::NotFound)?;
            let own = declaration.applicant == caller.person;
            let capacity = match (own, caller.is(SystemRole::Auditor)) {
                (true, _) => Capacity::Applicant,
                (false, true) => Capacity::Auditor,
                (false, false) => return Err(Code::NotFound.into()),
            };
            Ok(Readable {
                declaration,
                capacity,
            })
        }
    }
}

async fn by_unit(
    app: &App,
    caller: &Caller,
    unit: UnitId,
    asked: Asked,
) -> Result<Readable, Problem> {
    let staff = app.staff(unit).await?;
    staff.role_of(caller.person).ok_or(Code::NoPermission)?;
    let declaration = asked
        .of(app)
        .await?
        .filter(|found| found.ever_at(unit))
        .ok_or(Code::NotFound)?;
    if !staff.has_menu(caller.person, declaration.kind.menu()) {
        return Err(Code::NoPermission.into());
    }
    let step = declaration.step_shown_to(unit).ok_or(Code::UnitMismatch)?;
    let handler = step.handler == Some(caller.person);
    Ok(Readable {
        capacity: Capacity::Unit { unit, handler },
        declaration,
    })
}

/// The acting unit, and the kinds whose menu the caller has there.
///
/// # Errors
/// NO_PERMISSION for a person who acts for no unit, is none of its people, or has none of the menus.
pub async fn audited_kinds(
    app: &App,
    caller: &Caller,
    asked: Option<Kind>,
) -> Result<(UnitId, Vec<Kind>), Problem> {
    let unit = caller.unit()?;
    let staff = app.staff(unit).await?;
    staff.role_of(caller.person).ok_or(Code::NoPermission)?;
    let wanted = Kind::ALL
        .into_iter()
        .filter(|kind| asked.is_none_or(|asked| asked == *kind));
    let kinds: Vec<Kind> = wanted
        .filter(|kind| staff.has_menu(caller.person, kind.menu()))
        .collect();
    if kinds.is_empty() {
        Err(Code::NoPermission.into())
    } else {
        Ok((unit, kinds))
    }
}

/// A member of a unit, or an operator of the system.
///
/// # Errors
/// NO_PERMISSION.
pub async fn member_or_operator(app: &App, caller: &Caller, unit: UnitId) -> Result<(), Problem> {
    if caller.is(SystemRole::SystemOperator) {
        return Ok(());
    }
    let acting = caller.actor.unit() == Some(unit);
    let belongs = acting && app.staff(unit).await?.role_of(caller.person).is_some();
    if belongs {
        Ok(())
    } else {
        Err(Code::NoPermission.into())
    }
}

/// Writes to the security audit that personal data are about to be shown.
pub async fn viewed(
    app: &App,
    caller: &Caller,
    request: RequestId,
    action: &str,
    subject: &Stream,
) -> Result<(), Problem> {
    let entry = AuditEntry {
        at: app.now().micros(),
        actor: Some(caller.person.0),
        unit: caller.actor.unit().map(|unit| unit.0),
        action: action.to_owned(),
        subject: Some(subject.to_string()),
        result: "done".to_owned(),
        code: None,
        correlation: Some(request.0.to_string()),
    };
    Ok(app.engine().audit(vec![entry]).await?)
}
