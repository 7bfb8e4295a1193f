//! Running the `docket` binary.

use docket_store::Log;
use docket_testkit::engines::{Engine, Scratch};
use docket_testkit::postgres::Database;
use serde_json::Value;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

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

/// A database on one engine and the files beside it, for the real binary.
pub struct Place(Scratch);

impl Place {
    /// An empty one.
    pub fn new(engine: Engine) -> Self {
        Self(Scratch::new(engine))
    }

    /// One with a new system on it.
    pub fn founded(engine: Engine) -> Self {
        let place = Self::new(engine);
        let output = place.run(&["migrate", "--new"]);
        assert!(output.status.success(), "{}", stderr(&output));
        place
    }

    /// One with a demo's data; they are made once for each engine and copied.
    pub fn demo(engine: Engine) -> Self {
        static ON_SQLITE: OnceLock<Scratch> = OnceLock::new();
        static ON_POSTGRES: OnceLock<Scratch> = OnceLock::new();
        let made = match engine {
            Engine::Sqlite => &ON_SQLITE,
            Engine::Postgres => &ON_POSTGRES,
        };
        let made = made.get_or_init(|| {
            let place = Self::new(engine);
            let output = place.run_demo(&["--once"]);
            assert!(output.status.success(), "{}", stderr(&output));
            place.0
        });
        Self(made.copy())
    }

    /// Another that holds the same. Nobody may have this one open.
    pub fn copy(&self) -> Self {
        Self(self.0.copy())
    }

    /// Its folder: the key file, and on SQLite everything.
    pub fn folder(&self) -> &Path {
        self.0.folder()
    }

    /// Its database, on PostgreSQL.
    pub fn database(&self) -> Option<&Database> {
        self.0.database()
    }

    /// Its key file.
    pub fn key_file(&self) -> PathBuf {
        self.folder().join("docket.key")
    }

    /// Its log, through a handle of this process.
    pub async fn log(&self) -> Arc<dyn Log> {
        self.0.log(uuid::Uuid::nil()).await
    }

    /// A command on it.
    pub fn docket(&self, args: &[&str]) -> Command {
        let mut command = docket(args);
        command.env("DOCKET_DATABASE_URL", self.0.url());
        if self.0.engine() == Engine::Postgres {
            command.env("DOCKET_KEY_FILE", self.key_file());
        }
        command
    }

    /// Runs a command on it to its end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.docket(args).output().unwrap()
    }

    /// Runs a command on it that succeeds and answers JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        let output = self.docket(args).arg("--json").output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        serde_json::from_str(&stdout(&output)).unwrap()
    }

    /// `docket demo` on it.
    fn demo_command(&self, args: &[&str]) -> Command {
        let mut command = docket(&["demo", "--data"]);
        command.arg(self.folder()).args(args);
        if self.0.engine() == Engine::Postgres {
            command.env("DOCKET_DATABASE_URL", self.0.url());
        }
        command
    }

    /// Runs `docket demo` on it to its end.
    pub fn run_demo(&self, args: &[&str]) -> Output {
        self.demo_command(args).output().unwrap()
    }

    /// As [`Place::spawn_demo`], and what it says can be read.
    pub fn spawn_demo_told(&self, listen: &str, credentials: &Path) -> Child {
        let mut command = self.demo_command(&["--listen", listen, "--credentials"]);
        command
            .arg(credentials)
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Starts a demo that serves, without waiting for it.
    pub fn spawn_demo(&self, listen: &str, credentials: &Path) -> Child {
        let mut command = self.demo_command(&["--listen", listen, "--credentials"]);
        command
            .arg(credentials)
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        command.spawn().unwrap()
    }
}

/// A demo that serves.
pub struct Server {
    child: Child,
    pub credentials: Value,
    /// `127.0.0.1:port`
    pub address: String,
}

impl Server {
    /// Starts a demo on a place and waits until it answers.
    pub fn start(place: &Place) -> Self {
        let credentials = place.folder().join("credentials.json");
        let mut child = place.spawn_demo("127.0.0.1:0", &credentials);
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
        let credentials: Value = serde_json::from_str(&text).unwrap();
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
