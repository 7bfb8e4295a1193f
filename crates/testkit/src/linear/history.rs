use docket_domain::time::Instant;
use docket_domain::vocabulary::Tab;
use docket_domain::{Actor, Command, DeclarationId, Kind, UnitId};
use docket_engine::EventPlace;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// What clients asked and were told.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The head of the log when the first call was made: what stands below was not recorded.
    pub base: u64,
    /// Every call, a repeat of a command under the same id as a call of its own. The calls of one
    /// client stand in the order in which it made them.
    pub calls: Vec<Call>,
}

/// One request and its answer.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who asked; a client has one call under way at a time.
    pub client: u32,
    /// Which of the client's calls, from 0.
    pub sequence: u32,
    /// Which node was asked.
    pub node: u32,
    /// When it was sent, in microseconds of the clock that all clients share.
    pub called_us: u64,
    /// When the answer was there, or it was given up.
    pub answered_us: u64,
    /// What it was.
    pub what: What,
}

/// A command or a query.
#[derive(Debug, Clone)]
pub enum What {
    /// A command.
    Command {
        /// What was asked.
        asked: Arc<Asked>,
        /// What came back.
        answer: Answer,
    },
    /// A page of a unit's worklist.
    Worklist {
        /// What was asked.
        asked: List,
        /// What came back; `None` where nothing did, or 503.
        page: Option<Page>,
    },
}

/// A command as the engine was to see it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its permanent id.
    pub id: Uuid,
    /// Who asked.
    pub actor: Actor,
    /// What.
    pub command: Command,
    /// `If-Match`
    pub expected_version: Option<u64>,
}

/// What a command was answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// It is in the log.
    Accepted(Accepted),
    /// The rules refuse it, by code.
    Refused(String),
    /// The connection was lost, or the server said 503: it may stand, or come to stand, or not.
    Unknown,
}

/// An acceptance.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// Position of its last event; `None` for an item of a list action, which is not told its own.
    pub position: Option<u64>,
    /// Version of its own stream.
    pub version: u64,
    /// The events on its own stream; `None` for an item of a list action.
    pub events: Option<Vec<EventPlace>>,
    /// Whether the node said that its views have seen it.
    pub visible: bool,
}

/// What is asked of a worklist.
#[derive(Debug, Clone)]
pub struct List {
    /// The acting unit.
    pub unit: UnitId,
    /// One kind.
    pub kind: Kind,
    /// One tab.
    pub tab: Tab,
    /// Rows of the page.
    pub limit: usize,
    /// What the page must have seen.
    pub min_position: u64,
}

/// A first page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Up to where it has seen the log.
    pub position: u64,
    /// The rows in order.
    pub rows: Vec<Row>,
    /// Rows of each tab.
    pub counts: BTreeMap<Tab, u64>,
}

/// A row of a worklist, as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The declaration.
    pub declaration: DeclarationId,
    /// Its version.
    pub version: u64,
    /// The tab it stands in.
    pub tab: Tab,
    /// 申报编号
    pub number: String,
    /// 提交时间
    pub submitted_at: Instant,
    /// 办理人, masked
    pub handler: Option<String>,
}

impl History {
    /// The commands among the calls.
    pub(super) fn commands(&self) -> impl Iterator<Item = (&Call, &Arc<Asked>, &Answer)> {
        self.calls.iter().filter_map(|call| match &call.what {
            What::Command { asked, answer } => Some((call, asked, answer)),
            What::Worklist { .. } => None,
        })
    }

    /// The pages that were answered.
    pub(super) fn pages(&self) -> impl Iterator<Item = (&Call, &List, &Page)> {
        self.calls.iter().filter_map(|call| match &call.what {
            What::Worklist { asked, page } => Some((call, asked, page.as_ref()?)),
            What::Command { .. } => None,
        })
    }
}

impl Call {
    /// How a fault names it.
    pub(super) fn name(&self) -> String {
        format!(
            "call {} of client {} to node {}",
            self.sequence, self.client, self.node
        )
    }
}
