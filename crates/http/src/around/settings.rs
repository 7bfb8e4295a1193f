use crate::answer::{AdminBody, Answer, Titled};
use crate::app::App;
use crate::around::contacts::{AddressBody, ContactView};
use crate::around::requirement::{RequirementBody, rows};
use crate::body::Asked;
use crate::caller::Caller;
use crate::command::{Saved, administer};
use crate::params::Params;
use crate::path::Id;
use crate::problem::{Problem, Trouble};
use crate::refused::title;
use crate::schema::{KindCode, LevelCode};
use crate::state_view::{AttachmentView, UnitView};
use axum::extract::State;
use docket_directory::Setting;
use docket_domain::administration::{AdminCommand, SettingForm};
use docket_domain::catalogue::Level;
use docket_domain::declaration::{Target, decide};
use docket_domain::unit::{Address, Contact};
use docket_domain::{Acting, Facts, Kind, SettingId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The recognition settings.
#[derive(Debug, Serialize, ToSchema)]
pub struct Settings {
    /// By accepting unit and kind.
    items: Vec<SettingView>,
}

/// 认定申报设置 as an applicant chooses it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettingView {
    /// What `target_id` names.
    #[schema(value_type = crate::schema::Id)]
    id: SettingId,
    /// 受理单位
    unit: UnitView,
    /// 业务类型
    #[schema(value_type = KindCode)]
    kind: Kind,
    /// 启用状态
    enabled: bool,
    /// Whether the caller may choose it now.
    selectable: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Titled>,
    /// 联系地址
    #[schema(value_type = AddressBody)]
    address: Address,
    /// Whom to ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<ContactView>,
    /// 申报须知
    notice: String,
    /// 附件要求
    attachments: Vec<AttachmentView>,
    /// The highest level of a title that 初定 takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LevelCode>)]
    max_level: Option<Level>,
}

/// The form 职称认定申报设置.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingBody {
    /// 业务类型: initial or confirmation.
    #[schema(value_type = KindCode)]
    kind: Kind,
    /// 启用状态
    enabled: bool,
    /// 联系地址
    #[serde(default)]
    #[schema(required = true)]
    address: AddressBody,
    /// 联系人
    #[schema(value_type = String, max_length = 50)]
    person: Option<String>,
    /// 联系电话
    #[schema(value_type = String, max_length = 50)]
    phone: Option<String>,
    /// 电子邮箱
    email: Option<String>,
    /// 申报须知
    #[schema(value_type = String, max_length = 1000)]
    notice: Option<String>,
    /// 附件要求
    #[serde(default)]
    attachments: Vec<RequirementBody>,
    /// The highest level of a title that 初定 takes, 中级 unless said; 确认 has none.
    #[schema(value_type = Option<LevelCode>)]
    max_level: Option<Level>,
}

/// Lists the recognition settings a declaration can be made to
///
/// With what bars the caller from choosing each.
#[utoipa::path(
    get,
    path = "/recognition-settings",
    tag = "catalogue",
    params(
        ("kind" = Option<KindCode>, Query, description = "initial or confirmation"),
        ("series" = Option<String>, Query, description = "The series of the title chosen"),
        ("title" = Option<String>, Query, description = "The title chosen: a setting that does not go so high is not selectable"),
    ),
    responses((status = 200, body = Settings)),
)]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Answer<Settings>, Problem> {
    let kind = params.read("kind", Kind::parse)?;
    let (series, title) = (params.text("series"), params.text("title"));
    let seen = params.fresh(&app, &[app.reads.directory.view()]).await?;
    let found = app.reads.directory.all_settings(kind).await?;
    let units: Vec<_> = found.iter().map(|setting| setting.unit).collect();
    let units = app.reads.directory.unit_names(&units).await?;
    let level = match (series, title) {
        (Some(series), Some(title)) => level_of(&app, &series, &title).await?,
        _ => None,
    };
    let refusals = refusals(&app, &caller, &found, level).await?;
    let contacts = contacts(&app, &found).await;
    let items =
        found
            .into_iter()
            .zip(contacts)
            .zip(refusals)
            .map(|((setting, contact), refusal)| SettingView {
                id: setting.id,
                unit: UnitView {
                    unit_id: setting.unit,
                    name: units.get(&setting.unit).cloned().unwrap_or_default(),
                },
                kind: setting.kind,
                enabled: setting.enabled,
                selectable: refusal.is_none(),
                refusal,
                address: setting.address,
                contact,
                notice: setting.notice,
                attachments: setting
                    .attachments
                    .iter()
                    .map(AttachmentView::from)
                    .collect(),
                max_level: setting.max_level,
            });
    Ok(Answer::new(
        seen,
        Settings {
            items: items.collect(),
        },
    ))
}

