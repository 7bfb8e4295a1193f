use crate::answer::{AdminBody, Answer, Titled};
use crate::app::App;
use crate::around::contacts::ContactView;
use crate::around::requirement::{RequirementBody, rows};
use crate::body::Asked;
use crate::caller::Caller;
use crate::command::{Saved, administer};
use crate::params::Params;
use crate::path::Id;
use crate::problem::{Problem, Trouble};
use crate::refused::title;
use crate::schema::At;
use crate::state_view::{AttachmentView, UnitView};
use axum::extract::State;
use docket_directory::Committee;
use docket_domain::administration::AdminCommand;
use docket_domain::committee::Deadlines;
use docket_domain::declaration::{Target, decide};
use docket_domain::time::Instant;
use docket_domain::{Acting, CommitteeId, Facts, Kind, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The committees.
#[derive(Debug, Serialize, ToSchema)]
pub struct Committees {
    /// By name.
    items: Vec<CommitteeView>,
}

/// 评审委员会 as an applicant chooses it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommitteeView {
    /// What `target_id` names.
    #[schema(value_type = crate::schema::Id)]
    id: CommitteeId,
    name: String,
    /// Its office.
    office: UnitView,
    /// The series it reviews.
    series: Vec<String>,
    /// Whether the caller may choose it now.
    selectable: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Titled>,
    /// 申请书提交截止时间
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<At>)]
    submit_deadline: Option<Instant>,
    /// All deadlines of the plan.
    #[schema(value_type = DeadlinesBody)]
    deadlines: Deadlines,
    /// Whom to ask: the office, by the row 职称 of its contacts.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<ContactView>,
    /// 申报须知
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    notice: String,
    /// 附件要求
    attachments: Vec<AttachmentView>,
}

/// A new committee.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommitteeBody {
    #[schema(value_type = String, max_length = 50)]
    name: Option<String>,
    /// 组建单位: a ready unit.
    #[schema(value_type = crate::schema::Id)]
    office_id: UnitId,
    /// The series it reviews.
    #[serde(default)]
    #[schema(required = true)]
    series: Vec<String>,
}

/// A committee's plan.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "deadlines": {"submit": "2026-04-30T18:00:00+08:00", "work_unit": "2026-05-31T18:00:00+08:00"},
    "attachments": [{"name": "学历证书", "required": true}]
}))]
#[serde(deny_unknown_fields)]
pub struct PlanBody {
    /// Deadlines per stage; one that is not set does not bind.
    #[schema(value_type = DeadlinesBody)]
    deadlines: Deadlines,
    /// 申报须知
    #[serde(default)]
    #[schema(max_length = 1000)]
    notice: String,
    /// 附件要求
    #[serde(default)]
    attachments: Vec<RequirementBody>,
}

/// The instants of a plan, each exclusive.
#[derive(ToSchema)]
#[schema(as = Deadlines)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct DeadlinesBody {
    /// 申请书提交截止时间
    #[schema(value_type = Option<At>)]
    submit: Option<Instant>,
    /// 审核截止时间 of the work unit.
    #[schema(value_type = Option<At>)]
    work_unit: Option<Instant>,
    /// 审核截止时间 of every superior.
    #[schema(value_type = Option<At>)]
    superior: Option<Instant>,
    /// The committee's own deadline to accept.
    #[schema(value_type = Option<At>)]
    committee: Option<Instant>,
}

/// Lists the committees a declaration can be made to
///
/// With what bars the caller from choosing each.
#[utoipa::path(
    get,
    path = "/committees",
    tag = "catalogue",
    params(
        ("series" = Option<String>, Query, description = "Only committees that review it"),
        ("specialty" = Option<String>, Query, description = "Committees review every specialty of their series"),
        ("title" = Option<String>, Query, description = "Only if the series has the title"),
    ),
    responses((status = 200, body = Committees)),
)]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Answer<Committees>, Problem> {
    let (series, _, wanted) = (
        params.text("series"),
        params.text("specialty"),
        params.text("title"),
    );
    let seen = params.fresh(&app, &[app.reads.directory.view()]).await?;
    let mut found = app.reads.directory.all_committees().await?;
    found.retain(|committee| {
        series
            .as_ref()
            .is_none_or(|series| committee.series.contains(series))
    });
    if let Some(wanted) = wanted {
        let table = app.reads.directory.series().await?;
        let has = |name: &String| {
            table.iter().any(|series| {
                series.name == *name && series.titles.iter().any(|entry| entry.title == wanted)
            })
        };
        found.retain(|committee| committee.series.iter().any(has));
    }
    let offices: Vec<UnitId> = found.iter().map(|committee| committee.office).collect();
    let offices = app.reads.directory.unit_names(&offices).await?;
    let refusals = refusals(&app, &caller, &found).await?;
    let mut contacts = Vec::with_capacity(found.len());
    for committee in &found {
        contacts.push(contact(&app, committee.office).await);
    }
    let found = found.into_iter().zip(contacts).zip(refusals);
    let items = found.map(|((committee, contact), refusal)| {
        let office = offices.get(&committee.office).cloned().unwrap_or_default();
        view(committee, office, contact, refusal)
    });
    Ok(Answer::new(
        seen,
        Committees {
            items: items.collect(),
        },
    ))
}

