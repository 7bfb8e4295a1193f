//! Generations of read models as they lie: files of a folder, or schemas of a database.

use docket_testkit::postgres::Database;
use sqlx::Connection;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// All that there are. On SQLite they lie in `views/` of the folder.
pub fn all(database: Option<&Database>, folder: &Path) -> BTreeSet<String> {
    match database {
        Some(database) => database
            .psql("SELECT nspname FROM pg_namespace WHERE nspname ~ '^docket_.*_[0-9]+$'")
            .lines()
            .map(str::to_owned)
            .collect(),
        None => fs::read_dir(folder.join("views"))
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "db"))
            .filter(|path| path.file_stem().is_some_and(|stem| stem != "registry"))
            .map(|path| path.display().to_string())
            .collect(),
    }
}

/// Writes to one of them behind the runtime's back.
pub async fn tamper(database: Option<&Database>, container: &str, sql: &str) {
    match database {
        Some(database) => {
            database.psql(&format!("SET search_path TO {container}; {sql}"));
        }
        None => {
            let url = format!("sqlite://{container}");
            let mut file = sqlx::SqliteConnection::connect(&url).await.unwrap();
            let sql = sqlx::AssertSqlSafe(sql.to_owned());
            sqlx::raw_sql(sql).execute(&mut file).await.unwrap();
            file.close().await.unwrap();
        }
    }
}
