//! What the server says of itself.

use super::pair::Pair;
use super::{Probed, Verdict};
use crate::defaults::{self, defaults};
use tokio_postgres::{Error, Row};

/// PostgreSQL 14 is the oldest that is tested against.
const VERSION_MIN: i32 = 140_000;
/// Connections that one node holds at most (docs/operations.md).
const NODE_CONNECTIONS: i64 = 40;
/// Clocks that differ more surprise people; a command that is older than the second is decided anew.
const SKEW_MS_MAX: i64 = 1_000;
const SKEW_MS_WRONG: i64 = 10_000;

const FACTS: &str = "SELECT current_setting('server_version_num')::integer AS version, \
     current_setting('server_encoding') AS encoding, \
     (SELECT datcollate::text FROM pg_catalog.pg_database WHERE datname = current_database()) AS collation, \
     current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes, \
     current_setting('synchronous_commit') AS synchronous_commit, \
     current_setting('TimeZone') AS time_zone, \
     current_setting('log_statement') AS log_statement, \
     current_setting('max_connections')::bigint \
       - current_setting('superuser_reserved_connections')::bigint AS connections, \
     (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend') AS used, \
     has_database_privilege(current_database(), 'CREATE') AS may_create, \
     format('GRANT CREATE ON DATABASE %I TO %I', current_database(), current_user) AS remedy, \
     current_user::text AS role, \
     (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now";

pub(super) async fn look(pair: &Pair, now_micros: impl Fn() -> i64) -> Result<Vec<Probed>, Error> {
    let before = now_micros();
    let row = pair.one.client.query_one(FACTS, &[]).await?;
    let here = before.midpoint(now_micros());
    let mut probed = shape(&row)?;
    probed.extend(durability(&row)?);
    let server: i64 = row.try_get("now")?;
    probed.push(clock((server - here) / 1_000));
    probed.push(connections(
        row.try_get("connections")?,
        row.try_get("used")?,
    ));
    let remedy: String = row.try_get("remedy")?;
    probed.push(Probed::unless(
        row.try_get("may_create")?,
        Verdict::Wrong,
        "create_privilege",
        format!("the role {}", row.try_get::<_, String>("role")?),
        &format!("read models lie in schemas of their own; as the database's owner: {remedy}"),
    ));
    probed.push(defaults_of(&defaults(&pair.one.client).await?));
    Ok(probed)
}

fn shape(row: &Row) -> Result<Vec<Probed>, Error> {
    let version: i32 = row.try_get("version")?;
    let encoding: String = row.try_get("encoding")?;
    let collation: String = row.try_get("collation")?;
    let zone: String = row.try_get("time_zone")?;
    let log: String = row.try_get("log_statement")?;
    Ok(vec![
        Probed::unless(
            version >= VERSION_MIN,
            Verdict::Wrong,
            "server_version",
            format!("{}.{}", version / 10_000, version % 10_000),
            "PostgreSQL 14 or newer is needed",
        ),
        Probed::unless(
            encoding == "UTF8",
            Verdict::Wrong,
            "encoding",
            encoding,
            "make the database anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
        ),
        // Whatever is sorted names its collation, so that any will do.
        Probed::fine("collation", format!("{collation}; Docket sorts by bytes")),
        Probed::unless(
            zone == "UTC",
            Verdict::Wrong,
            "time_zone",
            zone,
            "what stands between lets no session set its time zone; connect past it",
        ),
        Probed::unless(
            log == "none" || log == "ddl",
            Verdict::Warning,
            "statement_log",
            log,
            "the server writes rows, and with them names, to its own log; ALTER SYSTEM SET \
             log_statement = 'ddl'",
        ),
    ])
}

fn durability(row: &Row) -> Result<Vec<Probed>, Error> {
    let mut probed = Vec::new();
    for (setting, verdict, advice) in [
        (
            "fsync",
            Verdict::Wrong,
            "a crash of the machine loses or damages the log; ALTER SYSTEM SET fsync = on",
        ),
        (
            "full_page_writes",
            Verdict::Wrong,
            "a crash of the machine can damage pages; ALTER SYSTEM SET full_page_writes = on",
        ),
        (
            "synchronous_commit",
            Verdict::Warning,
            "Docket's log insists on it for itself; other programs here may lose commits",
        ),
    ] {
        let value: String = row.try_get(setting)?;
        let right = value != "off";
        probed.push(Probed::unless(right, verdict, setting, value, advice));
    }
    Ok(probed)
}

fn clock(skew_ms: i64) -> Probed {
    let verdict = match skew_ms.abs() {
        skew_ms if skew_ms > SKEW_MS_WRONG => Verdict::Wrong,
        skew_ms if skew_ms > SKEW_MS_MAX => Verdict::Warning,
        _ => Verdict::Fine,
    };
    let advice = "set both machines by one time server; deadlines follow the node's clock";
    let found = format!("{skew_ms} ms ahead of this machine");
    Probed::new("clock", verdict, found, advice)
}

fn connections(open: i64, used: i64) -> Probed {
    let verdict = match open - used {
        _ if open < NODE_CONNECTIONS => Verdict::Wrong,
        free if free < NODE_CONNECTIONS => Verdict::Warning,
        _ => Verdict::Fine,
    };
    let found = format!("{used} of {open} used, a node takes up to {NODE_CONNECTIONS}");
    let advice = "raise max_connections, or run fewer nodes";
    Probed::new("connections", verdict, found, advice)
}

fn defaults_of(defaults: &[String]) -> Probed {
    let found = match defaults.is_empty() {
        true => "none that concerns Docket".to_owned(),
        false => defaults.join(", "),
    };
    Probed::unless(
        defaults.is_empty(),
        Verdict::Warning,
        "role_settings",
        found,
        defaults::ADVICE,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_may_differ_by_a_second_and_a_node_must_find_its_connections() {
        assert_eq!(clock(-1_000).verdict, Verdict::Fine);
        assert_eq!(clock(1_001).verdict, Verdict::Warning);
        assert_eq!(clock(-10_001).verdict, Verdict::Wrong);
        assert_eq!(connections(97, 5).verdict, Verdict::Fine);
        assert_eq!(connections(97, 60).verdict, Verdict::Warning);
        assert_eq!(connections(39, 0).verdict, Verdict::Wrong);
    }
}
