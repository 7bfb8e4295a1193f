use crate::access::viewed;
use crate::app::App;
use crate::caller::Caller;
use crate::layers::RequestId;
use crate::params::Params;
use crate::problem::{Problem, Trouble};
use crate::queries::worklist::{filtered, whole};
use crate::queries::worklist_rows::WorklistItem;
use crate::schema::{KindCode, TabCode};
use axum::extract::State;
use axum::http::{HeaderName, header};
use docket_domain::Stream;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// Rows of one workbook at most.
const ROWS_MAX: u64 = 10_000;
const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// The columns of the list (§5.1), with their width in characters.
const COLUMNS: [(&str, f64); 18] = [
    ("序号", 6.0),
    ("状态", 10.0),
    ("申报编号", 16.0),
    ("姓名", 10.0),
    ("手机号", 14.0),
    ("证件号码", 22.0),
    ("人员类别", 16.0),
    ("现工作单位", 28.0),
    ("评审委员会/受理单位", 28.0),
    ("专业组", 16.0),
    ("申报系列", 18.0),
    ("申报职称", 18.0),
    ("申报职称专业", 16.0),
    ("专业方向", 16.0),
    ("申请类别", 12.0),
    ("提交时间", 20.0),
    ("审核截止时间", 20.0),
    ("办理人", 12.0),
];

/// Exports the list as a workbook
///
/// The rows of the current filter, masked as in the list. Every cell is text, so that no number
/// loses a digit and nothing typed becomes a formula.
#[utoipa::path(
    get,
    path = "/worklist/export.xlsx",
    tag = "documents",
    params(
        ("kind" = Option<KindCode>, Query, description = "One kind; all the caller has a menu for otherwise"),
        ("tab" = Option<TabCode>, Query, description = "`all` if not given"),
        ("number" = Option<String>, Query, description = "申报编号, from the beginning"),
        ("work_unit" = Option<String>, Query, description = "现工作单位, any part of its name"),
        ("submitted_from" = Option<crate::schema::Date>, Query, description = "Inclusive, Asia/Shanghai"),
        ("submitted_to" = Option<crate::schema::Date>, Query, description = "Inclusive, Asia/Shanghai"),
    ),
    responses((status = 200, description = "The workbook, at most 10,000 rows", content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")),
)]
pub async fn export(
    State(app): State<App>,
    caller: Caller,
    request: RequestId,
    mut params: Params,
) -> Result<([(HeaderName, &'static str); 3], Vec<u8>), Problem> {
    let wanted = filtered(&mut params)?;
    let views = [app.reads.worklist.view(), app.reads.directory.view()];
    params.fresh(&app, &views).await?;
    let (unit, items) = whole(&app, &caller, wanted, ROWS_MAX).await?;
    let items =
        items.ok_or_else(|| Problem::field("tab", "超过10000行，请缩小筛选范围后再导出"))?;
    viewed(
        &app,
        &caller,
        request,
        "export_worklist",
        &Stream::unit(unit),
    )
    .await?;
    let made = tokio::task::spawn_blocking(move || workbook(&items)).await;
    let bytes = made
        .map_err(|_| Problem::from(Trouble::Internal))?
        .map_err(|_| Problem::from(Trouble::Internal))?;
    let headers = [
        (header::CONTENT_TYPE, MEDIA_TYPE),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"worklist.xlsx\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes))
}

fn workbook(items: &[WorklistItem]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("申报书")?;
    let bold = Format::new().set_bold();
    for (column, (title, width)) in (0..).zip(COLUMNS) {
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(0, column, title, &bold)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    for (row, item) in (1..).zip(items) {
        for (column, text) in (0..).zip(cells(row, item)) {
            sheet.write_string(row, column, text)?;
        }
    }
    workbook.save_to_buffer()
}

/// The cells of a row; `-` where there is nothing.
fn cells(number: u32, item: &WorklistItem) -> [String; 18] {
    let or_dash = |text: Option<&String>| {
        text.filter(|text| !text.is_empty())
            .map_or("-".to_owned(), String::clone)
    };
    let at = |instant: Option<docket_domain::time::Instant>| {
        instant.map_or("-".to_owned(), |at| at.to_string())
    };
    [
        number.to_string(),
        item.status_label.clone(),
        item.number.clone(),
        or_dash(item.applicant.as_ref()),
        or_dash(item.phone.as_ref()),
        or_dash(item.id_number.as_ref()),
        or_dash(item.person_category.as_ref()),
        item.work_unit.clone(),
        or_dash(item.committee.as_ref().or(item.accepting_unit.as_ref())),
        or_dash(item.specialty_group.as_ref()),
        item.series.clone(),
        item.title.clone(),
        or_dash(item.specialty.as_ref()),
        or_dash(item.direction.as_ref()),
        or_dash(item.application_type.as_ref()),
        at(Some(item.submitted_at)),
        at(item.review_deadline),
        or_dash(
            item.handler
                .as_ref()
                .and_then(|handler| handler.name.as_ref()),
        ),
    ]
}
