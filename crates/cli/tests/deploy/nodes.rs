//! Two builds of `docket`, and their processes on one database.

use crate::{containers, signal};
use docket_store::Log;
use docket_testkit::engines::{Engine, Scratch};
use docket_testkit::postgres::Database;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, OnceLock};
use tokio::sync::RwLock;
use uuid::Uuid;

/// Shared by the tests of this process, but for the one that times nodes: it has the machine alone.
pub static MACHINE: RwLock<()> = RwLock::const_new(());

/// A database with its key file, and the read models of its nodes.
pub struct Place {
    scratch: Scratch,
    apart: bool,
}

impl Place {
    /// All nodes keep their read models in one place: the database, or the folder beside the file.
    pub fn shared(engine: Engine) -> Self {
        let scratch = Scratch::new(engine);
        Self {
            scratch,
            apart: false,
        }
    }

    /// On SQLite each node keeps its read models in a folder of its own.
    pub fn apart(engine: Engine) -> Self {
        Self {
            apart: engine == Engine::Sqlite,
            ..Self::shared(engine)
        }
    }

    pub fn key_file(&self) -> PathBuf {
        self.folder().join("docket.key")
    }

    pub fn folder(&self) -> &Path {
        self.scratch.folder()
    }

    /// Its database, on PostgreSQL.
    pub fn database(&self) -> Option<&Database> {
        self.scratch.database()
    }

    pub fn shares_views(&self) -> bool {
        !self.apart
    }

    /// The log, through a handle of this process.
    pub async fn log(&self) -> Arc<dyn Log> {
        let id = Uuid::from_u128(0x0197_c0de_0000_7000_8000_0000_0000_0002);
        self.scratch.log(id).await
    }

    /// Generations of read models as files or schemas; of nodes that share them.
    pub fn containers(&self) -> BTreeSet<String> {
        containers::all(self.database(), self.folder())
    }
}

/// A `docket` binary.
pub struct Build(PathBuf);

impl Build {
    /// What this test run is about.
    pub fn present() -> Self {
        Self(env!("CARGO_BIN_EXE_docket").into())
    }

    /// The same sources at the next level, with the places to freeze at that every build of the tests
    /// has. It is built once, into the same target folder, where the crates that know no level are
    /// there already, under a name of its own.
    pub fn next() -> Self {
        static BUILT: OnceLock<PathBuf> = OnceLock::new();
        Self(BUILT.get_or_init(build_next).clone())
    }

    /// Runs a verb to its end.
    pub fn run(&self, place: &Place, args: &[&str]) -> Ended {
        self.ended(place, "tool", args)
    }

    /// Runs a verb that dies when it comes to a place.
    pub fn run_to(&self, failpoint: &str, place: &Place, args: &[&str]) -> Ended {
        let mut command = self.command(place, "tool");
        Ended::of(command.args(args).env("DOCKET_FAILPOINT", failpoint))
    }

    /// What a node says that does not start.
    pub fn refused_to_serve(&self, place: &Place, name: &str) -> String {
        let ended = self.ended(place, name, &["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        ended.stderr
    }

    /// Serves, and waits until it answers.
    pub fn serve(&self, place: &Place, name: &str) -> Node {
        self.launch(place, name, None).answers()
    }

    /// Begins to serve, with a place to freeze at.
    pub fn launch(&self, place: &Place, name: &str, failpoint: Option<&str>) -> Starting {
        let said = place.folder().join(format!("{name}.log"));
        let mut log = OpenOptions::new();
        log.create(true).append(true);
        let mut command = self.command(place, name);
        command
            .args(["serve", "--json", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(log.open(&said).unwrap());
        if let Some(failpoint) = failpoint {
            command.env("DOCKET_FAILPOINT", failpoint);
        }
        let mut child = command.spawn().unwrap();
        Starting {
            stdout: BufReader::new(child.stdout.take().unwrap()),
            node: Node {
                child,
                said,
                address: String::new(),
            },
        }
    }

    fn ended(&self, place: &Place, name: &str, args: &[&str]) -> Ended {
        Ended::of(self.command(place, name).args(args))
    }

    /// With no setting of the environment this test is started in.
    fn command(&self, place: &Place, name: &str) -> Command {
        let mut command = Command::new(&self.0);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DOCKET_")) {
            command.env_remove(name);
        }
        command
            .env("DOCKET_DATABASE_URL", place.scratch.url())
            .env("DOCKET_KEY_FILE", place.key_file())
            .current_dir(place.folder())
            .stdin(Stdio::null());
        if place.apart {
            command.env("DOCKET_VIEWS", place.folder().join(name));
        }
        command
    }
}

fn build_next() -> PathBuf {
    let present = Path::new(env!("CARGO_BIN_EXE_docket"));
    let target = present.ancestors().nth(2).unwrap();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let built = Command::new(cargo)
        .args(["build", "--locked", "--workspace", "--bin", "docket-next"])
        .args([
            "--features",
            "docket-cli/next-level,docket-store/failpoints",
        ])
        .arg("--target-dir")
        .arg(target)
        .current_dir(root)
        .status()
        .unwrap();
    assert!(built.success(), "docket-next cannot be built");
    target.join("debug").join("docket-next")
}

/// A process that came to its end.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

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

/// A server that does not answer yet.
pub struct Starting {
    pub node: Node,
    stdout: BufReader<ChildStdout>,
}

impl Starting {
    /// Waits until it answers.
    pub fn answers(self) -> Node {
        let Self {
            mut node,
            mut stdout,
        } = self;
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).expect("it says where it serves");
        let address = told["base_url"].as_str().unwrap();
        node.address = address.trim_start_matches("http://").to_owned();
        node
    }
}

/// A server.
pub struct Node {
    child: Child,
    /// What it writes to stderr.
    said: PathBuf,
    /// `127.0.0.1:port`
    pub address: String,
}

impl Node {
    /// Stops it as a service manager does.
    pub fn stop(mut self) {
        signal::send(&self.child, "-TERM");
        assert!(self.child.wait().unwrap().success());
    }

    /// Whether it came to the place to freeze at.
    pub fn is_frozen(&self) -> bool {
        signal::is_frozen(&self.child)
    }

    /// Lets it go on.
    pub fn wake(&self) {
        signal::send(&self.child, "-CONT");
    }

    /// What it wrote to stderr, in all its lives.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).unwrap()
    }
}

/// A test that fails leaves no server behind, and shows what it said.
impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{}:\n{}", self.said.display(), self.said());
        }
    }
}
