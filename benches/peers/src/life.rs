use crate::aggregate::{Declaration, Drafted, Order};
use crate::view::ListRow;
use crate::{Figure, database};
use anyhow::{Result, ensure};
use cqrs_es::Query;
use cqrs_es::persist::GenericQuery;
use postgres_es::{PostgresCqrs, PostgresViewRepository, postgres_cqrs};
use sqlx::postgres::PgPoolOptions;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

pub type Views = PostgresViewRepository<ListRow, Declaration>;

/// What a caller asks of every declaration, one after the other.
#[derive(Debug, Clone, Copy)]
pub enum Phase {
    Draft,
    Submit,
    Sign,
    Approve,
    Report,
}

/// A whole life.
pub const LIFE: [Phase; 5] = [
    Phase::Draft,
    Phase::Submit,
    Phase::Sign,
    Phase::Approve,
    Phase::Report,
];
const MEASURED: [Phase; 4] = [Phase::Submit, Phase::Sign, Phase::Approve, Phase::Report];
const SCHOOL: &str = "0195a0c0-0000-7000-8000-000000000001";
const BUREAU: &str = "0195a0c0-0000-7000-8000-000000000002";
const OPERATOR: &str = "0195a0c0-0000-7000-8000-000000000003";

/// Leads declarations through their life, `callers` at a time, one phase after the other, as
/// Docket's bench does. The drafts are made before the clock starts.
pub async fn run(
    url: &str,
    view: bool,
    callers: usize,
    connections: u32,
    declarations: usize,
) -> Result<Figure> {
    database::empty(url).await?;
    let pool = PgPoolOptions::new()
        .min_connections(connections)
        .max_connections(connections)
        .connect(url)
        .await?;
    let mut queries: Vec<Box<dyn Query<Declaration>>> = Vec::new();
    if view {
        let views = Arc::new(Views::new(database::VIEW, pool.clone()));
        let mut query = GenericQuery::<Views, ListRow, Declaration>::new(views);
        query.use_error_handler(Box::new(|error| panic!("the view: {error}")));
        queries.push(Box::new(query));
    }
    let framework = Arc::new(postgres_cqrs(pool.clone(), queries, ()));
    let ids: Arc<Vec<String>> = Arc::new((0..declarations).map(|_| fresh()).collect());
    drive(&framework, &ids, callers, Phase::Draft).await?;
    database::settle(url).await?;
    let began = Instant::now();
    for phase in MEASURED {
        drive(&framework, &ids, callers, phase).await?;
    }
    let seconds = began.elapsed().as_secs_f64();
    pool.close().await;
    let held = database::held(url).await?;
    ensure!(held.events == 5 * declarations as i64, "events are missing");
    let shown = if view { declarations as i64 } else { 0 };
    ensure!(held.finished == shown, "rows of the view are missing");
    Ok(Figure {
        view,
        callers,
        pool: connections,
        commands: MEASURED.len() * declarations,
        seconds,
        row_bytes: held.row_bytes,
    })
}

/// Every caller is a task of its own, as every HTTP request is.
async fn drive(
    framework: &Arc<PostgresCqrs<Declaration>>,
    ids: &Arc<Vec<String>>,
    callers: usize,
    phase: Phase,
) -> Result<()> {
    let share = ids.len().div_ceil(callers);
    let tasks = (0..callers).map(|caller| {
        let (framework, ids) = (Arc::clone(framework), Arc::clone(ids));
        tokio::spawn(async move {
            for id in ids.iter().skip(caller * share).take(share) {
                let done = framework.execute_with_metadata(id, order(phase, id), metadata());
                done.await.map_err(|error| anyhow::anyhow!("{error}"))?;
            }
            anyhow::Ok(())
        })
    });
    for done in futures::future::try_join_all(tasks).await? {
        done?;
    }
    Ok(())
}

/// What a phase asks of a declaration.
pub fn order(phase: Phase, id: &str) -> Order {
    let at = "2026-03-02T09:00:00.000000Z".to_owned();
    let actor = OPERATOR.to_owned();
    match phase {
        Phase::Draft => Order::Draft(Drafted {
            number: format!("20260302{id}"),
            applicant: fresh(),
            kind: "review".to_owned(),
            title: "一级教师".to_owned(),
            work_unit: SCHOOL.to_owned(),
        }),
        Phase::Submit => Order::Submit { actor, at },
        Phase::Sign => Order::Sign { actor, at },
        Phase::Approve => Order::ApproveAndPublicize { actor, at },
        Phase::Report => Order::Report {
            actor,
            at,
            target: BUREAU.to_owned(),
        },
    }
}

/// Who, why and from where, as cqrs-es suggests it.
pub fn metadata() -> HashMap<String, String> {
    let pairs = [
        ("at", "2026-03-02T09:00:00.000000Z".to_owned()),
        ("correlation", fresh()),
    ];
    let pairs = pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    pairs.collect()
}

/// A new id.
pub fn fresh() -> String {
    Uuid::now_v7().to_string()
}
