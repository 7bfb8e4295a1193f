//! What `docket demo` prints before it serves.

use super::cast::Cast;
use super::curl::of_course;
use crate::commands::projections::{comparison, rebuild_with_progress};
use crate::commands::replay;
use crate::history::{History, Masks};
use crate::output::Output;
use crate::table::Table;
use docket_directory::Directory;
use docket_domain::Kind;
use docket_domain::vocabulary::Tab;
use docket_engine::Engine;
use docket_handling_record::{Asks, HandlingRecord, Lookup, render};
use docket_projection::{Gate, Views};
use docket_worklist::{Filter, From, Item, Page, Question, Worklist};
use serde_json::{Map, Value, json};

/// The unit whose list is shown.
pub const UNIT: &str = "qiming";
const PAGE_ROWS: u32 = 12;
/// The course whose record looks as in the manual, and the one that is replayed.
const RECORD: &str = "publicizing";
const REPLAY: &str = "long_way";

/// Prints the show: worklist, handling record, replay, rebuild. As JSON it is one object.
///
/// # Errors
/// When a view or the log cannot be read, or a rebuild finds a difference.
pub async fn show(
    engine: &Engine,
    views: &Views,
    cast: &Cast,
    output: Output,
) -> anyhow::Result<()> {
    let directory = Directory::new(views.view(docket_directory::NAME)?);
    let mut stage = Stage {
        engine,
        views,
        directory,
        output,
        values: Map::new(),
    };
    stage.worklist(cast).await?;
    stage.record().await?;
    stage.replay().await?;
    stage.rebuild().await?;
    if output.json {
        output.value(&stage.values)
    } else {
        Ok(())
    }
}

struct Stage<'a> {
    engine: &'a Engine,
    views: &'a Views,
    directory: Directory,
    output: Output,
    /// The parts as JSON.
    values: Map<String, Value>,
}

