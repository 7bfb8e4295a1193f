use crate::answer::Seen;
use crate::jobs::Jobs;
use crate::problem::{Problem, Trouble};
use crate::shutdown::Shutdown;
use crate::tokens::AccessTokens;
use docket_declaration_view::Declarations;
use docket_directory::Directory;
use docket_domain::declaration::Declaration;
use docket_domain::person::Person;
use docket_domain::setting::Setting;
use docket_domain::staff::Staff;
use docket_domain::time::Instant;
use docket_domain::unit::Unit;
use docket_domain::vocabulary::Status;
use docket_domain::{CommitteeId, DeclarationId, PersonId, SettingId, State, Stream, UnitId};
use docket_engine::{Accepted, Engine, Failure, HeadWatch, Order};
use docket_handling_record::HandlingRecord;
use docket_my_declarations::MyDeclarations;
use docket_projection::{AsOf, NoPast, Past, View, Views, WaitError};
use docket_worklist::Worklist;
use docket_worklist_history::WorklistHistory;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument;

/// How long a command waits for the views before it answers `Docket-Visible: false`.
const VISIBLE_WAIT: Duration = Duration::from_millis(200);

/// The demo's clock, which can be moved forward. Nothing else has one.
#[async_trait::async_trait]
pub trait DemoClock: Send + Sync {
    /// Moves the clock by whole days, stores the offset, and answers what it shows then.
    ///
    /// # Errors
    /// What a client may read, when the offset cannot be stored.
    async fn advance(&self, days: u32) -> Result<Instant, String>;
}

/// What the HTTP interface is made of. The composition root builds it.
pub struct AppParts {
    /// Commands and confirmed states.
    pub engine: Arc<Engine>,
    /// The views, opened with the six projectors and started.
    pub views: Views,
    /// The log's head, and its incarnation.
    pub head: HeadWatch,
    /// Bearer tokens.
    pub tokens: AccessTokens,
    /// Given by `docket demo` only: with it there is `POST /api/v1/demo/clock`.
    pub demo_clock: Option<Arc<dyn DemoClock>>,
    /// Ends open streams when the server stops.
    pub shutdown: Shutdown,
}

/// The queries of each view.
pub struct Reads {
    pub directory: Directory,
    pub worklist: Worklist,
    pub history: WorklistHistory,
    pub record: HandlingRecord,
    pub declaration: Declarations,
    pub mine: MyDeclarations,
}

impl Reads {
    /// The views that follow declarations.
    pub fn of_declarations(&self) -> [&View; 4] {
        [
            self.worklist.view(),
            self.record.view(),
            self.declaration.view(),
            self.mine.view(),
        ]
    }
}

/// The state every handler has. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

pub struct Inner {
    pub parts: AppParts,
    pub reads: Reads,
    /// What operators of the system asked of this node.
    pub jobs: Jobs,
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When one of the six views is missing.
    pub fn new(parts: AppParts) -> Result<Self, docket_projection::ViewError> {
        let view = |name: &str| parts.views.view(name);
        let reads = Reads {
            directory: Directory::new(view(docket_directory::NAME)?),
            worklist: Worklist::new(view(docket_worklist::NAME)?),
            history: WorklistHistory::new(view(docket_worklist_history::NAME)?),
            record: HandlingRecord::new(view(docket_handling_record::NAME)?),
            declaration: Declarations::new(view(docket_declaration_view::NAME)?),
            mine: MyDeclarations::new(view(docket_my_declarations::NAME)?),
        };
        Ok(Self(Arc::new(Inner {
            parts,
            reads,
            jobs: Jobs::default(),
        })))
    }

    /// Commands and confirmed states.
    pub fn engine(&self) -> &Engine {
        &self.parts.engine
    }

    /// Now.
    pub fn now(&self) -> Instant {
        self.engine().clock().now()
    }

    /// How far the views are that this node builds anew, from 0 to 1.
    pub fn rebuilding(&self) -> Vec<(&'static str, f64)> {
        self.jobs.rebuilding()
    }

    /// Waits until no job runs on the views; for a server that was told to stop.
    pub async fn idle(&self) {
        self.jobs.ended().await;
    }

    /// Runs a command in a task of its own: a client that hangs up does not stop it half-way.
    pub async fn execute(&self, order: Order) -> Result<Accepted, Failure> {
        let engine = Arc::clone(&self.parts.engine);
        let execute = async move { engine.execute(order).await };
        match tokio::spawn(execute.in_current_span()).await {
            Ok(answer) => answer,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Err(Failure::Unavailable("the server stops".into())),
        }
    }

