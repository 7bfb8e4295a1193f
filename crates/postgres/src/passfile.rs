//! Passwords out of a file of lines `host:port:database:user:password`, `*` for any.
//!
//! Of a line that cannot be read nothing is told but its number: it may hold a password anywhere.

use crate::environment::Environment;
use crate::secret::Secret;
use std::fs;
use std::path::{Path, PathBuf};

/// The first line that fits one server.
pub(crate) fn find(file: &Path, wanted: [&str; 4]) -> Option<Secret> {
    if !is_private(file) {
        return None;
    }
    let text = fs::read_to_string(file).ok()?;
    find_in(&text, wanted, &file.display().to_string())
}

/// `PGPASSFILE` and `passfile` name one, else it lies in the home folder.
pub(crate) fn default_file(environment: Environment<'_>) -> Option<PathBuf> {
    let home = environment("HOME").filter(|home| !home.is_empty())?;
    Some(PathBuf::from(home).join(".pgpass"))
}

#[cfg(unix)]
fn is_private(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let Ok(found) = fs::metadata(file) else {
        return false;
    };
    let private = found.permissions().mode() & 0o077 == 0;
    if !private {
        tracing::warn!(
            file = %file.display(),
            "the file of passwords is not used, because others may read it; chmod 600 it"
        );
    }
    private
}

#[cfg(not(unix))]
fn is_private(file: &Path) -> bool {
    file.is_file()
}

fn find_in(text: &str, wanted: [&str; 4], file: &str) -> Option<Secret> {
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_end().is_empty() || line.starts_with('#') {
            continue;
        }
        let fields = fields(line);
        let Some((password, place)) = fields.split_last().filter(|_| fields.len() == 5) else {
            tracing::warn!(
                file,
                number,
                "a line of the file of passwords cannot be read"
            );
            continue;
        };
        let fits = |(field, wanted): (&String, &str)| field == "*" || field == wanted;
        if place.iter().zip(wanted).all(fits) {
            return Some(Secret::new(password.clone()));
        }
    }
    None
}

/// At most five; a backslash stands before a colon or a backslash that is meant.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        let more = fields.len() < 5;
        let field = fields.last_mut().expect("there is one");
        match letter {
            '\\' => field.push(letters.next().unwrap_or('\\')),
            ':' if more => fields.push(String::new()),
            letter => field.push(letter),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const FILE: &str = "# a comment\n\
        db1:5432:docket:me:one\n\
        broken line\n\
        \n\
        db2:*:docket:me:t\\:w\\\\o\n\
        *:*:*:other:three:with colon\n";

    fn found(wanted: [&str; 4]) -> Option<String> {
        find_in(FILE, wanted, "file").map(|secret| secret.expose().to_owned())
    }

    #[test]
    fn the_first_line_that_fits_counts() {
        let one = |wanted| found(wanted).unwrap();
        assert_eq!(one(["db1", "5432", "docket", "me"]), "one");
        assert_eq!(one(["db2", "7", "docket", "me"]), "t:w\\o");
        assert_eq!(one(["db3", "1", "x", "other"]), "three:with colon");
        assert_eq!(found(["db1", "5433", "docket", "me"]), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let file = std::env::temp_dir().join(format!("docket-pgpass-{}", std::process::id()));
        fs::write(&file, FILE).unwrap();
        let wanted = ["db1", "5432", "docket", "me"];
        let with = |mode| {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            find(&file, wanted).is_some()
        };
        let found = (with(0o600), with(0o640));
        fs::remove_file(&file).unwrap();
        assert_eq!(found, (true, false));
        assert!(find(&file, wanted).is_none());
    }
}
