use crate::Happened;
use crate::query::{Entry, Operator, Pending as After, Record};
use docket_domain::committee::Deadlines;
use docket_domain::person::LEGAL_USER;
use docket_domain::time::Instant;
use docket_domain::{PersonId, UnitId, mask};
use std::collections::BTreeMap;
use std::fmt;

const NOTHING: &str = "无";
const NOBODY: &str = "-";
const APPLICANT: &str = "申报人";
const SYSTEM: &str = "系统";
const SIGNED_AUTOMATICALLY: &str = "未启用签收功能，系统默认签收";

/// Who reads the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// 申报人, who sees no 推荐意见.
    Applicant,
    /// A unit with a step.
    Unit,
    /// An auditor.
    Auditor {
        /// Whether names are shown as they are.
        unmasked: bool,
    },
}

/// What is looked up when the record is read.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    /// Names of the units in [`Record::units`].
    pub units: BTreeMap<UnitId, String>,
    /// The plan of [`Record::committee`] as it stands now.
    pub deadlines: Option<Deadlines>,
    /// The applicant's name, for a draft: the view keeps none before the first submission.
    pub applicant: Option<String>,
}

/// One row as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// 序号, 1 for the newest.
    pub no: usize,
    /// 办理时间
    pub at: Instant,
    /// 经办人
    pub operator: String,
    /// 事件
    pub event: &'static str,
    /// 事件说明
    pub note: String,
    /// 待办单位/人
    pub pending: Pending,
}

/// 待办单位/人; written with the deadline in parentheses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The unit, the person, or '-'.
    pub who: String,
    /// 办理截止时间, on the newest row only.
    pub deadline: Option<Instant>,
}

impl fmt::Display for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.deadline {
            Some(deadline) => write!(f, "{} (办理截止时间:{deadline})", self.who),
            None => f.write_str(&self.who),
        }
    }
}

/// The table of the record, newest first.
pub fn render(record: &Record, lookup: &Lookup, asks: Asks) -> Vec<Line> {
    let page = Page {
        record,
        lookup,
        asks,
    };
    record
        .entries
        .iter()
        .enumerate()
        .map(|(at, entry)| page.line(at, entry))
        .collect()
}

struct Page<'a> {
    record: &'a Record,
    lookup: &'a Lookup,
    asks: Asks,
}

impl Page<'_> {
    fn line(&self, at: usize, entry: &Entry) -> Line {
        Line {
            no: at + 1,
            at: entry.at,
            operator: match entry.operator {
                Operator::System => SYSTEM.to_owned(),
                Operator::LegalUser => LEGAL_USER.to_owned(),
                Operator::Person(person) => self.name(person),
            },
            event: entry.happened.label(),
            note: self.note(entry),
            pending: self.pending(entry, at == 0),
        }
    }

    fn note(&self, entry: &Entry) -> String {
        let text = |label: &str| {
            entry
                .text
                .as_deref()
                .filter(|text| !text.is_empty())
                .map(|text| format!("{label}：{text}"))
        };
        let parts: Vec<Option<String>> = match entry.happened {
            Happened::SignedAutomatically => vec![Some(SIGNED_AUTOMATICALLY.to_owned())],
            Happened::Reported => vec![
                entry
                    .unit
                    .map(|unit| format!("报送至：{}", self.unit(unit))),
                entry
                    .publicity
                    .map(|days| format!("公示时间：{} 至 {}", days.start, days.end)),
                text("推荐意见").filter(|_| self.asks != Asks::Applicant),
            ],
            Happened::Withdrawn => vec![
                entry
                    .unit
                    .map(|unit| format!("原报送单位：{}", self.unit(unit))),
            ],
            Happened::Returned => {
                let to = entry
                    .unit
                    .map_or_else(|| APPLICANT.to_owned(), |unit| self.unit(unit));
                vec![Some(format!("退回到：{to}")), text("退回原因")]
            }
            Happened::Terminated => vec![text("终止原因")],
            Happened::HandlerChanged => vec![Some(self.change(entry))],
            Happened::Approved => vec![text("审核意见")],
            Happened::Passed | Happened::Failed => {
                vec![
                    Some(format!("评审结论：{}", entry.happened.label())),
                    text("评审意见"),
                ]
            }
            _ => Vec::new(),
        };
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() {
            NOTHING.to_owned()
        } else {
            parts.join("；")
        }
    }

    fn change(&self, entry: &Entry) -> String {
        let before = entry
            .handler_before
            .map_or_else(|| NOBODY.to_owned(), |person| self.name(person));
        let after = match entry.pending {
            After::Handler(_, person) => self.name(person),
            _ => NOBODY.to_owned(),
        };
        format!("由 {before} 变更为 {after}")
    }

    fn pending(&self, entry: &Entry, newest: bool) -> Pending {
        let who = match entry.pending {
            After::Nobody => NOBODY.to_owned(),
            After::Applicant => self.name(self.record.applicant),
            After::Unit(unit) => self.unit(unit),
            After::Handler(_, person) => self.name(person),
            After::Certificate(unit) => format!("{} (待发证)", self.unit(unit)),
        };
        let deadline = if newest { self.deadline() } else { None };
        Pending { who, deadline }
    }

    /// The deadline in force for the open step (A12), under the plan as it stands now.
    fn deadline(&self) -> Option<Instant> {
        let (step, extended) = self.record.open.as_ref()?;
        self.record.committee?;
        self.lookup.deadlines?.in_force(*step, extended)
    }

    fn unit(&self, unit: UnitId) -> String {
        self.lookup
            .units
            .get(&unit)
            .cloned()
            .unwrap_or_else(|| NOBODY.to_owned())
    }

    fn name(&self, person: PersonId) -> String {
        let own = self
            .lookup
            .applicant
            .as_ref()
            .filter(|_| person == self.record.applicant);
        let name = self
            .record
            .names
            .get(&person)
            .or(own)
            .map_or("", String::as_str);
        match self.asks {
            _ if name == LEGAL_USER => name.to_owned(),
            Asks::Auditor { unmasked: true } => name.to_owned(),
            _ => mask::name(name),
        }
    }
}
