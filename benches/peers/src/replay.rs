//! A view filled anew by `QueryReplay`, which is all there is for that.

use crate::aggregate::{Declaration, Happened};
use crate::life::{LIFE, Views, fresh, metadata, order};
use crate::view::ListRow;
use crate::{aggregate::Order, database};
use anyhow::{Result, ensure};
use cqrs_es::persist::{GenericQuery, QueryReplay};
use cqrs_es::{Aggregate, DomainEvent};
use postgres_es::PostgresEventRepository;
use serde::Serialize;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use std::sync::Arc;
use std::time::Instant;

/// The pool that postgres-es opens by itself.
const CONNECTIONS: u32 = 10;

/// A measured replay.
#[derive(Serialize)]
pub struct Replayed {
    events: usize,
    seconds: f64,
}

/// Stores whole lives of declarations and replays them into the view.
pub async fn run(url: &str, events: usize) -> Result<Replayed> {
    let pool = PgPoolOptions::new()
        .min_connections(CONNECTIONS)
        .max_connections(CONNECTIONS)
        .connect(url)
        .await?;
    let declarations = events.div_ceil(LIFE.len());
    for _ in 0..declarations {
        seed(&pool).await?;
    }
    database::settle(url).await?;
    let views = Arc::new(Views::new(database::VIEW, pool.clone()));
    let mut query = GenericQuery::<Views, ListRow, Declaration>::new(views);
    query.use_error_handler(Box::new(|error| panic!("the view: {error}")));
    let repository = PostgresEventRepository::new(pool.clone());
    let replay: QueryReplay<_, _, Declaration> = QueryReplay::new(repository, query);
    let began = Instant::now();
    replay
        .replay_all()
        .await
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let seconds = began.elapsed().as_secs_f64();
    pool.close().await;
    let held = database::held(url).await?;
    ensure!(
        held.finished == declarations as i64,
        "rows of the view are missing"
    );
    Ok(Replayed {
        events: declarations * LIFE.len(),
        seconds,
    })
}

/// One life as the framework would have stored it.
async fn seed(pool: &PgPool) -> Result<()> {
    let (id, mut declaration) = (fresh(), Declaration::default());
    for (nth, phase) in LIFE.into_iter().enumerate() {
        let happened = declaration.happen(order(phase, &id))?;
        sqlx::query("INSERT INTO events VALUES ($1, $2, $3, $4, $5, $6, $7)")
            .bind(Declaration::TYPE)
            .bind(&id)
            .bind(nth as i64 + 1)
            .bind(happened.event_type())
            .bind(happened.event_version())
            .bind(serde_json::to_value(&happened)?)
            .bind(serde_json::to_value(metadata())?)
            .execute(pool)
            .await?;
    }
    Ok(())
}

impl Declaration {
    fn happen(&mut self, order: Order) -> Result<Happened> {
        let happened = self.decide(order)?;
        self.apply(happened.clone());
        Ok(happened)
    }
}
