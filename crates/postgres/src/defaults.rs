//! Settings that somebody gave the role or the database as defaults, as far as they concern Docket.

use crate::session::OWN;
use tokio_postgres::{Client, Error};

/// What to do about them.
pub const ADVICE: &str = "Docket's sessions set their time limits themselves, whatever the defaults; \
     what a person's session or a dump meets still, ALTER ROLE … RESET or ALTER DATABASE … RESET \
     takes away";

/// Beside those that sessions set for themselves: what no session of Docket sets, and what would
/// hinder it or put rows into the server's log.
const OTHERS: &[&str] = &[
    "temp_file_limit",
    "session_replication_role",
    "default_tablespace",
    "default_table_access_method",
    "row_security",
    "log_statement",
    "log_min_duration_statement",
    "enable_seqscan",
    "work_mem",
];

const GIVEN: &str = "SELECT coalesce('role ' || r.rolname, 'database ' || d.datname, 'all roles'), \
       given.setting \
     FROM pg_catalog.pg_db_role_setting AS s \
     CROSS JOIN LATERAL unnest(s.setconfig) AS given (setting) \
     LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase \
     LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole \
     WHERE (s.setdatabase = 0 OR d.datname = current_database()) \
       AND (s.setrole = 0 OR r.rolname = current_user) ORDER BY 1, 2";

/// Each as `role docket_node: statement_timeout=5s`.
///
/// # Errors
/// Those of the driver.
pub async fn defaults(client: &Client) -> Result<Vec<String>, Error> {
    let rows = client.query(GIVEN, &[]).await?;
    let mut found = Vec::new();
    for row in rows {
        let (whose, setting): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let name = setting.split('=').next().unwrap_or_default();
        let name = name.to_ascii_lowercase();
        if OWN.contains(&name.as_str()) || OTHERS.contains(&name.as_str()) {
            found.push(format!("{whose}: {setting}"));
        }
    }
    Ok(found)
}
