use super::{KeyRing, Secret};
use crate::{Entropy, KeyError};
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

#[cfg(test)]
mod tests;

const FIRST_LINE: &str = "docket keys 1";
const WRAPPING: &str = "wrapping";
const IDENTITY: &str = "identity";

/// The text of a key file: the format's name, then one line for each key. Lines that start with
/// `#` are for people.
///
/// ```text
/// docket keys 1
/// wrapping 1 <64 hex digits>
/// identity 1 <64 hex digits>
/// ```
impl KeyRing {
    /// Reads a key file.
    ///
    /// # Errors
    /// [`KeyError::Absent`], [`KeyError::TooOpen`] when users outside the owner's group may use
    /// it, [`KeyError::Malformed`] or [`KeyError::Io`].
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        let text = fs::read_to_string(path)
            .map(Zeroizing::new)
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => KeyError::Absent {
                    path: path.to_owned(),
                },
                _ => failed(path, error),
            })?;
        refuse_open_to_others(path)?;
        parse(&text).map_err(|(line, what)| KeyError::Malformed {
            path: path.to_owned(),
            line,
            what,
        })
    }

    /// Reads the key file, or makes one with new keys, mode 0600, where there is none. The flag
    /// says that it was made: whoever starts Docket should be told to keep a copy.
    ///
    /// # Errors
    /// As [`KeyRing::open`], but for `Absent`.
    pub fn open_or_create(path: &Path, entropy: &dyn Entropy) -> Result<(Self, bool), KeyError> {
        match Self::open(path) {
            Err(KeyError::Absent { .. }) => {}
            opened => return opened.map(|ring| (ring, false)),
        }
        let ring = Self::generate(entropy);
        let made = ring
            .create(path, entropy)
            .map_err(|error| failed(path, error))?;
        if made {
            Ok((ring, true))
        } else {
            Self::open(path).map(|ring| (ring, false))
        }
    }

    /// Writes the file under another name and links it into place whole, so that of two processes
    /// that start at once one finds the other's file. False when there is one already.
    fn create(&self, path: &Path, entropy: &dyn Entropy) -> io::Result<bool> {
        let draft = draft_path(path, entropy);
        let linked = self
            .write_new(&draft)
            .and_then(|()| fs::hard_link(&draft, path));
        fs::remove_file(&draft)?;
        match linked {
            Ok(()) => sync_folder(path).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn write_new(&self, path: &Path) -> io::Result<()> {
        let mut file = private(OpenOptions::new().write(true).create_new(true)).open(path)?;
        file.write_all(self.text().as_bytes())?;
        file.sync_all()
    }

    fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(format!(
            "{FIRST_LINE}\n\
             # Whoever has this file can read the personal data in the log; without it nobody can.\n\
             # Keep a copy in a safe place, apart from the database's backups.\n"
        ));
        for (purpose, secrets) in [(WRAPPING, &self.wrapping), (IDENTITY, &self.identity)] {
            for secret in secrets {
                let bytes = Zeroizing::new(hex::encode(*secret.bytes));
                writeln!(text, "{purpose} {} {}", secret.version, *bytes)
                    .expect("a String takes any text");
            }
        }
        text
    }
}

type Problem = (usize, &'static str);

fn parse(text: &str) -> Result<KeyRing, Problem> {
    let mut lines = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()));
    if lines.next().map(|(_, line)| line) != Some(FIRST_LINE) {
        return Err((1, "the first line should be `docket keys 1`"));
    }
    let mut ring = KeyRing {
        wrapping: Vec::new(),
        identity: Vec::new(),
    };
    for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        parse_line(&mut ring, line).map_err(|what| (number, what))?;
    }
    if ring.wrapping.is_empty() || ring.identity.is_empty() {
        return Err((
            text.lines().count(),
            "a wrapping key or an identity key is missing",
        ));
    }
    Ok(ring)
}

fn parse_line(ring: &mut KeyRing, line: &str) -> Result<(), &'static str> {
    let mut words = line.split_whitespace();
    let (Some(purpose), Some(version), Some(digits), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err("a line should be a purpose, a version and a key");
    };
    let secrets = match purpose {
        WRAPPING => &mut ring.wrapping,
        IDENTITY => &mut ring.identity,
        _ => return Err("the purpose should be `wrapping` or `identity`"),
    };
    let version: u32 = version
        .parse()
        .map_err(|_| "the version should be a number")?;
    if secrets.last().map_or(0, |last| last.version) >= version {
        return Err("the versions of a purpose should rise from 1");
    }
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(digits, &mut *bytes).map_err(|_| "a key should have 64 hex digits")?;
    secrets.push(Secret { version, bytes });
    Ok(())
}

fn draft_path(path: &Path, entropy: &dyn Entropy) -> PathBuf {
    let mut suffix = [0; 8];
    entropy.fill(&mut suffix);
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.new", hex::encode(suffix)));
    PathBuf::from(name)
}

fn failed(path: &Path, error: io::Error) -> KeyError {
    KeyError::Io {
        path: path.to_owned(),
        error,
    }
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// The group may have it, so that a service manager can hand it in; the rest of the machine not.
#[cfg(unix)]
fn refuse_open_to_others(path: &Path) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path)
        .map_err(|error| failed(path, error))?
        .permissions()
        .mode()
        & 0o7777;
    if mode & 0o007 == 0 {
        Ok(())
    } else {
        Err(KeyError::TooOpen {
            path: path.to_owned(),
            mode,
        })
    }
}

#[cfg(not(unix))]
fn refuse_open_to_others(_: &Path) -> Result<(), KeyError> {
    Ok(())
}

/// Makes the new name survive a power cut.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder(path))?.sync_all()?;
    }
    Ok(())
}

/// The folder that holds the file's name; a bare name is in the working one.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
