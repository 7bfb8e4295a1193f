use super::{KeyRing, Secret};
use crate::{Entropy, KeyError};
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

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
        let text = fs::read_to_string(path).map(Zeroizing::new).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => KeyError::Absent { path: path.to_owned() },
            _ => failed(path, error),
        })?;
        refuse_open_to_others(path)?;
        parse(&text).map_err(|(line, what)| KeyError::Malformed { path: path.to_owned(), line, what })
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
        let made = ring.create(path, entropy).map_err(|error| failed(path, error))?;
        if made { Ok((ring, true)) } else { Self::open(path).map(|ring| (ring, false)) }
    }

    /// Writes the file under another name and links it into place whole, so that of two processes
    /// that start at once one finds the other's file. False when there is one already.
    fn create(&self, path: &Path, entropy: &dyn Entropy) -> io::Result<bool> {
        let draft = draft_path(path, entropy);
        let linked = self.write_new(&draft).and_then(|()| fs::hard_link(&draft, path));
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
                writeln!(text, "{purpose} {} {}", secret.version, *bytes).expect("a String takes any text");
            }
        }
        text
    }
}

type Problem = (usize, &'static str);

fn parse(text: &str) -> Result<KeyRing, Problem> {
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    if lines.next().map(|(_, line)| line) != Some(FIRST_LINE) {
        return Err((1, "the first line should be `docket keys 1`"));
    }
    let mut ring = KeyRing { wrapping: Vec::new(), identity: Vec::new() };
    for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        parse_line(&mut ring, line).map_err(|what| (number, what))?;
    }
    if ring.wrapping.is_empty() || ring.identity.is_empty() {
        return Err((text.lines().count(), "a wrapping key or an identity key is missing"));
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
    let version: u32 = version.parse().map_err(|_| "the version should be a number")?;
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
    KeyError::Io { path: path.to_owned(), error }
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
    let mode = fs::metadata(path).map_err(|error| failed(path, error))?.permissions().mode() & 0o7777;
    if mode & 0o007 == 0 { Ok(()) } else { Err(KeyError::TooOpen { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn refuse_open_to_others(_: &Path) -> Result<(), KeyError> {
    Ok(())
}

/// Makes the new name survive a power cut.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) && !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{IdentityKind, OsEntropy};

    #[test]
    fn a_file_is_made_once_and_read_ever_after() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("docket.key");
        let (made, new) = KeyRing::open_or_create(&path, &OsEntropy).unwrap();
        let (read, again) = KeyRing::open_or_create(&path, &OsEntropy).unwrap();
        assert!(new && !again);
        let claim = |ring: &KeyRing| ring.identity_claim(IdentityKind::Account, "someone");
        assert_eq!(claim(&made), claim(&read));
        assert_eq!(made.text(), read.text());
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["docket.key"]);
    }

    #[test]
    fn an_absent_file_is_not_made_by_opening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("docket.key");
        let error = KeyRing::open(&path).unwrap_err();
        assert!(matches!(error, KeyError::Absent { .. }));
        assert!(error.to_string().contains("DOCKET_KEY_FILE"), "{error}");
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_for_its_owner_and_another_mode_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("docket.key");
        KeyRing::open_or_create(&path, &OsEntropy).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = KeyRing::open(&path).unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
        KeyRing::open(&path).unwrap();
    }

    #[test]
    fn a_malformed_file_is_refused_by_line_and_without_its_text() {
        let key = "ab".repeat(32);
        let cases = [
            (String::new(), 1),
            (format!("docket keys 2\nwrapping 1 {key}\nidentity 1 {key}\n"), 1),
            (format!("docket keys 1\nwrapping 1 {key}\n"), 2),
            (format!("docket keys 1\nwrapping 1 {key}00\nidentity 1 {key}\n"), 2),
            (format!("docket keys 1\nwrapping 0 {key}\nidentity 1 {key}\n"), 2),
            (format!("docket keys 1\n\n# two of one version\nwrapping 1 {key}\nwrapping 1 {key}\n"), 5),
            (format!("docket keys 1\nwrapping 1 {key}\nidentity 1 {key} more\n"), 3),
            (format!("docket keys 1\nwrapping 1 {key}\nsecret 1 {key}\n"), 3),
        ];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("docket.key");
        for (text, line) in cases {
            let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            let error = KeyRing::open(&path).unwrap_err();
            assert!(matches!(error, KeyError::Malformed { line: at, .. } if at == line), "{text}\n{error}");
            assert!(!error.to_string().contains("abab"), "{error}");
        }
    }

    #[test]
    fn every_version_reads_and_the_newest_writes() {
        let (one, two) = ("01".repeat(32), "02".repeat(32));
        let ring = |lines: &str| parse(&format!("docket keys 1\n{lines}")).unwrap();
        let old = ring(&format!("wrapping 1 {one}\nidentity 1 {one}"));
        let both = ring(&format!("wrapping 1 {one}\nwrapping 2 {two}\nidentity 1 {one}\nidentity 3 {two}"));
        let stream = docket_store::StreamId::new("person", 1);
        let key = crate::DataKey::generate(&OsEntropy);
        assert_eq!(both.unwrap(&stream, &old.wrap(&stream, &key, [0; 24])).unwrap(), key);
        let wrapped = both.wrap(&stream, &key, [0; 24]);
        assert!(matches!(old.unwrap(&stream, &wrapped), Err(KeyError::VersionAbsent { version: 2, .. })));
        let claims = both.identity_claims(IdentityKind::Mobile, "13900000001");
        assert!(claims[0].id.starts_with("v3."));
        assert_eq!(claims[1], old.identity_claim(IdentityKind::Mobile, "13900000001"));
    }
}