/// Whom to ask about each setting: not in the view, which holds no personal data.
/// One that cannot be read has no contact, and hides no other.
async fn contacts(app: &App, found: &[Setting]) -> Vec<Option<ContactView>> {
    let mut contacts = Vec::with_capacity(found.len());
    for setting in found {
        let read = app.setting(setting.id).await.ok().flatten();
        let contact = read.and_then(|setting| setting.contact);
        contacts.push(contact.map(|contact| ContactView::of(&setting.address, contact)));
    }
    contacts
}

/// The level of a title in the table.
async fn level_of(app: &App, series: &str, title: &str) -> Result<Option<Level>, Problem> {
    let table = app.reads.directory.series().await?;
    let named = table.iter().find(|known| known.name == series);
    let entry = named.and_then(|series| series.titles.iter().find(|entry| entry.title == title));
    Ok(entry.map(|entry| entry.level))
}

/// What bars the applicant from each; nothing for a caller who acts for a unit.
async fn refusals(
    app: &App,
    caller: &Caller,
    found: &[Setting],
    level: Option<Level>,
) -> Result<Vec<Option<Titled>>, Problem> {
    let applicant = Some(caller.person).filter(|_| caller.actor.acting == Acting::Applicant);
    let question = |setting: &Setting, facts: &Facts| -> Option<Titled> {
        let target = Target::Setting {
            setting: setting.id,
            unit: setting.unit,
        };
        let refusal = decide::may_choose(setting.kind, &target, level, applicant?, facts).err()?;
        let definition = app.engine().newest_definition(setting.kind);
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

/// Makes a recognition setting
///
/// 认定申报设置 › 新增: by a unit with 职称发证权限, one per kind.
#[utoipa::path(
    post,
    path = "/recognition-settings",
    tag = "catalogue",
    request_body = SettingBody,
    responses((status = 201, body = AdminBody)),
)]
pub async fn post(
    State(app): State<App>,
    caller: Caller,
    asked: Asked<SettingBody>,
) -> Result<Saved, Problem> {
    let setting = SettingId(app.engine().entropy().uuid(app.now()));
    let form = form(&app, &caller, setting, asked.body)?;
    let command = AdminCommand::SaveSetting(Box::new(form));
    administer(&app, &caller, command, &asked.stamp)
        .await
        .map(Saved::created)
}

/// Saves a recognition setting
///
/// 认定申报设置 › 保存
#[utoipa::path(
    put,
    path = "/recognition-settings/{id}",
    tag = "catalogue",
    params(("id" = crate::schema::Id, Path, description = "The setting")),
    request_body = SettingBody,
    responses((status = 200, body = AdminBody)),
)]
pub async fn put(
    State(app): State<App>,
    caller: Caller,
    Id(setting): Id<SettingId>,
    asked: Asked<SettingBody>,
) -> Result<Saved, Problem> {
    app.setting(setting)
        .await?
        .ok_or_else(Problem::nothing_here)?;
    let form = form(&app, &caller, setting, asked.body)?;
    administer(
        &app,
        &caller,
        AdminCommand::SaveSetting(Box::new(form)),
        &asked.stamp,
    )
    .await
}

fn form(
    app: &App,
    caller: &Caller,
    setting: SettingId,
    body: SettingBody,
) -> Result<SettingForm, Problem> {
    Ok(SettingForm {
        setting,
        unit: caller.unit()?,
        kind: body.kind,
        enabled: body.enabled,
        address: body.address.into(),
        contact: Contact {
            person: body.person.unwrap_or_default(),
            phone: body.phone.unwrap_or_default(),
            email: body.email,
        },
        notice: body.notice.unwrap_or_default(),
        attachments: rows(app, body.attachments),
        max_level: body.max_level,
    })
}