    /// Whether the views a client would look at next have seen a position, after a short wait.
    pub async fn visible(&self, views: &[&View], position: u64) -> bool {
        let waits = views.iter().map(|view| view.wait(position, VISIBLE_WAIT));
        futures::future::join_all(waits)
            .await
            .iter()
            .all(Result::is_ok)
    }

    /// Waits for the views a query reads; `stale` takes what there is.
    pub async fn fresh(
        &self,
        views: &[&View],
        min_position: u64,
        stale: bool,
    ) -> Result<Seen, Problem> {
        self.refuse_what_is_not_there(views, min_position).await?;
        let timeout = if stale {
            Duration::ZERO
        } else {
            crate::answer::BEHIND_WAIT
        };
        let mut seen = Seen {
            position: u64::MAX,
            behind: false,
        };
        for view in views {
            let position = match view.wait(min_position, timeout).await {
                Ok(position) => position,
                Err(WaitError::Behind { seen: position }) if stale => {
                    seen.behind = true;
                    position
                }
                Err(error) => return Err(error.into()),
            };
            seen.position = seen.position.min(position);
        }
        Ok(seen)
    }

    /// Finds the moment of the log that a query asks for with `as_of`.
    pub async fn past(&self, asked: AsOf) -> Result<Past, Problem> {
        let found = self.parts.views.past(asked, self.now()).await;
        found.map_err(|error| match error {
            NoPast::Future { head } => {
                Problem::field("as_of", format!("在将来：日志目前到位置 {head}"))
            }
            NoPast::BeforeTheLog => Problem::field("as_of", "早于日志的第一条记录"),
            NoPast::View(error) => error.into(),
        })
    }

    /// A declaration that nobody deleted, as far as its events can be read.
    pub async fn readable_declaration(
        &self,
        id: DeclarationId,
    ) -> Result<Option<Declaration>, Problem> {
        let stream = Stream::declaration(id);
        let state = match self.engine().state(&stream).await {
            Ok(seen) => seen.state.as_ref().clone(),
            Err(Failure::Corrupt { .. }) => self.engine().readable_part(&stream).await?.state,
            Err(other) => return Err(other.into()),
        };
        Ok(match state {
            State::Declaration(found) => found
                .map(|found| *found)
                .filter(|found| found.status != Status::Deleted),
            _ => None,
        })
    }

    /// Looks at the log itself, for queries that read confirmed states.
    pub async fn settled(&self, min_position: u64) -> Result<Seen, Problem> {
        let position = self.engine().log().head().await?.position;
        match position < min_position {
            true => Err(Problem::ahead_of_log(position)),
            false => Ok(Seen {
                position,
                behind: false,
            }),
        }
    }

    /// A position that lies behind the end of the log comes from another one, or from nowhere: to
    /// wait for it would be to wait for somebody else's event. Views that have seen it prove it.
    async fn refuse_what_is_not_there(
        &self,
        views: &[&View],
        min_position: u64,
    ) -> Result<(), Problem> {
        match views.iter().any(|view| view.seen() >= min_position) {
            true => Ok(()),
            false => self.settled(min_position).await.map(|_| ()),
        }
    }
}

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident($argument:ident: $type:ty) -> $state:ty = $stream:expr, $pattern:pat => $value:expr;)+) => {
        impl App {$(
            $(#[$doc])*
            pub async fn $name(&self, $argument: $type) -> Result<$state, Problem> {
                let seen = self.engine().state(&$stream).await?;
                match seen.state.as_ref() {
                    $pattern => Ok($value),
                    _ => Err(Trouble::Corrupt.into()),
                }
            }
        )+}
    };
}

states! {
    /// A declaration that nobody deleted.
    declaration(id: DeclarationId) -> Option<Declaration> = Stream::declaration(id),
        State::Declaration(found) => found.as_deref().filter(|found| found.status != Status::Deleted).cloned();
    /// An account.
    person(id: PersonId) -> Option<Person> = Stream::person(id),
        State::Person(found) => Some(found.as_ref().clone()).filter(|found| found.id.is_some());
    /// A unit.
    unit(id: UnitId) -> Option<Unit> = Stream::unit(id),
        State::Unit(found) => Some(found.as_ref().clone()).filter(|found| found.id.is_some());
    /// A unit's people.
    staff(id: UnitId) -> Staff = Stream::staff(id),
        State::Staff(found) => found.clone();
    /// A recognition setting.
    setting(id: SettingId) -> Option<Setting> = Stream::setting(id),
        State::Setting(found) => Some(found.as_ref().clone()).filter(|found| found.id.is_some());
    /// A committee.
    committee(id: CommitteeId) -> Option<docket_domain::committee::Committee> = Stream::committee(id),
        State::Committee(found) => Some(found.as_ref().clone()).filter(|found| found.id.is_some());
}
