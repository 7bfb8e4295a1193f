//! A network between a node and its database, for tests in which it fails.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Passes connections on to a server, until a test makes it lose something.
pub struct Proxy {
    port: u16,
    user_and_database: String,
    shared: Arc<Shared>,
}

struct Shared {
    server: String,
    trap: Mutex<Option<Trap>>,
    sprung: AtomicU64,
    cut: AtomicBool,
    /// How often everything that was open has frozen.
    frozen: AtomicU64,
}

/// What happens once a client sends some bytes.
struct Trap {
    bytes: Vec<u8>,
    /// Whether they reach the server, whose answer is lost then; or nothing passes any more, and
    /// both sides wait.
    forwards: bool,
}

impl Proxy {
    /// Stands in front of a server that listens on TCP, given a URL of a database there.
    ///
    /// # Panics
    /// When the URL is not `postgres://user@host:port/database` or no port is free.
    pub fn before(url: &str) -> Self {
        let rest = url.strip_prefix("postgres://").expect("a postgres URL");
        let (user, rest) = rest.split_once('@').expect("a URL with a user");
        let (server, database) = rest.split_once('/').expect("a URL with a database");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let shared = Arc::new(Shared {
            server: server.to_owned(),
            trap: Mutex::default(),
            sprung: AtomicU64::new(0),
            cut: AtomicBool::new(false),
            frozen: AtomicU64::new(0),
        });
        let listening = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&listening);
                thread::spawn(move || shared.pass(client));
            }
        });
        Self {
            port,
            user_and_database: format!("{user}@127.0.0.1:{{}}/{database}"),
            shared,
        }
    }

    /// The way to the database through here.
    pub fn url(&self) -> String {
        let at = self.user_and_database.replace("{}", &self.port.to_string());
        format!("postgres://{at}")
    }

    /// The next connection that sends these bytes is lost before their answer comes back: the
    /// server gets them, and its client hears nothing more.
    pub fn lose_the_answer_to(&self, bytes: &[u8]) {
        *self.trap() = Some(Trap {
            bytes: bytes.to_owned(),
            forwards: true,
        });
    }

    /// The next connection that sends these bytes stands still: nothing of it passes any more, and
    /// neither side is told, as when a node freezes or a cable is cut.
    pub fn stand_still_before(&self, bytes: &[u8]) {
        *self.trap() = Some(Trap {
            bytes: bytes.to_owned(),
            forwards: false,
        });
    }

    /// Every connection that is open stands still from now on, and neither side is told, as when a
    /// machine between them goes; new ones pass.
    pub fn freeze(&self) {
        self.shared.frozen.fetch_add(1, Ordering::SeqCst);
    }

    /// How many connections were lost in this way or the other.
    pub fn lost(&self) -> u64 {
        self.shared.sprung.load(Ordering::SeqCst)
    }

    /// Passes nothing on any more, neither what is open nor what is new; `false` mends it for new
    /// connections.
    pub fn cut(&self, cut: bool) {
        self.shared.cut.store(cut, Ordering::SeqCst);
    }

    fn trap(&self) -> std::sync::MutexGuard<'_, Option<Trap>> {
        self.shared
            .trap
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn pass(self: Arc<Self>, client: TcpStream) {
        let born = self.frozen.load(Ordering::SeqCst);
        let Ok(server) = TcpStream::connect(&self.server) else {
            return;
        };
        let deaf = Arc::new(AtomicBool::new(false));
        let (from, to) = (clone(&client), clone(&server));
        let (back, shared, hears) = (clone(&client), Arc::clone(&self), Arc::clone(&deaf));
        thread::spawn(move || shared.forth(born, from, to, &hears));
        self.back(born, server, back, &deaf);
    }

    /// From the client to the server.
    fn forth(&self, born: u64, mut from: TcpStream, mut to: TcpStream, deaf: &AtomicBool) {
        let mut buffer = [0; 64 * 1024];
        while let Ok(size @ 1..) = from.read(&mut buffer) {
            self.stand_still_if_frozen(born);
            if self.cut.load(Ordering::SeqCst) {
                break;
            }
            match self.sprung_by(&buffer[..size]) {
                Some(true) => deaf.store(true, Ordering::SeqCst),
                Some(false) => stand_still(),
                None => {}
            }
            if to.write_all(&buffer[..size]).is_err() {
                break;
            }
        }
        // The server finishes what it was sent, and then finds its client gone.
        _ = to.shutdown(Shutdown::Write);
    }

    fn stand_still_if_frozen(&self, born: u64) {
        if self.frozen.load(Ordering::SeqCst) > born {
            stand_still();
        }
    }

    /// What a trap that these bytes spring asks for: whether they are forwarded.
    fn sprung_by(&self, sent: &[u8]) -> Option<bool> {
        let mut trap = self.trap.lock().unwrap_or_else(PoisonError::into_inner);
        let sprung = trap.take_if(|trap| holds(sent, &trap.bytes))?;
        self.sprung.fetch_add(1, Ordering::SeqCst);
        Some(sprung.forwards)
    }

    /// From the server to the client.
    fn back(&self, born: u64, mut from: TcpStream, mut to: TcpStream, deaf: &AtomicBool) {
        let mut buffer = [0; 64 * 1024];
        while let Ok(size @ 1..) = from.read(&mut buffer) {
            self.stand_still_if_frozen(born);
            if self.cut.load(Ordering::SeqCst)
                || deaf.load(Ordering::SeqCst)
                || to.write_all(&buffer[..size]).is_err()
            {
                break;
            }
        }
        _ = to.shutdown(Shutdown::Both);
    }
}

fn stand_still() -> ! {
    loop {
        thread::park();
    }
}

fn clone(stream: &TcpStream) -> TcpStream {
    stream.try_clone().expect("a socket can be used twice")
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
