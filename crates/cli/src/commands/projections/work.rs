//! Rebuilding, rolling back, verifying and mending. Progress on stderr, results on stdout.

use crate::clock::SystemClock;
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::progress::{Bar, Progress};
use crate::table::Table;
use docket_engine::Clock as _;
use docket_projection::{
    Difference, Differences, Differs, Plan, Rebuild, Rebuilt, Refused, Scope, Verified, ViewError,
    Views,
};
use serde_json::json;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU64;

/// Wrong rows that are printed one by one.
const SHOWN: usize = 20;

pub async fn rebuild(
    views: &Views,
    names: &[&str],
    how: Rebuild,
    output: Output,
) -> anyhow::Result<Exit> {
    output.note(planned(views.plan(names).await?));
    let rebuilt = match rebuild_with_progress(views, names, how, output).await {
        Err(ViewError::Different(refused)) => return tell_refused(views, &refused, output).await,
        rebuilt => rebuilt?,
    };
    for view in &rebuilt {
        views.note_report(&view.report(SystemClock.now())).await?;
    }
    if output.json {
        output.value(&json!({ "rebuilt": rebuilt }))?;
    } else {
        output.table(&comparison(&rebuilt));
        for view in &rebuilt {
            print_differences(&view.rows, output);
        }
    }
    Ok(exit_of(
        rebuilt.iter().all(|view| view.differences.is_empty()),
    ))
}

/// What it will take.
fn planned(plan: Plan) -> String {
    let comparison = match plan.comparison_seconds {
        Some(seconds) => format!("{seconds} s to compare, {} s in all", plan.eta_seconds),
        None => "how long to compare was never measured".to_owned(),
    };
    format!(
        "{} events, about {} s to replay at {} events/s, {comparison}, about {} MB on the disk",
        plan.events,
        plan.replay_seconds,
        plan.rate,
        plan.bytes / 1_000_000
    )
}

/// Nothing was switched: says what differs, and keeps it.
async fn tell_refused(views: &Views, refused: &[Refused], output: Output) -> anyhow::Result<Exit> {
    for view in refused {
        views.note_report(&view.report(SystemClock.now())).await?;
        if !output.json {
            output.line(format_args!("{}：新旧不符，未切换", view.name));
            print_differences(&view.rows, output);
        }
    }
    if output.json {
        output.value(&json!({ "refused": refused }))?;
    }
    output.note(
        "nothing was switched, because old and new differ; `--gate report` switches nevertheless",
    );
    Ok(Exit::Different)
}

/// Rebuilds views while a bar shows how far it has come.
///
/// # Errors
/// As [`Views::rebuild`].
pub async fn rebuild_with_progress(
    views: &Views,
    names: &[&str],
    how: impl Into<Rebuild>,
    output: Output,
) -> Result<Vec<Rebuilt>, ViewError> {
    let bar = Bar::new(output, "rebuild");
    let tell = |progress| bar.at(progress);
    bar.during(views.rebuild(names, how, &tell)).await
}

pub async fn roll_back(views: &Views, name: &str, output: Output) -> anyhow::Result<Exit> {
    let bar = Bar::new(output, "rollback");
    let tell = |progress| bar.at(progress);
    let back = match bar.during(views.roll_back(name, &tell)).await {
        Err(error @ ViewError::NothingKept(_)) => return Err(Stop::conflict(error)),
        back => back?,
    };
    if output.json {
        output.value(&json!({ "rolled_back": back }))?;
    } else {
        output.line(format_args!(
            "{name} 已由第 {} 代回退到第 {} 代（位置 {}）；补上 {} 个位置，用时 {:.2} 秒",
            back.before, back.generation, back.position, back.behind, back.seconds
        ));
    }
    Ok(Exit::Done)
}

/// What to look at; a sample without a seed is another one each time.
pub fn scope(sample: Option<NonZeroU64>, seed: Option<u64>) -> Scope {
    match sample {
        None => Scope::All,
        Some(streams) => Scope::Sample {
            streams,
            seed: seed.unwrap_or_else(|| RandomState::new().hash_one("sample")),
        },
    }
}

pub async fn verify(
    views: &Views,
    names: &[&str],
    scope: Scope,
    output: Output,
) -> anyhow::Result<Exit> {
    if let Scope::Sample { seed, .. } = scope {
        output.note(format_args!("this sample again: --seed {seed}"));
    }
    let mut all = Vec::new();
    for name in names {
        let bar = Bar::new(output, name);
        let tell = |progress| bar.at(progress);
        let verified = bar.during(views.verify(name, scope, &tell)).await?;
        views
            .note_report(&verified.report(SystemClock.now()))
            .await?;
        if !output.json {
            print_verified(&verified, output);
        }
        all.push(verified);
    }
    if output.json {
        output.value(&json!({ "verified": all }))?;
    } else if all.iter().any(|view| !view.differences.is_empty()) {
        output.note("`docket projections repair` writes wrong rows anew");
    }
    blame_the_log(&all, output);
    Ok(exit_of(all.iter().all(Verified::is_right)))
}