/// The contact of an office, once it submitted its contacts. An office that cannot be read has none,
/// and hides no other.
async fn contact(app: &App, office: UnitId) -> Option<ContactView> {
    let office = app.unit(office).await.ok().flatten()?;
    let contact = office.contacts?.titles;
    Some(ContactView::of(&office.address?, contact))
}

/// What bars the applicant from each; nothing for a caller who acts for a unit.
async fn refusals(
    app: &App,
    caller: &Caller,
    found: &[Committee],
) -> Result<Vec<Option<Titled>>, Problem> {
    let applicant = Some(caller.person).filter(|_| caller.actor.acting == Acting::Applicant);
    let definition = app.engine().newest_definition(Kind::Review);
    let question = |committee: &Committee, facts: &Facts| -> Option<Titled> {
        let target = Target::Committee {
            committee: committee.id,
            office: committee.office,
        };
        let refusal = decide::may_choose(Kind::Review, &target, None, applicant?, facts).err()?;
        let title = title(refusal.code, definition.map(AsRef::as_ref));
        Some(Titled {
            code: refusal.code.code().to_owned(),
            title,
        })
    };
    let bars = app
        .engine()
        .consult_each(caller.actor.clone(), found, question)
        .await?;
    // One that cannot be judged is shown and cannot be chosen.
    let unreadable = || Some(Titled::from(Trouble::Corrupt));
    Ok(bars
        .into_iter()
        .map(|bar| bar.unwrap_or_else(unreadable))
        .collect())
}

fn view(
    committee: Committee,
    office: String,
    contact: Option<ContactView>,
    refusal: Option<Titled>,
) -> CommitteeView {
    CommitteeView {
        id: committee.id,
        name: committee.name,
        office: UnitView {
            unit_id: committee.office,
            name: office,
        },
        series: committee.series,
        selectable: refusal.is_none(),
        refusal,
        submit_deadline: committee.deadlines.submit,
        deadlines: committee.deadlines,
        contact,
        notice: committee.notice,
        attachments: committee
            .attachments
            .iter()
            .map(AttachmentView::from)
            .collect(),
    }
}

/// Sets up a committee
///
/// For operators of the system.
#[utoipa::path(
    post,
    path = "/committees",
    tag = "catalogue",
    request_body = CommitteeBody,
    responses((status = 201, body = AdminBody)),
)]
pub async fn post(
    State(app): State<App>,
    caller: Caller,
    asked: Asked<CommitteeBody>,
) -> Result<Saved, Problem> {
    let command = AdminCommand::CreateCommittee {
        committee: CommitteeId(app.engine().entropy().uuid(app.now())),
        name: asked.body.name.unwrap_or_default(),
        office: asked.body.office_id,
        series: asked.body.series,
    };
    administer(&app, &caller.or_operator(), command, &asked.stamp)
        .await
        .map(Saved::created)
}

/// Saves a committee's plan
///
/// It applies at once, to declarations under way too. By the office: its legal user, or an operator
/// with 评委会.
#[utoipa::path(
    put,
    path = "/committees/{id}",
    tag = "catalogue",
    params(("id" = crate::schema::Id, Path, description = "The committee")),
    request_body = PlanBody,
    responses((status = 200, body = AdminBody)),
)]
pub async fn put(
    State(app): State<App>,
    caller: Caller,
    Id(committee): Id<CommitteeId>,
    asked: Asked<PlanBody>,
) -> Result<Saved, Problem> {
    let PlanBody {
        deadlines,
        notice,
        attachments,
    } = asked.body;
    let command = AdminCommand::SavePlan {
        committee,
        deadlines,
        notice,
        attachments: rows(&app, attachments),
    };
    administer(&app, &caller, command, &asked.stamp).await
}
