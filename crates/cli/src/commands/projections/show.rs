//! Looking at the read models. Nothing is fed, built or removed.

use crate::exit::Exit;
use crate::output::Output;
use crate::table::Table;
use docket_projection::{Info, Parked, Plan, Report, ReportKind, TableSum, Unbuilt, Views};
use serde_json::{Value, json};

/// Letters of a fingerprint that tell it from others.
const FINGERPRINT: usize = 12;

pub async fn list(views: &Views, output: Output) -> anyhow::Result<Exit> {
    let (list, unbuilt) = (views.list().await?, views.unbuilt().await?);
    if output.json {
        output.value(&json!({ "projections": list, "unbuilt": unbuilt }))?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(["名称", "代", "保留", "行数", "位置", "落后", "搁置", "指纹"])
        .right(1)
        .right(2)
        .right(3)
        .right(4)
        .right(5)
        .right(6);
    for info in list {
        table.row([
            info.name,
            info.generation.to_string(),
            info.kept.map_or_else(String::new, |kept| kept.to_string()),
            info.rows.to_string(),
            info.checkpoint.to_string(),
            info.lag.to_string(),
            info.parked.to_string(),
            short(&info.fingerprint),
        ]);
    }
    output.table(&table);
    for view in &unbuilt {
        print_unbuilt(view, output);
    }
    Ok(Exit::Done)
}

pub async fn status(views: &Views, names: &[&str], output: Output) -> anyhow::Result<Exit> {
    let (list, unbuilt) = (views.list().await?, views.unbuilt().await?);
    let unbuilt: Vec<&Unbuilt> = unbuilt
        .iter()
        .filter(|view| names.contains(&view.name.as_str()))
        .collect();
    let mut values = Vec::new();
    for info in list
        .iter()
        .filter(|info| names.contains(&info.name.as_str()))
    {
        let sums = views.sums(&info.name).await?;
        let parked = views.parked(&info.name).await?;
        if output.json {
            let parked: Vec<Value> = parked.iter().map(parked_value).collect();
            values.push(json!({ "projection": info, "tables": sums, "parked": parked }));
        } else {
            print_status(info, &sums, &parked, output);
        }
    }
    if output.json {
        output.value(&json!({ "projections": values, "unbuilt": unbuilt }))?;
    } else {
        unbuilt
            .into_iter()
            .for_each(|view| print_unbuilt(view, output));
    }
    Ok(Exit::Done)
}

pub async fn plan(views: &Views, names: &[&str], output: Output) -> anyhow::Result<Exit> {
    let plan = views.plan(names).await?;
    if output.json {
        output.value(&json!({ "projections": names, "plan": plan }))?;
        return Ok(Exit::Done);
    }
    output.line(format_args!("{}：{}", names.join("、"), planned(plan)));
    Ok(Exit::Done)
}

/// What a rebuild would take, in parts and as a whole.
fn planned(plan: Plan) -> String {
    let basis = if plan.measured {
        "上次实测"
    } else {
        "估计"
    };
    let comparison = match plan.comparison_seconds {
        Some(seconds) => format!(
            "新旧比对约 {seconds} 秒（上次实测），合计约 {} 秒",
            plan.eta_seconds
        ),
        None => "新旧比对用时尚无实测".to_owned(),
    };
    format!(
        "{} 个事件，每秒约 {} 个（{basis}），重放约 {} 秒；{comparison}；另占磁盘约 {}",
        plan.events,
        plan.rate,
        plan.replay_seconds,
        megabytes(plan.bytes),
    )
}

pub async fn parked(views: &Views, names: &[&str], output: Output) -> anyhow::Result<Exit> {
    let built: Vec<String> = views
        .list()
        .await?
        .into_iter()
        .map(|info| info.name)
        .collect();
    let mut values = Vec::new();
    let mut table = Table::new(["读模型", "流", "版本", "位置", "自", "原因"])
        .right(2)
        .right(3);
    for name in names {
        if !built.iter().any(|built| built == name) {
            continue;
        }
        for one in views.parked(name).await? {
            values.push(json!({ "projection": name, "parked": parked_value(&one) }));
            table.row([
                (*name).to_owned(),
                one.stream,
                one.version.to_string(),
                one.position.to_string(),
                one.since.to_string(),
                one.error,
            ]);
        }
    }
    if output.json {
        output.value(&json!({ "parked": values }))?;
    } else if values.is_empty() {
        output.line("没有搁置的流");
    } else {
        output.table(&table);
    }
    Ok(Exit::Done)
}

fn print_status(info: &Info, sums: &[TableSum], parked: &[Parked], output: Output) {
    let Info {
        name,
        generation,
        checkpoint,
        lag,
        container,
        ..
    } = info;
    output.line(output.strong(format_args!(
        "{name} 第 {generation} 代，位置 {checkpoint}（落后 {lag}），{container}"
    )));
    output.line(format_args!("指纹 {}", info.fingerprint));
    if info.rate > 0 {
        output.line(format_args!("建立时每秒 {} 个位置", info.rate));
    }
    if let Some(since) = info.behind_since {
        output.line(format_args!("自 {since} 起落后"));
    }
    if let Some(stopped) = &info.stopped {
        output.line(format_args!("停止：{stopped}"));
    }
    if let Some(kept) = info.kept {
        output.line(format_args!("保留第 {kept} 代，可回退"));
    }
    for other in &info.others {
        output.line(format_args!(
            "其他版本的第 {} 代，指纹 {}",
            other.generation,
            short(&other.fingerprint)
        ));
    }
    for report in &info.reports {
        report_lines(report)
            .into_iter()
            .for_each(|line| output.line(line));
    }
    let mut table = Table::new(["表", "行数", "校验和"]).right(1);
    for sum in sums {
        table.row([
            sum.table.clone(),
            sum.rows.to_string(),
            sum.checksum.clone(),
        ]);
    }
    output.table(&table);
    for one in parked {
        output.line(format_args!(
            "搁置 {} 版本 {}（位置 {}，自 {}）：{}",
            one.stream, one.version, one.position, one.since, one.error
        ));
    }
    output.line("");
}

fn print_unbuilt(view: &Unbuilt, output: Output) {
    output.line(output.strong(format_args!(
        "{} 尚未按本版本的定义建立（指纹 {}）；下次启动时建立",
        view.name,
        short(&view.fingerprint)
    )));
    for other in &view.others {
        output.line(format_args!(
            "其他版本的第 {} 代，指纹 {}",
            other.generation,
            short(&other.fingerprint)
        ));
    }
}

/// What a report says: a line, and one for each column that differs, is new or is gone.
fn report_lines(report: &Report) -> Vec<String> {
    let differ = report.differences();
    let what = match report.kind {
        ReportKind::Verify => format!("校验：{differ} 行不符"),
        ReportKind::Rebuild => format!("重建：{differ} 行与前一代不同"),
        ReportKind::Change => format!("定义已变：{differ} 行不同"),
    };
    let head = format!("{}（第 {} 代）{what}", report.at, report.generation);
    let found = ["/differences/columns", "/rows/columns"];
    let columns = found.iter().find_map(|path| {
        let columns = report.report.pointer(path)?.as_object()?;
        let lines = columns.iter();
        Some(lines.map(|(column, rows)| format!("    {column}：{rows} 行")))
    });
    let tables = report.report.get("tables").and_then(Value::as_array);
    let tables = tables.into_iter().flatten().map(|table| {
        let text = |name: &str| table[name].as_str().unwrap_or_default().to_owned();
        let names = |name: &str| {
            let names = table[name].as_array().into_iter().flatten();
            let names: Vec<&str> = names.filter_map(Value::as_str).collect();
            names.join("、")
        };
        let (added, removed) = (names("added"), names("removed"));
        format!("    {}：新列 {added}；去列 {removed}", text("table"))
    });
    [head]
        .into_iter()
        .chain(columns.into_iter().flatten())
        .chain(tables)
        .collect()
}

fn parked_value(one: &Parked) -> Value {
    json!({
        "stream": one.stream,
        "version": one.version,
        "position": one.position,
        "since": one.since,
        "error": one.error,
    })
}

fn short(fingerprint: &str) -> String {
    fingerprint.chars().take(FINGERPRINT).collect()
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
