use super::arrays::{add, arrays};
use super::pool::{CLOSE, limited};
use super::server::{CHANNEL, Role, Server};
use super::texts::Texts;
use super::{cells, schemas, select};
use crate::container::Result;
use crate::error::ViewError;
use crate::table::Table;
use crate::value::{Row, Value};
use docket_postgres::{Wanted, is_lost, welcome};
use sea_query::{
    DeleteStatement, InsertStatement, PostgresQueryBuilder, SelectStatement, UpdateStatement,
};
use sea_query_sqlx::{SqlxBinder, SqlxValues};
use sqlx::postgres::PgArguments;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer of the registry may take, whose tables are small.
const REGISTRY: Duration = Duration::from_secs(5);
/// The same of what feeds a generation or takes its number: longer than the server lets a statement
/// run or wait for a lock.
const ANSWER: Duration = Duration::from_secs(12);
/// The same of what begins a transaction, which waits 2 seconds for a lock at most.
const BEGIN: Duration = Duration::from_secs(5);
/// The same of what makes an index of a large table.
const PATIENT: Duration = Duration::from_secs(3_600);

/// A connection that writes. It is made when it is first needed, and anew after it was lost.
pub(crate) struct Writer {
    server: Arc<Server>,
    role: Role,
    connection: Option<PgConnection>,
    closed: bool,
    /// How long an answer may take; then nobody is there.
    limit: Duration,
    /// What a transaction begins with.
    begin: &'static str,
    /// Whether a transaction may be open: a caller that is dropped half-way leaves it so.
    begun: bool,
    /// View and number of the generation whose readers are woken.
    tell: Option<String>,
    texts: HashMap<&'static str, Arc<Texts>>,
    /// Generations that this session says are in use.
    uses: BTreeSet<(String, u32)>,
}

impl Writer {
    /// For the batches of a generation. The log has it all, so that commits need not wait for the
    /// disk; what a crash takes is fed again, and `has_come_to` keeps readers away meanwhile.
    pub(crate) fn feeding(server: &Arc<Server>, schema: &str, tell: String) -> Writer {
        Writer {
            tell: Some(tell),
            ..Writer::new(server, Role::Feed(schema.to_owned()), "BEGIN")
        }
    }

    pub(super) fn new(server: &Arc<Server>, role: Role, begin: &'static str) -> Writer {
        let limit = match role {
            Role::Desk => REGISTRY,
            _ => ANSWER,
        };
        Writer {
            server: Arc::clone(server),
            limit,
            role,
            connection: None,
            closed: false,
            begin,
            begun: false,
            tell: None,
            texts: HashMap::new(),
            uses: BTreeSet::new(),
        }
    }

    /// Waits longer from now on, for what takes its time.
    pub(super) fn be_patient(&mut self) {
        self.limit = PATIENT;
    }

    pub(super) async fn connection(&mut self) -> Result<&mut PgConnection> {
        if self.closed {
            return Err(ViewError::Unavailable("the view is closed".to_owned()));
        }
        if self.connection.is_none() {
            let limit = CONNECT.max(self.server.connect_within());
            let connected = limited(limit, self.connect()).await?;
            self.begun = false;
            self.connection = Some(connected);
        }
        Ok(self.connection.as_mut().expect("it was just made"))
    }

    async fn connect(&self) -> sqlx::Result<PgConnection> {
        let mut connected = self.server.session(&self.role).connect().await?;
        welcome(&mut connected, Wanted::Primary).await?;
        for (name, number) in &self.uses {
            schemas::enter(&mut connected, name, *number).await?;
        }
        Ok(connected)
    }

    pub(crate) async fn close(&mut self) {
        self.closed = true;
        if let Some(connection) = self.connection.take()
            && let Err(error) = limited(CLOSE, connection.close()).await
        {
            tracing::debug!(%error, "a connection was closed already");
        }
    }

    /// Lets go of a connection that is of no use any more.
    fn checked<T>(&mut self, result: sqlx::Result<T>) -> Result<T> {
        result.map_err(|error| {
            if is_lost(&error) {
                self.connection = None;
            }
            error.into()
        })
    }

    /// Runs statements without parameters in one go; answers the rows that they touched.
    pub(super) async fn raw(&mut self, sql: String) -> Result<u64> {
        self.raw_within(self.limit, sql).await
    }

