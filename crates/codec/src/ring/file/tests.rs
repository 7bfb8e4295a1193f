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
    let names: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["docket.key"]);
}

#[test]
fn a_bare_name_is_in_the_working_folder() {
    for (path, expected) in [
        ("docket.key", "."),
        ("./docket.key", "."),
        ("keys/docket.key", "keys"),
        ("/docket.key", "/"),
    ] {
        assert_eq!(folder(Path::new(path)), Path::new(expected), "{path}");
    }
    sync_folder(Path::new("docket.key")).unwrap();
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
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
        0o600
    );
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
        (
            format!("docket keys 2\nwrapping 1 {key}\nidentity 1 {key}\n"),
            1,
        ),
        (format!("docket keys 1\nwrapping 1 {key}\n"), 2),
        (
            format!("docket keys 1\nwrapping 1 {key}00\nidentity 1 {key}\n"),
            2,
        ),
        (
            format!("docket keys 1\nwrapping 0 {key}\nidentity 1 {key}\n"),
            2,
        ),
        (
            format!("docket keys 1\n\n# two of one version\nwrapping 1 {key}\nwrapping 1 {key}\n"),
            5,
        ),
        (
            format!("docket keys 1\nwrapping 1 {key}\nidentity 1 {key} more\n"),
            3,
        ),
        (
            format!("docket keys 1\nwrapping 1 {key}\nsecret 1 {key}\n"),
            3,
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("docket.key");
    for (text, line) in cases {
        let mut file = private(OpenOptions::new().write(true).create(true).truncate(true))
            .open(&path)
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let error = KeyRing::open(&path).unwrap_err();
        assert!(
            matches!(error, KeyError::Malformed { line: at, .. } if at == line),
            "{text}\n{error}"
        );
        assert!(!error.to_string().contains("abab"), "{error}");
    }
}

#[test]
fn every_version_reads_and_the_newest_writes() {
    let (one, two) = ("01".repeat(32), "02".repeat(32));
    let ring = |lines: &str| parse(&format!("docket keys 1\n{lines}")).unwrap();
    let old = ring(&format!("wrapping 1 {one}\nidentity 1 {one}"));
    let both = ring(&format!(
        "wrapping 1 {one}\nwrapping 2 {two}\nidentity 1 {one}\nidentity 3 {two}"
    ));
    let stream = docket_store::StreamId::new("person", 1);
    let key = crate::DataKey::generate(&OsEntropy);
    assert_eq!(
        both.unwrap(&stream, &old.wrap(&stream, &key, [0; 24]))
            .unwrap(),
        key
    );
    let wrapped = both.wrap(&stream, &key, [0; 24]);
    assert!(matches!(
        old.unwrap(&stream, &wrapped),
        Err(KeyError::VersionAbsent { version: 2, .. })
    ));
    let claims = both.identity_claims(IdentityKind::Mobile, "13900000001");
    assert!(claims[0].id.starts_with("v3."));
    assert_eq!(
        claims[1],
        old.identity_claim(IdentityKind::Mobile, "13900000001")
    );
}
