use crate::access::member_or_operator;
use crate::answer::{AdminBody, Answer};
use crate::app::App;
use crate::body::Asked;
use crate::caller::Caller;
use crate::command::{Saved, administer};
use crate::params::Params;
use crate::path::Id;
use crate::problem::Problem;
use axum::extract::State;
use docket_domain::UnitId;
use docket_domain::administration::AdminCommand;
use docket_domain::unit::Profile;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// 单位基础信息
#[derive(Debug, Serialize, ToSchema)]
pub struct ProfileView {
    #[schema(value_type = crate::schema::Id)]
    unit_id: UnitId,
    /// 单位名称
    name: String,
    /// 统一社会信用代码
    credit_code: String,
    /// Whether the profile was completed.
    ready: bool,
    /// 是否启用签收功能
    sign_off: bool,
    /// 职称发证权限
    issuing_authority: bool,
    /// The profile as submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ProfileBody>)]
    profile: Option<Profile>,
}

/// 单位基础信息 as the unit fills it in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileBody {
    /// 单位名称
    #[schema(value_type = String, max_length = 50)]
    name: Option<String>,
    /// 统一社会信用代码
    #[schema(value_type = String, example = "91500112MA5000001U")]
    credit_code: Option<String>,
    /// 注册地
    #[schema(value_type = String)]
    registered_in: Option<String>,
    /// 参保地
    #[schema(value_type = String)]
    insured_in: Option<String>,
    /// 单位性质
    #[schema(value_type = String)]
    nature: Option<String>,
    /// 是否为乡镇基层单位
    grassroots: bool,
    /// 专家业务里的主管部门
    #[schema(value_type = String)]
    expert_supervisor: Option<String>,
    /// 留学回国人员业务里的主管部门
    #[schema(value_type = String)]
    returnee_supervisor: Option<String>,
    /// 所属产业："33618"现代制造业集群
    #[serde(default)]
    manufacturing_clusters: Vec<String>,
    /// 所属产业："416"科技战略布局
    #[serde(default)]
    science_layout: Vec<String>,
    /// 是否启用签收功能
    sign_off: bool,
}

impl ProfileBody {
    fn split(self) -> (Profile, bool) {
        let profile = Profile {
            name: self.name.unwrap_or_default(),
            credit_code: self.credit_code.unwrap_or_default(),
            registered_in: self.registered_in.unwrap_or_default(),
            insured_in: self.insured_in.unwrap_or_default(),
            nature: self.nature.unwrap_or_default(),
            grassroots: self.grassroots,
            expert_supervisor: self.expert_supervisor.unwrap_or_default(),
            returnee_supervisor: self.returnee_supervisor.unwrap_or_default(),
            manufacturing_clusters: self.manufacturing_clusters,
            science_layout: self.science_layout,
        };
        (profile, self.sign_off)
    }
}

/// Shows a unit's profile
#[utoipa::path(
    get,
    path = "/units/{id}/profile",
    tag = "units",
    params(("id" = crate::schema::Id, Path, description = "The unit")),
    responses((status = 200, body = ProfileView)),
)]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Id(unit): Id<UnitId>,
    params: Params,
) -> Result<Answer<ProfileView>, Problem> {
    let seen = params.settled(&app).await?;
    member_or_operator(&app, &caller, unit).await?;
    let found = app.unit(unit).await?.ok_or_else(Problem::nothing_here)?;
    let body = ProfileView {
        unit_id: unit,
        ready: found.is_ready(),
        name: found.name,
        credit_code: found.credit_code,
        sign_off: found.sign_off,
        issuing_authority: found.issuing_authority,
        profile: found.profile,
    };
    Ok(Answer::new(seen, body))
}

/// Submits a unit's profile
///
/// 单位基础信息 › 提交. The first time makes the unit ready; switching 签收 off signs what is pending.
#[utoipa::path(
    put,
    path = "/units/{id}/profile",
    tag = "units",
    params(("id" = crate::schema::Id, Path, description = "The unit")),
    request_body = ProfileBody,
    responses((status = 200, body = AdminBody)),
)]
pub async fn put(
    State(app): State<App>,
    caller: Caller,
    Id(unit): Id<UnitId>,
    asked: Asked<ProfileBody>,
) -> Result<Saved, Problem> {
    let (profile, sign_off) = asked.body.split();
    administer(
        &app,
        &caller,
        AdminCommand::SaveProfile {
            unit,
            profile,
            sign_off,
        },
        &asked.stamp,
    )
    .await
}
