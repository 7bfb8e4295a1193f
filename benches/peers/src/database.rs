use anyhow::{Result, ensure};
use sqlx::{Connection, PgConnection};

/// The table of postgres-es's views.
pub const VIEW: &str = "declaration_view";

/// The schema that postgres-es documents (its db/init.sql), word for word but for the name of the
/// view and the snapshots, which are not used here.
const SCHEMA: &str = "
CREATE TABLE events
(
    aggregate_type text                         NOT NULL,
    aggregate_id   text                         NOT NULL,
    sequence       bigint CHECK (sequence >= 0) NOT NULL,
    event_type     text                         NOT NULL,
    event_version  text                         NOT NULL,
    payload        json                         NOT NULL,
    metadata       json                         NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
);
CREATE TABLE declaration_view
(
    view_id text                        NOT NULL,
    version bigint CHECK (version >= 0) NOT NULL,
    payload json                        NOT NULL,
    PRIMARY KEY (view_id)
);";

/// Makes the tables, and refuses a server that does not write through.
pub async fn lay_out(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    for setting in ["fsync", "synchronous_commit"] {
        let value: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(&mut connection)
            .await?;
        ensure!(
            value == "on",
            "{setting} is {value}: nothing is measured without it"
        );
    }
    sqlx::raw_sql(SCHEMA).execute(&mut connection).await?;
    Ok(())
}

/// Empties the tables, so that every run begins alike.
pub async fn empty(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql("TRUNCATE events, declaration_view")
        .execute(&mut connection)
        .await?;
    Ok(())
}

/// What a server does by itself after a while, done before the clock starts.
pub async fn settle(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    for statement in ["VACUUM (ANALYZE)", "CHECKPOINT"] {
        sqlx::query(statement).execute(&mut connection).await?;
    }
    Ok(())
}

/// What the tables hold after a run.
pub struct Held {
    /// Events.
    pub events: i64,
    /// Rows of the view that show the last state.
    pub finished: i64,
    /// Mean length of payload and metadata, without the drafts.
    pub row_bytes: f64,
}

/// Looks what a run left.
pub async fn held(url: &str) -> Result<Held> {
    let mut connection = PgConnection::connect(url).await?;
    let (events, row_bytes): (i64, f64) = sqlx::query_as(
        "SELECT count(*), avg(octet_length(payload::text) + octet_length(metadata::text)
                              + octet_length(aggregate_id) + octet_length(event_type))
                          FILTER (WHERE sequence > 1)::double precision
         FROM events",
    )
    .fetch_one(&mut connection)
    .await?;
    let finished: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM declaration_view WHERE payload ->> 'state' = 'reported'",
    )
    .fetch_one(&mut connection)
    .await?;
    Ok(Held {
        events,
        finished,
        row_bytes,
    })
}
