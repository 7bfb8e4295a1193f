//! The files of a views folder, and the locks that say who uses them.

use std::fs::File;
use std::path::{Path, PathBuf};

/// Where a generation lies.
pub(crate) fn file_path(dir: &Path, name: &str, number: u32) -> PathBuf {
    dir.join(format!("{name}-{number}.db"))
}

/// The file whose lock says that somebody uses or builds the generation.
pub(crate) fn lock_path(dir: &Path, name: &str, number: u32) -> PathBuf {
    dir.join(format!("{name}-{number}.lock"))
}

/// The view and number that a file belongs to.
pub(crate) fn parse_path(path: &Path) -> Option<(String, u32)> {
    let stem = path.file_name()?.to_str()?.strip_suffix(".db")?;
    let (name, number) = stem.rsplit_once('-')?;
    Some((name.to_owned(), number.parse().ok()?))
}

/// Bytes that a generation takes.
pub(crate) fn bytes(path: &Path) -> u64 {
    let files = ["", "-wal"].map(|suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        std::fs::metadata(name).map_or(0, |file| file.len())
    });
    files.iter().sum()
}

/// Locks a generation for building or removing it; `None` while somebody uses it.
pub(crate) fn try_own(lock: &Path) -> Option<File> {
    let file = File::create(lock).ok()?;
    file.try_lock().ok().map(|()| file)
}

/// Removes a generation's files unless another process uses them; then that one will.
pub(crate) fn remove_unused(path: &Path) -> bool {
    let lock = path.with_extension("lock");
    let Some(_owned) = try_own(&lock) else {
        return false;
    };
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        remove(Path::new(&name));
    }
    remove(&lock);
    true
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, path = %path.display(), "a file of an old view could not be removed");
    }
}
