use crate::access::{Capacity, readable};
use crate::answer::{Answer, Titled};
use crate::app::App;
use crate::caller::Caller;
use crate::params::Params;
use crate::path::Declared;
use crate::problem::{Problem, Trouble};
use crate::refused::{definition_of, title};
use crate::schema::{Id, StepTypeCode};
use axum::extract::State;
use docket_directory::UnitSearch;
use docket_domain::declaration::decide;
use docket_domain::vocabulary::StepType;
use docket_domain::{Code, Facts, UnitId};
use serde::Serialize;
use utoipa::ToSchema;

/// Units of a page.
const LIMIT: u32 = 20;

/// What the picker of 上级单位 offers.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportTargets {
    /// The declaration's own terminal unit first, then units by name.
    items: Vec<ReportTargetItem>,
    /// Where the next page begins; null on the last one.
    next_cursor: Option<String>,
}

/// One unit of the picker.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportTargetItem {
    #[schema(value_type = Id)]
    unit_id: UnitId,
    name: String,
    /// What its step would be.
    #[schema(value_type = StepTypeCode)]
    step_type: StepType,
    /// Whether it is the declaration's own accepting unit or committee.
    terminal: bool,
    selectable: bool,
    /// Why it cannot be chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Titled>,
}

/// Lists the units a declaration can be reported to
///
/// Units that completed their profile, by any part of the name; the declaration's own terminal unit
/// always stands first on the first page.
#[utoipa::path(
    get,
    path = "/declarations/{id}/report-targets",
    tag = "declarations",
    params(
        ("id" = Id, Path, description = "The declaration"),
        ("q" = Option<String>, Query, description = "Any part of the name"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, body = ReportTargets)),
)]
pub async fn report_targets(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    mut params: Params,
) -> Result<Answer<ReportTargets>, Problem> {
    let text = params.text("q");
    let after = params.parse::<UnitId>("cursor")?;
    let seen = params.fresh(&app, &[app.reads.directory.view()]).await?;
    let readable = readable(&app, &caller, id).await?;
    let Capacity::Unit { .. } = readable.capacity else {
        return Err(Code::NoPermission.into());
    };
    let declaration = readable.declaration;
    let search = UnitSearch {
        text,
        ready: Some(true),
        after,
        limit: LIMIT + 1,
    };
    let mut found = app.reads.directory.search_units(&search).await?;
    let more = found.len() > LIMIT as usize;
    found.truncate(LIMIT as usize);
    let next_cursor = found
        .last()
        .filter(|_| more)
        .map(|unit| unit.id.to_string());
    let terminal = decide::report_targets_first(&declaration);
    let others = found
        .into_iter()
        .map(|unit| unit.id)
        .filter(|unit| *unit != terminal);
    let first = after.is_none().then_some(terminal);
    let units: Vec<UnitId> = first.into_iter().chain(others).collect();
    let definition = definition_of(&app, &declaration);
    let judged = |unit: &UnitId, facts: &Facts| {
        let target = decide::report_target(&declaration, *unit, facts);
        let name = facts.unit(*unit).map(|unit| unit.name.clone());
        (target, name.unwrap_or_default())
    };
    let judged = app
        .engine()
        .consult_each(caller.actor.clone(), &units, judged)
        .await?;
    let names = app.reads.directory.unit_names(&units).await?;
    let items = units.iter().zip(judged).map(|(unit, judged)| match judged {
        Some((target, name)) => ReportTargetItem {
            unit_id: *unit,
            name,
            step_type: target.step_type,
            terminal: target.terminal,
            selectable: target.refusal.is_none(),
            refusal: target.refusal.map(|code| Titled {
                code: code.code().to_owned(),
                title: title(code, definition.as_deref()),
            }),
        },
        // A unit that cannot be judged is shown and cannot be chosen.
        None => ReportTargetItem {
            unit_id: *unit,
            name: names.get(unit).cloned().unwrap_or_default(),
            step_type: decide::step_type_of(&declaration, *unit),
            terminal: *unit == terminal,
            selectable: false,
            refusal: Some(Titled::from(Trouble::Corrupt)),
        },
    });
    let items = items.collect();
    Ok(Answer::new(seen, ReportTargets { items, next_cursor }).at_version(declaration.version))
}
