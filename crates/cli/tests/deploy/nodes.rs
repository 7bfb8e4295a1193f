//! Two builds of `docket`, and their processes on one database.

use docket_testkit::engines::{Engine, Scratch};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A database with its key file. On SQLite each node keeps its read models in a folder of its own,
/// on PostgreSQL they share those in the database.
pub struct Place(pub Scratch);

impl Place {
    pub fn key_file(&self) -> PathBuf {
        self.0.folder().join("docket.key")
    }

    pub fn shares_views(&self) -> bool {
        self.0.engine() == Engine::Postgres
    }
}

/// A `docket` binary.
pub struct Build(PathBuf);

impl Build {
    /// What this test run is about.
    pub fn present() -> Self {
        Self(env!("CARGO_BIN_EXE_docket").into())
    }

    /// The same sources at the next level. It is built into the same target folder, where the
    /// crates that know no level are there already, under a name of its own.
    pub fn next() -> Self {
        let present = Path::new(env!("CARGO_BIN_EXE_docket"));
        let target = present.ancestors().nth(2).unwrap();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let built = Command::new(cargo)
            .args(["build", "--locked", "--workspace", "--bin", "docket-next"])
            .args(["--features", "docket-cli/next-level", "--target-dir"])
            .arg(target)
            .current_dir(root)
            .status()
            .unwrap();
        assert!(built.success(), "docket-next cannot be built");
        Self(target.join("debug").join("docket-next"))
    }

    /// Runs a verb to its end.
    pub fn run(&self, place: &Place, args: &[&str]) -> Ended {
        self.ended(place, "tool", args)
    }

    /// What a node says that does not start.
    pub fn refused_to_serve(&self, place: &Place, views: &str) -> String {
        let ended = self.ended(place, views, &["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        ended.stderr
    }

    /// Serves, and waits until it answers.
    pub fn serve(&self, place: &Place, views: &str) -> Node {
        let mut child = self
            .command(place, views)
            .args(["serve", "--json", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).expect("it says where it serves");
        let address = told["base_url"].as_str().unwrap();
        Node {
            address: address.trim_start_matches("http://").to_owned(),
            child,
        }
    }

    fn ended(&self, place: &Place, views: &str, args: &[&str]) -> Ended {
        let output = self.command(place, views).args(args).output().unwrap();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// With no setting of the environment this test is started in.
    fn command(&self, place: &Place, views: &str) -> Command {
        let mut command = Command::new(&self.0);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DOCKET_")) {
            command.env_remove(name);
        }
        command
            .env("DOCKET_DATABASE_URL", place.0.url())
            .env("DOCKET_KEY_FILE", place.key_file())
            .current_dir(place.0.folder())
            .stdin(Stdio::null());
        if !place.shares_views() {
            command.env("DOCKET_VIEWS", place.0.folder().join(views));
        }
        command
    }
}

/// A process that came to its end.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn done(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout
    }

    pub fn json(self) -> Value {
        serde_json::from_str(&self.done()).unwrap()
    }

    /// What it told, however it ended.
    pub fn told(self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// A server.
pub struct Node {
    child: Child,
    /// `127.0.0.1:port`
    pub address: String,
}

impl Node {
    /// Stops it as a service manager does.
    pub fn stop(mut self) {
        let id = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(told.success());
        assert!(self.child.wait().unwrap().success());
    }
}

/// A test that fails leaves no server behind.
impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