    async fn raw_within(&mut self, limit: Duration, sql: String) -> Result<u64> {
        let connection = self.connection().await?;
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection);
        let done = limited(limit, done).await;
        Ok(self.checked(done)?.rows_affected())
    }

    pub(crate) async fn begin(&mut self) -> Result<()> {
        self.start(self.begin.to_owned()).await.map(|_| ())
    }

    pub(crate) async fn begin_with(&mut self, statement: &UpdateStatement) -> Result<u64> {
        let update = statement.to_string(PostgresQueryBuilder);
        self.start(format!("{}; {update}", self.begin)).await
    }

    /// A connection that was lost while it was idle is made anew.
    async fn start(&mut self, sql: String) -> Result<u64> {
        if self.begun {
            self.roll_back().await;
        }
        let stood = self.connection.is_some();
        self.begun = true;
        let limit = match self.role {
            Role::Build => self.limit,
            _ => BEGIN,
        };
        let started = self.raw_within(limit, sql.clone()).await;
        let started = match started {
            Err(ViewError::Unavailable(_)) if stood && self.connection.is_none() => {
                self.raw_within(limit, sql).await
            }
            other => other,
        };
        self.begun = true;
        started
    }

    pub(crate) async fn commit(&mut self) -> Result<()> {
        self.raw("COMMIT".to_owned()).await?;
        self.begun = false;
        Ok(())
    }

    /// The notice wakes; what it says is read again by whoever it wakes.
    pub(crate) async fn commit_at(&mut self, position: u64) -> Result<()> {
        let Some(tell) = &self.tell else {
            return self.commit().await;
        };
        let notify = format!("NOTIFY {CHANNEL}, '{tell} {position}'; COMMIT");
        self.raw(notify).await?;
        self.begun = false;
        Ok(())
    }

    pub(crate) async fn roll_back(&mut self) {
        self.begun = false;
        if self.connection.is_some()
            && let Err(error) = self.raw("ROLLBACK".to_owned()).await
        {
            tracing::debug!(%error, "nothing was rolled back");
            self.connection = None;
        }
    }

    pub(crate) async fn run_insert(&mut self, statement: &InsertStatement) -> Result<u64> {
        self.run(statement.build_sqlx(PostgresQueryBuilder)).await
    }

    pub(crate) async fn run_update(&mut self, statement: &UpdateStatement) -> Result<u64> {
        self.run(statement.build_sqlx(PostgresQueryBuilder)).await
    }

    pub(crate) async fn run_delete(&mut self, statement: &DeleteStatement) -> Result<u64> {
        self.run(statement.build_sqlx(PostgresQueryBuilder)).await
    }

    async fn run(&mut self, (sql, values): (String, SqlxValues)) -> Result<u64> {
        let limit = self.limit;
        let connection = self.connection().await?;
        let done = sqlx::query_with(AssertSqlSafe(sql), values).execute(connection);
        let done = limited(limit, done).await;
        Ok(self.checked(done)?.rows_affected())
    }

    pub(crate) async fn is_free(&mut self, name: &str, number: u32) -> Result<bool> {
        let limit = self.limit;
        let free = schemas::is_free(self.connection().await?, name, number);
        let free = limited(limit, free).await;
        self.checked(free)
    }

    pub(crate) async fn hold(&mut self, name: &str, number: u32) -> Result<()> {
        let limit = self.limit;
        let held = schemas::hold(self.connection().await?, name, number);
        let held = limited(limit, held).await;
        self.checked(held)
    }

    pub(crate) async fn enter(&mut self, name: &str, number: u32) -> Result<()> {
        if self.uses.contains(&(name.to_owned(), number)) {
            return Ok(());
        }
        let limit = self.limit;
        let entered = schemas::enter(self.connection().await?, name, number);
        let entered = limited(limit, entered).await;
        self.checked(entered)?;
        self.uses.insert((name.to_owned(), number));
        Ok(())
    }

    pub(crate) async fn leave(&mut self, name: &str, number: u32) -> Result<()> {
        if self.uses.remove(&(name.to_owned(), number)) {
            let limit = self.limit;
            let left = schemas::leave(self.connection().await?, name, number);
            let left = limited(limit, left).await;
            self.checked(left)?;
        }
        Ok(())
    }

    pub(crate) async fn select(&mut self, statement: &SelectStatement) -> Result<Vec<Row>> {
        let limit = self.limit;
        let connection = self.connection().await?;
        let rows = limited(limit, select(connection, statement)).await;
        self.checked(rows)
    }

    pub(crate) async fn standing(&mut self, table: &Table, owners: &[Value]) -> Result<Vec<Row>> {
        let mut arguments = PgArguments::default();
        add(&mut arguments, table.owner().kind, owners.to_vec())?;
        let texts = self.texts(table);
        let limit = self.limit;
        let connection = self.connection().await?;
        let rows = sqlx::query_with(AssertSqlSafe(Arc::clone(&texts.standing)), arguments)
            .fetch_all(connection);
        let rows = limited(limit, rows)
            .await
            .and_then(|rows| rows.iter().map(cells).collect());
        self.checked(rows)
    }

    pub(crate) async fn upsert(&mut self, table: &Table, rows: Vec<Row>) -> Result<()> {
        let arguments = arrays(&table.columns, rows.into_iter())?;
        let texts = self.texts(table);
        self.write(&texts.upsert, arguments).await
    }

    pub(crate) async fn delete(&mut self, table: &Table, keys: &[&[Value]]) -> Result<()> {
        let keys = keys.iter().map(|key| key.to_vec());
        let arguments = arrays(&table.columns[..table.key], keys)?;
        let texts = self.texts(table);
        self.write(&texts.delete, arguments).await
    }

    pub(crate) async fn add_counts(
        &mut self,
        table: &Table,
        counts: BTreeMap<Vec<Value>, i64>,
    ) -> Result<()> {
        let rows = counts.into_iter().map(|(mut key, by)| {
            key.push(Value::Int(by));
            key
        });
        let arguments = arrays(&table.count_columns(), rows)?;
        let texts = self.texts(table);
        self.write(&texts.counts, arguments).await
    }

    async fn write(&mut self, sql: &Arc<str>, arguments: PgArguments) -> Result<()> {
        let limit = self.limit;
        let connection = self.connection().await?;
        let done = sqlx::query_with(AssertSqlSafe(Arc::clone(sql)), arguments).execute(connection);
        let done = limited(limit, done).await;
        self.checked(done).map(|_| ())
    }

    fn texts(&mut self, table: &Table) -> Arc<Texts> {
        let texts = self.texts.entry(table.name);
        Arc::clone(texts.or_insert_with(|| Arc::new(Texts::of(table))))
    }
}
