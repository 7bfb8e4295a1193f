use crate::answer::Answer;
use crate::app::App;
use crate::caller::Caller;
use crate::params::Params;
use crate::problem::Problem;
use crate::schema::{Id, MenuCode, SystemRoleCode};
use axum::extract::State;
use docket_domain::vocabulary::{Menu, SystemRole};
use docket_domain::{Code, PersonId, UnitId};
use serde::Serialize;
use utoipa::ToSchema;

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    #[schema(value_type = Id)]
    person_id: PersonId,
    /// The caller's own name, or 法人用户.
    name: String,
    /// `natural` or `legal`.
    account: &'static str,
    /// Roles of the platform.
    #[schema(value_type = Vec<SystemRoleCode>)]
    roles: Vec<SystemRole>,
    /// The unit acted for in this request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>)]
    acting_unit_id: Option<UnitId>,
    /// The units the caller may act for.
    units: Vec<Membership>,
}

/// A unit the caller may act for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Membership {
    #[schema(value_type = Id)]
    unit_id: UnitId,
    name: String,
    /// `legal_user` or `operator`.
    role: &'static str,
    /// Menus; the legal user has all of them.
    #[schema(value_type = Vec<MenuCode>)]
    menus: Vec<Menu>,
    /// Whether 单位基础信息 was completed.
    ready: bool,
}

/// Shows who the caller is and for whom the caller may act
#[utoipa::path(get, path = "/me", tag = "accounts", responses((status = 200, body = Me)))]
pub async fn me(
    State(app): State<App>,
    caller: Caller,
    params: Params,
) -> Result<Answer<Me>, Problem> {
    let seen = params.fresh(&app, &[app.reads.directory.view()]).await?;
    if let Some(unit) = caller.actor.unit() {
        app.staff(unit)
            .await?
            .role_of(caller.person)
            .ok_or(Code::NoPermission)?;
    }
    let memberships = app.reads.directory.memberships(caller.person).await?;
    let ids: Vec<UnitId> = memberships.iter().map(|member| member.unit).collect();
    let mut units = app.reads.directory.units(&ids).await?;
    let units = memberships.into_iter().filter_map(|member| {
        let unit = units.remove(&member.unit)?;
        let every = || Menu::ALL.to_vec();
        Some(Membership {
            unit_id: unit.id,
            name: unit.name,
            role: if member.legal_user {
                "legal_user"
            } else {
                "operator"
            },
            menus: if member.legal_user {
                every()
            } else {
                member.menus.into_iter().collect()
            },
            ready: unit.ready,
        })
    });
    let body = Me {
        person_id: caller.person,
        name: caller.account.display_name().to_owned(),
        account: if caller.account.legal_unit().is_some() {
            "legal"
        } else {
            "natural"
        },
        roles: caller.account.roles.iter().copied().collect(),
        acting_unit_id: caller.actor.unit(),
        units: units.collect(),
    };
    Ok(Answer::new(seen, body))
}
