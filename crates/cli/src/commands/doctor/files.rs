use super::finding::{Finding, Verdict};
use crate::settings::{Database, Settings};
use docket_projection::Place;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Who may use the files that hold personal data.
#[cfg(unix)]
pub fn examine(settings: &Settings) -> anyhow::Result<Vec<Finding>> {
    let mut findings = vec![key_file(&settings.key_file)?];
    if let Database::Sqlite(database) = &settings.database {
        findings.push(data(database, &settings.views)?);
    }
    Ok(findings)
}

/// Files have other guards here, which are not looked at.
#[cfg(not(unix))]
pub fn examine(settings: &Settings) -> anyhow::Result<Vec<Finding>> {
    let found = settings.key_file.display().to_string();
    Ok(vec![Finding::of("key_file", Verdict::Fine, found, "")])
}

#[cfg(unix)]
fn key_file(path: &Path) -> anyhow::Result<Finding> {
    let mode = mode(path)?;
    Ok(Finding::of(
        "key_file",
        Verdict::unless(mode == 0o600 || mode == 0o400, Verdict::Warning),
        format!("{} mode {mode:04o}", path.display()),
        "chmod 600 it, unless the group is meant to read it",
    ))
}

/// The log and the read models: the latter hold names and numbers in the clear.
#[cfg(unix)]
fn data(database: &Path, views: &Place) -> anyhow::Result<Finding> {
    let mut open = Vec::new();
    let mut widest = 0;
    for path in of_database(database).chain(of_views(views)?) {
        let others = match mode(&path) {
            Ok(mode) => mode & 0o077,
            // A side file may go while this looks.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error.into()),
        };
        if others != 0 {
            widest |= others;
            open.push(path);
        }
    }
    let verdict = match widest {
        0 => Verdict::Fine,
        group if group & 0o007 == 0 => Verdict::Warning,
        _ => Verdict::Wrong,
    };
    let found = match open.first() {
        None => "database and views are for their own user alone".to_owned(),
        Some(first) => format!(
            "{} files or folders with personal data are open to other users, {} among them",
            open.len(),
            first.display()
        ),
    };
    Ok(Finding::of(
        "files",
        verdict,
        found,
        &advice(database, views),
    ))
}

#[cfg(unix)]
fn advice(database: &Path, views: &Place) -> String {
    let folder = match views {
        Place::Folder(folder) => format!(" {}", folder.display()),
        Place::Postgres(_) => String::new(),
    };
    format!("chmod -R go= {}*{folder}", database.display())
}

#[cfg(unix)]
fn of_database(database: &Path) -> impl Iterator<Item = PathBuf> {
    ["", "-wal", "-shm"].into_iter().map(move |suffix| {
        let mut name = OsString::from(database);
        name.push(suffix);
        PathBuf::from(name)
    })
}

/// The folder and everything in it, once there is one.
#[cfg(unix)]
fn of_views(views: &Place) -> std::io::Result<Vec<PathBuf>> {
    let Place::Folder(folder) = views else {
        return Ok(Vec::new());
    };
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut paths = vec![folder.clone()];
    for entry in std::fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    Ok(paths)
}

#[cfg(unix)]
fn mode(path: &Path) -> std::io::Result<u32> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o7777)
}
