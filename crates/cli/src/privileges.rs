//! What a refused privilege means, and what to do about it.

use crate::settings::{Database, SettingFlags};
use docket_store_postgres::missing_privileges;

/// The code of a privilege that a role lacks, as it stands in every text of a PostgreSQL error.
const REFUSED: &str = "SQLSTATE 42501";
/// Of many that are missing, so many are named.
const NAMED: usize = 3;

/// Says which privilege is missing, if that is why something failed.
pub async fn explain(error: anyhow::Error, flags: &SettingFlags) -> anyhow::Error {
    if !format!("{error:#}").contains(REFUSED) {
        return error;
    }
    let database = flags.resolve(None).map(|settings| settings.database);
    let Ok(Database::Postgres(url)) = database else {
        return error;
    };
    match missing_privileges(&url).await {
        Ok(missing) if !missing.is_empty() => {
            let mut remedies: Vec<&str> = Vec::new();
            let named = missing
                .iter()
                .take(NAMED)
                .map(|one| format!("{} lacks {} on {}", one.role, one.privilege, one.place));
            let named = named.collect::<Vec<_>>().join(", ");
            for one in &missing {
                if !remedies.contains(&one.remedy.as_str()) {
                    remedies.push(&one.remedy);
                }
            }
            let more = match missing.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            error.context(format!(
                "{named}{more}; run this as a role that has it, or let its owner say: {}",
                remedies.join("; ")
            ))
        }
        _ => error,
    }
}