pub async fn repair(views: &Views, names: &[&str], output: Output) -> anyhow::Result<Exit> {
    let mut all = Vec::new();
    for name in names {
        let bar = Bar::new(output, name);
        let tell = |progress| bar.at(progress);
        let repaired = bar.during(views.repair(name, &tell)).await?;
        views
            .note_report(&repaired.report(SystemClock.now()))
            .await?;
        if !output.json {
            print_verified(&repaired.found, output);
            output.line(format_args!(
                "{name}：{} 条流已重写，余 {} 行不符",
                repaired.streams,
                repaired.left.count()
            ));
        }
        all.push(repaired);
    }
    if output.json {
        output.value(&json!({ "repaired": all }))?;
    }
    for view in all.iter().filter(|view| view.left.more > 0) {
        output.note(format_args!(
            "so much is wrong in {0} that nothing was mended: `docket projections rebuild {0} --gate report` builds it anew",
            view.found.name
        ));
    }
    let found: Vec<Verified> = all.iter().map(|view| view.found.clone()).collect();
    blame_the_log(&found, output);
    let proven = found.iter().all(|found| found.unproven.is_empty());
    Ok(exit_of(
        proven && all.iter().all(|view| view.left.is_empty()),
    ))
}

/// Says that it is the log that is wrong, where it is: no view is to be mended from it.
fn blame_the_log(all: &[Verified], output: Output) {
    if all.iter().any(|view| !view.unproven.is_empty()) {
        output.note(
            "the log holds events that it does not prove or that cannot be read; rows of their declarations were left as they stand, which may be the last that was right: see `docket log verify`",
        );
    }
}

pub async fn retry(
    views: &Views,
    names: &[&str],
    stream: Option<&str>,
    output: Output,
) -> anyhow::Result<Exit> {
    let (mut done, mut left) = (Vec::new(), Vec::new());
    for name in names {
        let mut wanted = views.parked(name).await?;
        wanted.retain(|parked| stream.is_none_or(|stream| stream == parked.stream));
        let progress = Progress::new(output, name, wanted.len() as u64, "streams");
        for (before, parked) in (0..).zip(&wanted) {
            progress.at(before);
            let applied = views.retry(name, &parked.stream).await?;
            let list = if applied { &mut done } else { &mut left };
            list.push(json!({ "projection": name, "stream": parked.stream }));
        }
        progress.finish();
    }
    if let (Some(stream), true) = (stream, done.is_empty() && left.is_empty()) {
        return Err(Stop::usage(format_args!(
            "the stream `{stream}` is not parked; `docket projections parked` lists those that are"
        )));
    }
    if output.json {
        output.value(&json!({ "applied": done, "parked": left }))?;
    } else {
        output.line(format_args!(
            "{} 条流已补上，{} 条仍搁置",
            done.len(),
            left.len()
        ));
    }
    Ok(exit_of(left.is_empty()))
}

pub async fn drop_old(views: &Views, names: &[&str], output: Output) -> anyhow::Result<Exit> {
    let mut dropped = Vec::new();
    for name in names {
        dropped.extend(views.drop_old(name).await?);
    }
    if output.json {
        output.value(&json!({ "dropped": dropped }))?;
    } else {
        for old in &dropped {
            output.line(format_args!("{} 第 {} 代已删除", old.name, old.generation));
        }
        if dropped.is_empty() {
            output.line("没有可删除的旧代");
        }
    }
    Ok(Exit::Done)
}

/// Old and new, table by table.
pub fn comparison(rebuilt: &[Rebuilt]) -> Table {
    let mut table = Table::new([
        "读模型",
        "表",
        "行数（前）",
        "行数（后）",
        "校验和（前）",
        "校验和（后）",
        "一致",
    ])
    .right(2)
    .right(3);
    for view in rebuilt {
        for (old, new) in view.old.iter().zip(&view.new) {
            let short = |checksum: &str| checksum.chars().take(16).collect::<String>();
            let same = if old == new { "是" } else { "否" };
            table.row([
                view.name.clone(),
                old.table.clone(),
                old.rows.to_string(),
                new.rows.to_string(),
                short(&old.checksum),
                short(&new.checksum),
                same.to_owned(),
            ]);
        }
    }
    table
}

fn print_verified(verified: &Verified, output: Output) {
    output.line(format_args!(
        "{} 第 {} 代：{} 条流、{} 行，{} 行不符，{} 条流搁置，用时 {:.1} 秒",
        verified.name,
        verified.generation,
        verified.streams,
        verified.rows,
        verified.differences.count(),
        verified.parked,
        verified.seconds
    ));
    for event in verified.unproven.iter().take(SHOWN) {
        output.line(format_args!(
            "  日志位置 {} 的事件不可信（{}），未核对其各行：{}",
            event.position, event.stream, event.what
        ));
    }
    let more = verified.unproven.len().saturating_sub(SHOWN);
    if more > 0 {
        output.line(format_args!("  另有 {more} 个事件不可信；--json 全部列出"));
    }
    print_differences(&verified.differences, output);
}

fn print_differences(differences: &Differences, output: Output) {
    for row in differences.rows.iter().take(SHOWN) {
        output.line(format_args!("  {}", difference(row)));
    }
    let more = differences.count().saturating_sub(SHOWN as u64);
    if more > 0 {
        output.line(format_args!("  另有 {more} 行；--json 列出前一千行"));
    }
}

/// A wrong row in words: where and in what, never what it holds.
fn difference(row: &Difference) -> String {
    let Difference {
        table,
        owner,
        what,
        columns,
    } = row;
    match what {
        Differs::Missing => format!("{table}：缺 {owner} 的一行"),
        Differs::Extra => format!("{table}：多出 {owner} 的一行"),
        Differs::Changed => {
            format!("{table}：{owner} 的一行在 {} 上不符", columns.join("、"))
        }
    }
}

fn exit_of(right: bool) -> Exit {
    match right {
        true => Exit::Done,
        false => Exit::Different,
    }
}
