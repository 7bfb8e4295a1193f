//! Where PostgreSQL's programs lie. The tests and `cargo xtask test` both ask this file, which is
//! why it names nothing but the standard library.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Names the folder of PostgreSQL's programs.
pub const FOLDER: &str = "DOCKET_POSTGRES_BIN";

/// What a server and its tests are run with.
const PROGRAMS: &[&str] = &["initdb", "postgres", "psql", "pg_isready"];

/// Where distributions put every version into a folder of its own.
const VERSIONS: &str = "/usr/lib/postgresql";

/// The folder of PostgreSQL's programs: that of `DOCKET_POSTGRES_BIN`, that of `initdb` on the
/// path, or the highest version that Debian's packages have installed.
///
/// # Errors
/// The sentence that says what to install.
pub fn find() -> Result<PathBuf, String> {
    if let Some(folder) = std::env::var_os(FOLDER).filter(|folder| !folder.is_empty()) {
        let folder = PathBuf::from(folder);
        return match complete(&folder) {
            true => Ok(folder),
            false => Err(format!(
                "{FOLDER} names {}, which does not hold all of {}",
                folder.display(),
                PROGRAMS.join(", ")
            )),
        };
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    on_path(&path)
        .or_else(|| highest(Path::new(VERSIONS)))
        .ok_or_else(missing)
}

/// The sentence that says what to install.
pub fn missing() -> String {
    format!(
        "PostgreSQL's programs ({}) are not installed. Debian and Ubuntu: `apt-get install postgresql`; \
         Fedora: `dnf install postgresql-server`; Alpine: `apk add postgresql`; macOS: \
         `brew install postgresql`. If they lie elsewhere, set {FOLDER} to their folder.",
        PROGRAMS.join(", ")
    )
}

/// The folder that `initdb` on the path leads to, links followed.
fn on_path(path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path)
        .filter_map(|folder| folder.join("initdb").canonicalize().ok())
        .filter_map(|program| Some(program.parent()?.to_path_buf()))
        .find(|folder| complete(folder))
}

fn highest(versions: &Path) -> Option<PathBuf> {
    let entries = versions.read_dir().ok()?.flatten();
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    entries
        .filter_map(|entry| Some((version(&entry.path())?, entry.path().join("bin"))))
        .filter(|(_, folder)| complete(folder))
        .max_by_key(|(version, _)| *version)
        .map(|(_, folder)| folder)
}

fn complete(folder: &Path) -> bool {
    PROGRAMS
        .iter()
        .all(|program| folder.join(program).is_file())
}
