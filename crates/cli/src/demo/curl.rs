//! Lines to paste into a shell once the demo answers.

use super::Credentials;
use super::cast::Cast;
use super::courses::declaration_id;
use super::fixtures;
use super::show::UNIT;
use crate::output::Output;
use docket_domain::Kind;

/// Prints ready-to-paste curl lines.
pub fn print_curl_lines(
    credentials: &Credentials,
    cast: &Cast,
    output: Output,
) -> anyhow::Result<()> {
    if output.json {
        return output.value(credentials);
    }
    let base = format!("{}/api/v1", credentials.base_url);
    let unit = cast.unit(UNIT);
    let operator = credentials.token_of("operator", Some(unit.id));
    let acting = format!(
        "-H 'Authorization: Bearer {operator}' -H 'Docket-Unit: {}'",
        unit.id
    );
    let auditor = format!(
        "-H 'Authorization: Bearer {}'",
        credentials.token_of("auditor", None)
    );
    let waiting = of_course("submitted");
    let told = of_course("long_way");
    output.line("");
    output.line(output.title(format_args!(
        "五、服务已启动 {}（Ctrl-C 停止）",
        credentials.base_url
    )));
    let lines = [
        (
            "待签收列表",
            format!("curl -s {acting} '{base}/worklist?kind=review&tab=to_sign'"),
        ),
        (
            "可办理的操作",
            format!("curl -s {acting} '{base}/declarations/{waiting}/allowed-actions'"),
        ),
        (
            "签收申报书",
            format!("curl -s -X POST {acting} '{base}/declarations/{waiting}/sign'"),
        ),
        (
            "办理记录",
            format!("curl -s {acting} '{base}/declarations/{told}/record'"),
        ),
        ("填写申报书", create_line(credentials, &base)),
        (
            "时钟前进 8 天",
            format!(
                "curl -s -X POST {auditor} -H 'Content-Type: application/json' -d '{{\"advance_days\": 8}}' '{base}/demo/clock'"
            ),
        ),
        (
            "审计回放",
            format!("curl -s {auditor} '{base}/declarations/{told}/replay?to_version=8'"),
        ),
        ("日志头", format!("curl -s '{base}/log/head'")),
    ];
    for (label, line) in lines {
        output.line("");
        output.line(output.strong(format_args!("# {label}")));
        output.line(line);
    }
    Ok(())
}

/// An applicant without a declaration begins one.
fn create_line(credentials: &Credentials, base: &str) -> String {
    let free = credentials
        .people
        .iter()
        .find_map(|person| Some((person, person.examples.as_ref()?.get(&Kind::Initial)?)));
    let Some((person, example)) = free else {
        return String::new();
    };
    let token = &person.token;
    format!(
        "curl -s -X POST -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' -d '{}' '{base}/declarations'",
        example.body
    )
}

/// The first declaration of the shown unit that took a course.
pub fn of_course(course: &str) -> docket_domain::DeclarationId {
    let rows = fixtures::declarations();
    let found = rows
        .iter()
        .enumerate()
        .find(|(_, row)| row.work_unit == UNIT && row.course == course);
    let (index, row) = found.expect("a spec reads the files in fixtures/demo");
    declaration_id(index, row)
}
