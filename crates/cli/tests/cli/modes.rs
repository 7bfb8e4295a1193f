//! Files that hold personal data are for their own user alone.

use crate::process::{Place, files, stderr};
use docket_testkit::engines::Engine;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A demo's database, key file and views, made by somebody whose umask hides nothing.
fn made_without_umask() -> Place {
    let place = Place::new(Engine::Sqlite);
    let mut shell = Command::new("sh");
    let made = shell
        .args(["-c", "umask 0; exec \"$0\" demo --once --data \"$1\""])
        .arg(env!("CARGO_BIN_EXE_docket"))
        .arg(place.folder())
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", stderr(&made));
    place
}

/// The doctor's verdict on the files, and its advice.
fn verdict(place: &Place) -> (String, String) {
    let output = place.docket(&["doctor", "--json"]).output().unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = told["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["check"] == "files");
    let text = |name: &str| finding.unwrap()[name].as_str().unwrap_or("").to_owned();
    (text("verdict"), text("advice"))
}

#[test]
fn whatever_the_umask_files_are_0600_and_folders_0700() {
    let place = made_without_umask();
    let made = files(place.folder());
    let names = ["docket.db", "docket.key", "views/registry.db"];
    for name in names {
        assert!(made.contains(&place.folder().join(name)), "{name}");
    }
    assert!(made.iter().any(|path| path.ends_with("worklist-1.db")));
    for path in made {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert_eq!(mode(&place.folder().join("views")), 0o700);
}

#[test]
fn the_doctor_names_files_that_others_may_read_and_says_the_chmod() {
    let place = made_without_umask();
    assert_eq!(verdict(&place).0, "fine");
    let open = |path: PathBuf, mode| {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    for (name, mode, found) in [
        ("docket.db", 0o640, "warning"),
        ("docket.db", 0o644, "wrong"),
        ("views", 0o755, "wrong"),
        ("views/worklist-1.db", 0o604, "wrong"),
    ] {
        open(place.folder().join(name), mode);
        let (verdict, advice) = verdict(&place);
        assert_eq!(verdict, found, "{name} {mode:o}");
        let done = Command::new("sh").args(["-c", &advice]).status().unwrap();
        assert!(advice.starts_with("chmod ") && done.success(), "{advice}");
        assert_eq!(super::modes::verdict(&place).0, "fine", "{name} {mode:o}");
    }
}
