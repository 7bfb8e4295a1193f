//! The file beside the key file.

use super::memory::Memory;
use docket_domain::log::Incarnation;
use docket_domain::time::Instant;
use docket_store::RootBuilder;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Why what is remembered cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// Somebody changed it, or the disk did.
    #[error("{path} does not hold a head of a log: {what}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The file system.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
}

/// Where a node remembers the newest head that it has seen. Nodes that share a key file share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryFile(PathBuf);

/// The text of the file.
#[derive(Serialize, Deserialize)]
struct Text {
    log_id: Uuid,
    incarnation: Incarnation,
    size: u64,
    root: String,
    at: Instant,
    subtrees: Vec<String>,
    recent: Vec<String>,
}

impl MemoryFile {
    /// The file beside a key file.
    pub fn beside(key_file: &Path) -> Self {
        Self(key_file.with_extension("head"))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// What is remembered; `None` where there is no file yet.
    ///
    /// # Errors
    /// When there is one and it cannot be read.
    pub fn load(&self) -> Result<Option<Memory>, MemoryError> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed(error)),
        };
        let text: Text =
            serde_json::from_str(&text).map_err(|error| self.unreadable(error.to_string()))?;
        memory(text)
            .map(Some)
            .ok_or_else(|| self.unreadable("its hashes do not fit one another".to_owned()))
    }

    /// Remembers, unless the file knows more of the same log already: another node may share it. The
    /// file is whole whenever a process or the machine dies.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, memory: &Memory) -> Result<(), MemoryError> {
        let known = self.load().ok().flatten();
        let knows_more = known.is_some_and(|known| {
            let place = |memory: &Memory| (memory.incarnation, memory.size());
            known.log_id == memory.log_id && place(&known) >= place(memory)
        });
        if knows_more {
            return Ok(());
        }
        self.write(memory).map_err(|error| self.failed(error))
    }

    fn write(&self, memory: &Memory) -> io::Result<()> {
        let draft = self
            .0
            .with_extension(format!("head.{}", std::process::id()));
        let mut text = serde_json::to_vec_pretty(&text(memory))?;
        text.push(b'\n');
        let mut file = private(&draft)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&draft, &self.0)?;
        sync_folder(&self.0)
    }

    fn failed(&self, error: io::Error) -> MemoryError {
        let path = self.0.clone();
        MemoryError::Io { path, error }
    }

    fn unreadable(&self, what: String) -> MemoryError {
        let path = self.0.clone();
        MemoryError::Unreadable { path, what }
    }
}

/// A new file that nobody else may read, whatever the umask. One that a killed process left is
/// written over.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// A rename is on disk once its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match cfg!(unix) {
        true => File::open(folder.unwrap_or(Path::new(".")))?.sync_all(),
        false => Ok(()),
    }
}

fn text(memory: &Memory) -> Text {
    Text {
        log_id: memory.log_id,
        incarnation: memory.incarnation,
        size: memory.size(),
        root: hex::encode(memory.root()),
        at: memory.at,
        subtrees: memory.tree.subtrees().iter().map(hex::encode).collect(),
        recent: memory.recent.iter().map(hex::encode).collect(),
    }
}

fn memory(text: Text) -> Option<Memory> {
    let hashes = |texts: &[String]| {
        texts
            .iter()
            .map(|text| hash(text))
            .collect::<Option<Vec<_>>>()
    };
    let tree = RootBuilder::resume(text.size, hashes(&text.subtrees)?)?;
    let recent = hashes(&text.recent)?;
    let fits =
        hash(&text.root)? == tree.root() && !recent.is_empty() && recent.len() as u64 <= text.size;
    fits.then_some(Memory {
        log_id: text.log_id,
        incarnation: text.incarnation,
        tree,
        recent: recent.into(),
        at: text.at,
    })
}

fn hash(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::head::given::{extend, log_of};
    use docket_store::Log as _;

    #[tokio::test]
    async fn what_was_saved_is_remembered_and_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let file = MemoryFile::beside(&folder.path().join("docket.key"));
        assert_eq!(file.path(), folder.path().join("docket.head"));
        assert!(file.load().unwrap().is_none());
        let log = log_of(200, |_| 0).await;
        let mut memory = Memory::new(log.id(), 1);
        memory.follow(&log).await.unwrap();
        file.save(&memory).unwrap();
        let mut found = file.load().unwrap().unwrap();
        assert_eq!((found.size(), found.root()), (200, memory.root()));
        assert_eq!((found.newest(), found.at()), (memory.newest(), memory.at()));
        extend(&log, 201..=205, |_| 0).await;
        memory.follow(&log).await.unwrap();
        found.follow(&log).await.unwrap();
        assert_eq!((found.size(), found.root()), (205, memory.root()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[tokio::test]
    async fn a_node_that_is_behind_does_not_make_the_file_forget() {
        let folder = tempfile::tempdir().unwrap();
        let file = MemoryFile::beside(&folder.path().join("docket.key"));
        let memory = async |size, incarnation| {
            let log = log_of(size, |_| 0).await;
            let mut memory = Memory::new(log.id(), incarnation);
            memory.follow(&log).await.unwrap();
            memory
        };
        for ((size, incarnation), kept) in [((9, 1), 9), ((5, 1), 9), ((5, 2), 5), ((12, 1), 5)] {
            file.save(&memory(size, incarnation).await).unwrap();
            assert_eq!(
                file.load().unwrap().unwrap().size(),
                kept,
                "{size} {incarnation}"
            );
        }
    }

    #[tokio::test]
    async fn a_file_that_was_changed_is_told_and_never_taken_for_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = MemoryFile::beside(&folder.path().join("docket.key"));
        let log = log_of(5, |_| 0).await;
        let mut memory = Memory::new(log.id(), 1);
        memory.follow(&log).await.unwrap();
        file.save(&memory).unwrap();
        let text = fs::read_to_string(file.path()).unwrap();
        for changed in [
            text.replace("\"size\": 5", "\"size\": 4"),
            text[..40].to_owned(),
            String::new(),
        ] {
            fs::write(file.path(), changed).unwrap();
            let told = file.load().unwrap_err().to_string();
            assert!(told.contains("docket.head"), "{told}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn it_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = MemoryFile::beside(&folder.path().join("docket.key"));
        let log = log_of(1, |_| 0).await;
        let mut memory = Memory::new(log.id(), 1);
        memory.follow(&log).await.unwrap();
        file.save(&memory).unwrap();
        let mode = fs::metadata(file.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
