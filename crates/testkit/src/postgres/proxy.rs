//! A network between a node and its database, for tests in which it fails.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
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
    /// What is written over in whatever clients send, and with what.
    garbled: Mutex<Option<(Vec<u8>, Vec<u8>)>>,
    /// How often everything that was open has frozen.
    frozen: AtomicU64,
}

/// What is done to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It arrives, its answer does not, and the connection ends.
    Answer,
    /// It arrives, its answer does not, and the connection looks alive.
    AnswerInSilence,
    /// It never arrives, and the connection ends.
    Message,
    /// It never arrives, and the connection looks alive, as when a node freezes or a cable is cut.
    MessageInSilence,
}

/// What happens once a client sends something that holds all of these.
struct Trap {
    parts: Vec<Vec<u8>>,
    cut: Cut,
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
            garbled: Mutex::default(),
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

    /// Does something to the next message that holds all of these.
    pub fn cut_next(&self, cut: Cut, parts: &[&[u8]]) {
        let parts = parts.iter().map(|part| part.to_vec()).collect();
        let trap = Some(Trap { parts, cut });
        *self
            .shared
            .trap
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = trap;
    }

    /// Writes over a word in all that clients send from now on: the server refuses what it does not
    /// understand, as if it lacked a feature.
    ///
    /// # Panics
    /// When the words are not equally long.
    pub fn garble(&self, word: &str, with: &str) {
        assert_eq!(word.len(), with.len(), "a message keeps its length");
        let garbled = Some((word.as_bytes().to_vec(), with.as_bytes().to_vec()));
        *self
            .shared
            .garbled
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = garbled;
    }

    /// Every connection that is open stands still from now on, and neither side is told, as when a
    /// machine between them goes; new ones pass.
    pub fn freeze(&self) {
        self.shared.frozen.fetch_add(1, Ordering::SeqCst);
    }

    /// How many messages something was done to.
    pub fn lost(&self) -> u64 {
        self.shared.sprung.load(Ordering::SeqCst)
    }

    /// Passes nothing on any more, neither what is open nor what is new; `false` mends it for new
    /// connections.
    pub fn cut(&self, cut: bool) {
        self.shared.cut.store(cut, Ordering::SeqCst);
    }
}

impl Shared {
    fn pass(self: Arc<Self>, client: TcpStream) {
        let born = self.frozen.load(Ordering::SeqCst);
        let Ok(server) = TcpStream::connect(&self.server) else {
            return;
        };
        let cut = Arc::new(OnceLock::new());
        let (from, to) = (clone(&client), clone(&server));
        let (shared, sprung) = (Arc::clone(&self), Arc::clone(&cut));
        thread::spawn(move || shared.forth(born, from, to, &sprung));
        self.back(born, server, client, &cut);
    }

    /// From the client to the server.
    fn forth(&self, born: u64, mut from: TcpStream, mut to: TcpStream, sprung: &OnceLock<Cut>) {
        let mut buffer = [0; 64 * 1024];
        while let Ok(size @ 1..) = from.read(&mut buffer) {
            self.stand_still_if_frozen(born);
            if self.cut.load(Ordering::SeqCst) {
                break;
            }
            match self.sprung_by(&buffer[..size]) {
                Some(Cut::Message) => break,
                Some(Cut::MessageInSilence) => stand_still(),
                Some(cut) => _ = sprung.set(cut),
                None => {}
            }
            self.garble(&mut buffer[..size]);
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

    fn garble(&self, sent: &mut [u8]) {
        let garbled = self.garbled.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((word, with)) = &*garbled else {
            return;
        };
        for at in 0..sent.len().saturating_sub(word.len() - 1) {
            if sent[at..].starts_with(word) {
                sent[at..at + word.len()].copy_from_slice(with);
            }
        }
    }

    /// What is to be done to a message.
    fn sprung_by(&self, sent: &[u8]) -> Option<Cut> {
        let mut trap = self.trap.lock().unwrap_or_else(PoisonError::into_inner);
        let sprung = trap.take_if(|trap| trap.parts.iter().all(|part| holds(sent, part)))?;
        self.sprung.fetch_add(1, Ordering::SeqCst);
        Some(sprung.cut)
    }

    /// From the server to the client.
    fn back(&self, born: u64, mut from: TcpStream, mut to: TcpStream, sprung: &OnceLock<Cut>) {
        let mut buffer = [0; 64 * 1024];
        while let Ok(size @ 1..) = from.read(&mut buffer) {
            self.stand_still_if_frozen(born);
            let ends = match sprung.get() {
                Some(Cut::AnswerInSilence) => stand_still(),
                Some(_) => true,
                None => self.cut.load(Ordering::SeqCst) || to.write_all(&buffer[..size]).is_err(),
            };
            if ends {
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
