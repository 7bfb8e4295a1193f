//! What is tried out.

use super::pair::{Pair, Side};
use super::{Probed, SILENT, Verdict, WITHIN, told};
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;
use tokio_postgres::Error;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::Type;

/// A lock that no node takes.
const LOCK: &str = "docket database check";
const POOLER: &str = "what stands between (a pooler in transaction mode?) does not keep a session; \
     connect past it, or set it to session mode";
/// How long a notice may take.
const HEARD: Duration = Duration::from_secs(2);

pub(super) async fn all(pair: &Pair) -> Vec<Probed> {
    vec![
        limited("session", POOLER, session(pair)).await,
        limited("session_settings", POOLER, settings(pair)).await,
        limited("advisory_locks", POOLER, locks(pair)).await,
        limited("prepared_statements", POOLER, prepared(&pair.one)).await,
        limited("listen", POLLED, listen(pair)).await,
        limited("schemas_and_copy", MADE, schemas(&pair.one)).await,
    ]
}

const POLLED: &str = "Docket works by polling, and other nodes see a command a quarter of a second \
     later; connect past the pooler to be told at once";
const MADE: &str = "read models are loaded so: the role must be able to make a schema and a table, \
     and to COPY into it in the binary format";

/// What went well says what was found; what did not says it too, and what to do is the same.
type Tried = Result<Result<String, String>, Error>;

async fn limited(check: &'static str, advice: &str, tried: impl Future<Output = Tried>) -> Probed {
    // Without being listened to everything works.
    let otherwise = match check {
        "listen" => Verdict::Warning,
        _ => Verdict::Wrong,
    };
    match timeout(WITHIN, tried).await {
        Ok(Ok(Ok(found))) => Probed::fine(check, found),
        Ok(Ok(Err(found))) => Probed::new(check, otherwise, found, advice),
        Ok(Err(error)) => Probed::new(check, otherwise, told(&error), advice),
        Err(_) => Probed::new(check, otherwise, SILENT, advice),
    }
}

/// One process of the server for all statements of a connection.
async fn session(pair: &Pair) -> Tried {
    let mut seen = Vec::new();
    for side in [&pair.one, &pair.other, &pair.one, &pair.other] {
        let row = side
            .client
            .query_one("SELECT pg_backend_pid()", &[])
            .await?;
        seen.push(row.try_get::<_, i32>(0)?);
    }
    Ok(
        match seen[0] == seen[2] && seen[1] == seen[3] && seen[0] != seen[1] {
            true => Ok("each connection is a session of its own".to_owned()),
            false => Err("statements of one connection run in several sessions".to_owned()),
        },
    )
}

/// The settings of the start are in force.
async fn settings(pair: &Pair) -> Tried {
    let mut other = Vec::new();
    for (name, value) in pair.session.settings() {
        // As the server writes it: 4321ms, UTC, off.
        let asked = "SELECT current_setting($1) = $2 OR current_setting($1) = $2 || 'ms'";
        let row = pair.one.client.query_one(asked, &[&name, &value]).await?;
        if !row.try_get::<_, bool>(0)? {
            other.push(name.to_owned());
        }
    }
    let limit = "SELECT count(*) FROM pg_catalog.pg_settings \
         WHERE name = 'transaction_timeout' AND setting <> '0'";
    let row = pair.one.client.query_one(limit, &[]).await?;
    if row.try_get::<_, i64>(0)? > 0 {
        other.push("transaction_timeout".to_owned());
    }
    Ok(match other.is_empty() {
        true => Ok("as asked when connecting".to_owned()),
        false => Err(format!("not as asked: {}", other.join(", "))),
    })
}

/// A lock of one session keeps another out, for as long as the session likes.
async fn locks(pair: &Pair) -> Tried {
    let try_lock = format!("SELECT pg_try_advisory_lock(hashtextextended('{LOCK}', 0))");
    let unlock = format!("SELECT pg_advisory_unlock(hashtextextended('{LOCK}', 0))");
    let ask = async |side: &Side, sql: &str| -> Result<bool, Error> {
        side.client.query_one(sql, &[]).await?.try_get(0)
    };
    if !ask(&pair.one, &try_lock).await? {
        return Ok(Err("another check holds the lock; try again".to_owned()));
    }
    let theirs = ask(&pair.other, &try_lock).await?;
    if theirs {
        ask(&pair.other, &unlock).await?;
    }
    let ours = ask(&pair.one, &unlock).await?;
    Ok(match ours && !theirs {
        true => Ok("held by a session, and free after it".to_owned()),
        false => Err("a lock does not stay with its connection".to_owned()),
    })
}

/// A statement stays prepared over transactions.
async fn prepared(side: &Side) -> Tried {
    let statement = side.client.prepare("SELECT $1::bigint + 1").await?;
    for number in [1_i64, 2] {
        side.client.batch_execute("BEGIN").await?;
        let row = side.client.query_one(&statement, &[&number]).await;
        side.client.batch_execute("ROLLBACK").await?;
        if row?.try_get::<_, i64>(0)? != number + 1 {
            return Ok(Err("it answered wrongly".to_owned()));
        }
    }
    Ok(Ok("they stay over transactions".to_owned()))
}

/// What one session says another hears.
async fn listen(pair: &Pair) -> Tried {
    pair.one.client.batch_execute("LISTEN docket_check").await?;
    let mut heard = pair.one.heard.lock().await;
    while heard.try_recv().is_ok() {}
    pair.other
        .client
        .batch_execute("NOTIFY docket_check, 'heard'")
        .await?;
    let notice = timeout(HEARD, heard.recv()).await;
    pair.one
        .client
        .batch_execute("UNLISTEN docket_check")
        .await?;
    Ok(match notice {
        Ok(Some(_)) => Ok("heard at once".to_owned()),
        _ => Err("nothing was heard within 2 s".to_owned()),
    })
}

/// A schema, a table, rows in the binary format, an index: all in a transaction that is taken back.
async fn schemas(side: &Side) -> Tried {
    let client = &side.client;
    client.batch_execute("BEGIN").await?;
    let done = make(side).await;
    client.batch_execute("ROLLBACK").await?;
    Ok(match done? {
        2 => Ok("made, loaded and taken back".to_owned()),
        rows => Err(format!("of 2 rows {rows} came")),
    })
}

async fn make(side: &Side) -> Result<i64, Error> {
    let client = &side.client;
    client
        .batch_execute(
            "CREATE SCHEMA docket_check; \
             CREATE TABLE docket_check.rows (id bigint, name text COLLATE \"C\")",
        )
        .await?;
    let sink = client
        .copy_in("COPY docket_check.rows FROM STDIN (FORMAT binary, FREEZE)")
        .await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &[Type::INT8, Type::TEXT]));
    for (id, name) in [(1_i64, "职称"), (2, "申报")] {
        writer.as_mut().write(&[&id, &name]).await?;
    }
    writer.finish().await?;
    client
        .batch_execute("ALTER TABLE docket_check.rows ADD PRIMARY KEY (id)")
        .await?;
    let rows = "SELECT count(*) FROM docket_check.rows WHERE name > 'a'";
    client.query_one(rows, &[]).await?.try_get(0)
}
