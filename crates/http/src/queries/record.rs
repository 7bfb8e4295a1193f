use crate::access::{Capacity, Readable, readable_part, viewed};
use crate::answer::{Answer, Seen};
use crate::app::App;
use crate::caller::Caller;
use crate::layers::RequestId;
use crate::params::Params;
use crate::path::Declared;
use crate::problem::Problem;
use crate::schema::{At, Id};
use axum::extract::State;
use docket_domain::Code;
use docket_domain::declaration::Declaration;
use docket_domain::time::Instant;
use docket_handling_record::{Asks, Line, Lookup, Record, render};
use serde::Serialize;
use utoipa::ToSchema;

/// 办理记录
#[derive(Debug, Serialize, ToSchema)]
pub struct HandlingRecordBody {
    /// Newest first.
    items: Vec<RecordItem>,
    /// Since when the record is behind, when its declaration cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<At>)]
    behind_since: Option<Instant>,
}

/// One row.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordItem {
    /// 序号, 1 for the newest.
    no: usize,
    /// 办理时间
    #[schema(value_type = At)]
    at: Instant,
    /// 经办人
    operator: String,
    /// 事件
    event: &'static str,
    /// 事件说明
    note: String,
    /// 待办单位/人
    pending: PendingBody,
}

/// 待办单位/人
#[derive(Debug, Serialize, ToSchema)]
pub struct PendingBody {
    /// The unit, the person, or `-`.
    who: String,
    /// 办理截止时间, on the newest row only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<At>)]
    deadline: Option<Instant>,
}

impl From<Line> for RecordItem {
    fn from(line: Line) -> Self {
        Self {
            no: line.no,
            at: line.at,
            operator: line.operator,
            event: line.event,
            note: line.note,
            pending: PendingBody {
                who: line.pending.who,
                deadline: line.pending.deadline,
            },
        }
    }
}

/// Shows a declaration's handling record
///
/// 办理记录 as the manual has it, newest first and masked. The applicant reads it without 推荐意见;
/// an auditor may ask for it unmasked, which is recorded in the security audit.
#[utoipa::path(
    get,
    path = "/declarations/{id}/record",
    tag = "declarations",
    params(
        ("id" = Id, Path, description = "The declaration"),
        ("unmasked" = Option<bool>, Query, description = "Auditors only"),
    ),
    responses((status = 200, body = HandlingRecordBody)),
)]
pub async fn record(
    State(app): State<App>,
    caller: Caller,
    Declared(id): Declared,
    request: RequestId,
    mut params: Params,
) -> Result<Answer<HandlingRecordBody>, Problem> {
    let unmasked = params.parse::<bool>("unmasked")?.unwrap_or(false);
    let seen = params
        .fresh(&app, &[app.reads.record.view(), app.reads.directory.view()])
        .await?;
    let Readable {
        declaration,
        capacity,
    } = readable_part(&app, &caller, id).await?;
    let asks = match capacity {
        Capacity::Auditor => Asks::Auditor { unmasked },
        _ if unmasked => return Err(Code::NoPermission.into()),
        Capacity::Applicant => Asks::Applicant,
        Capacity::Unit { .. } => Asks::Unit,
    };
    if unmasked {
        viewed(
            &app,
            &caller,
            request,
            "view_record_unmasked",
            &declaration.stream(),
        )
        .await?;
    }
    let record = app
        .reads
        .record
        .record(id)
        .await?
        .ok_or_else(|| Problem::behind(seen.position))?;
    let lookup = lookup(&app, &declaration, &record).await?;
    let seen = Seen {
        position: record.position,
        ..seen
    };
    let items = render(&record, &lookup, asks)
        .into_iter()
        .map(RecordItem::from)
        .collect();
    let body = HandlingRecordBody {
        items,
        behind_since: record.behind_since,
    };
    Ok(Answer::new(seen, body).at_version(record.version))
}

async fn lookup(app: &App, declaration: &Declaration, record: &Record) -> Result<Lookup, Problem> {
    let directory = &app.reads.directory;
    let deadlines = match record.committee {
        Some(committee) => directory
            .committees(&[committee])
            .await?
            .remove(&committee)
            .map(|found| found.deadlines),
        None => None,
    };
    Ok(Lookup {
        units: directory.unit_names(&record.units()).await?,
        deadlines,
        applicant: declaration
            .person
            .as_ref()
            .map(|person| person.name.clone()),
    })
}
