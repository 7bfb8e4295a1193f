//! Running the `docket` binary.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;
use tempfile::TempDir;

/// A command with no setting of the environment it is started in.
pub fn docket(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DOCKET_")) {
        command.env_remove(name);
    }
    command
        .args(args)
        .stdin(Stdio::null())
        .current_dir(std::env::temp_dir());
    command
}

/// Runs it to its end.
pub fn run(args: &[&str]) -> Output {
    docket(args).output().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A demo's folder of its own, with the data made; it is made once and copied.
pub fn demo_data() -> TempDir {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let output = run(&["demo", "--once", "--data", folder.path().to_str().unwrap()]);
        assert!(output.status.success(), "{}", stderr(&output));
        folder
    });
    let copy = tempfile::tempdir().unwrap();
    copy_folder(made.path(), copy.path());
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// `sqlite:` and the database of a folder.
pub fn database_url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("docket.db").display())
}

/// A demo that serves.
pub struct Server {
    child: Child,
    pub credentials: serde_json::Value,
    /// `127.0.0.1:port`
    pub address: String,
}

impl Server {
    /// Starts a demo on the data of a folder and waits until it answers.
    pub fn start(folder: &Path) -> Self {
        let credentials = folder.join("credentials.json");
        let mut child = spawn(folder, "127.0.0.1:0", &credentials);
        let text = loop {
            if let Ok(text) = fs::read_to_string(&credentials) {
                break text;
            }
            assert!(
                child.try_wait().unwrap().is_none(),
                "the demo ended before it answered"
            );
            std::thread::sleep(Duration::from_millis(10));
        };
        fs::remove_file(&credentials).unwrap();
        let credentials: serde_json::Value = serde_json::from_str(&text).unwrap();
        let address = credentials["base_url"]
            .as_str()
            .unwrap()
            .strip_prefix("http://")
            .unwrap()
            .to_owned();
        Self {
            child,
            credentials,
            address,
        }
    }

    /// Stops it as a service manager does.
    pub fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        assert!(self.child.wait().unwrap().success());
    }
}

/// A test that fails leaves no server behind.
impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a demo without waiting for it.
pub fn spawn(folder: &Path, listen: &str, credentials: &Path) -> Child {
    let data = folder.to_str().unwrap();
    let mut command = docket(&["demo", "--data", data, "--listen", listen]);
    command
        .arg("--credentials")
        .arg(credentials)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit());
    command.spawn().unwrap()
}

/// Whether somebody listens.
pub fn listens(address: &str) -> bool {
    TcpStream::connect_timeout(&address.parse().unwrap(), Duration::from_millis(200)).is_ok()
}

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