impl Stage<'_> {
    async fn worklist(&mut self, cast: &Cast) -> anyhow::Result<()> {
        let unit = cast.unit(UNIT);
        let worklist = Worklist::new(self.views.view(docket_worklist::NAME)?);
        let filter = Filter {
            kinds: vec![Kind::Review],
            tab: Tab::All,
            ..Filter::default()
        };
        let question = Question {
            unit: unit.id,
            filter,
            from: From::Page(1),
            limit: PAGE_ROWS,
        };
        let page = worklist.page(&question).await?;
        let counts: Map<String, Value> = page
            .counts
            .iter()
            .map(|(tab, count)| (tab.code().to_owned(), count.into()))
            .collect();
        let (tabs, total) = (self.tabs(&page), page.total);
        let mut rows = Vec::new();
        for (index, item) in page.items.into_iter().enumerate() {
            rows.push(self.row(index, item.masked()).await?);
        }
        let value = json!({ "unit": { "id": unit.id, "name": unit.row.name }, "kind": Kind::Review, "counts": counts, "rows": rows, "total": total });
        self.values.insert("worklist".to_owned(), value);
        let mut table = Table::new([
            "序号",
            "状态",
            "申报编号",
            "姓名",
            "手机号",
            "申报职称",
            "提交时间",
            "审核截止时间",
            "办理人",
        ])
        .right(0);
        rows.into_iter().for_each(|row| table.row(row));
        self.heading(&format!("一、{} · 评审资格审核", unit.row.name));
        self.text(self.output.strong(tabs));
        self.text("");
        self.table(&table);
        self.text(self.output.faint(format_args!(
            "第 1-{} 条/总共 {total} 条",
            total.min(PAGE_ROWS.into())
        )));
        Ok(())
    }

    fn tabs(&self, page: &Page) -> String {
        let definition = self.engine.newest_definition(Kind::Review);
        let label =
            |tab: Tab| definition.map_or(tab.code(), |definition| definition.tab_label(tab));
        let tabs: Vec<String> = page
            .counts
            .iter()
            .map(|(tab, count)| format!("{} {count}", label(tab)))
            .collect();
        tabs.join(" · ")
    }

    async fn row(&self, index: usize, item: Item) -> anyhow::Result<[String; 9]> {
        let committee = item.deadline.committee;
        let plans = self.directory.committees(committee.as_slice()).await?;
        let plan = committee
            .and_then(|id| plans.get(&id))
            .map(|found| found.deadlines)
            .unwrap_or_default();
        let state = self
            .engine
            .newest_definition(item.kind)
            .map_or(item.state.code(), |definition| {
                definition.state_label(item.state)
            });
        Ok([
            (index + 1).to_string(),
            state.to_owned(),
            item.number,
            item.applicant.unwrap_or_default(),
            item.phone.unwrap_or_default(),
            format!("{}_{}", item.series, item.title),
            item.submitted_at.to_string(),
            item.deadline
                .in_force(&plan)
                .map(|at| at.to_string())
                .unwrap_or_default(),
            item.handler
                .and_then(|handler| handler.name)
                .unwrap_or_default(),
        ])
    }

    async fn record(&mut self) -> anyhow::Result<()> {
        let records = HandlingRecord::new(self.views.view(docket_handling_record::NAME)?);
        let id = of_course(RECORD);
        let Some(record) = records.record(id).await? else {
            anyhow::bail!("the demo's declaration {id} has no record")
        };
        let plans = self
            .directory
            .committees(record.committee.as_slice())
            .await?;
        let lookup = Lookup {
            units: self.directory.unit_names(&record.units()).await?,
            deadlines: record
                .committee
                .and_then(|id| plans.get(&id))
                .map(|found| found.deadlines),
            applicant: None,
        };
        let mut table = Table::new([
            "序号",
            "办理时间",
            "经办人",
            "事件",
            "事件说明",
            "待办单位/人",
        ])
        .right(0);
        let mut items = Vec::new();
        for line in render(&record, &lookup, Asks::Unit) {
            let pending = line.pending.to_string();
            items.push(json!({ "no": line.no, "at": line.at, "operator": line.operator, "event": line.event, "note": line.note, "pending": pending }));
            table.row([
                line.no.to_string(),
                line.at.to_string(),
                line.operator,
                line.event.to_owned(),
                line.note,
                pending,
            ]);
        }
        self.values.insert(
            "record".to_owned(),
            json!({ "declaration_id": id, "items": items }),
        );
        self.heading("二、办理记录");
        self.table(&table);
        Ok(())
    }

    async fn replay(&mut self) -> anyhow::Result<()> {
        let history = History::read(self.engine, of_course(REPLAY), None, Masks::On).await?;
        self.values
            .insert("replay".to_owned(), serde_json::to_value(&history)?);
        self.heading("三、逐步回放");
        if !self.output.json {
            replay::print_steps(&history, self.output);
        }
        Ok(())
    }

    async fn rebuild(&mut self) -> anyhow::Result<()> {
        let rebuilt =
            rebuild_with_progress(self.views, &self.views.names(), Gate::Strict, self.output)
                .await?;
        self.values
            .insert("rebuild".to_owned(), serde_json::to_value(&rebuilt)?);
        self.heading("四、重建全部读模型");
        self.table(&comparison(&rebuilt));
        let Some(first) = rebuilt.first() else {
            return Ok(());
        };
        let rate = (first.events as f64 / first.seconds.max(0.001)) as u64;
        self.text(
            self.output
                .faint(format_args!("{} 个事件；重建前后逐行一致", first.events)),
        );
        self.output.note(format_args!(
            "rebuilt {} events in {:.2} s, {rate} a second",
            first.events, first.seconds
        ));
        Ok(())
    }

    fn heading(&self, text: &str) {
        self.text("");
        self.text(self.output.title(text));
        self.text("");
    }

    fn table(&self, table: &Table) {
        if !self.output.json {
            self.output.table(table);
        }
    }

    fn text(&self, text: impl std::fmt::Display) {
        if !self.output.json {
            self.output.line(text);
        }
    }
}
