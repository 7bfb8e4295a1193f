//! Stands between a node and PostgreSQL, and cuts at the worst moment: around a commit.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{sleep, spawn};
use std::time::Duration;

/// How a commit looks on the wire, and what the log's writer sends with it when it has events: the
/// read models commit on the same road, and are not meant.
const COMMIT: &[u8] = b"COMMIT\0";
const OF_EVENTS: &[u8] = b"NOTIFY docket_log\n\0";
/// Time for the server to do what it was sent, before the connection goes.
const DONE_WITHIN: Duration = Duration::from_millis(50);

/// What is done to the next commit of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It arrives, its answer does not, and the connection ends.
    Answer,
    /// It arrives, its answer does not, and the connection looks alive.
    AnswerInSilence,
    /// It never arrives, and the connection ends.
    Commit,
}

/// A listener in front of a server.
pub struct Proxy {
    pub port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    next: Mutex<Option<Cut>>,
    cuts: AtomicUsize,
}

impl Proxy {
    /// Listens, and forwards to a port on this machine.
    pub fn to(upstream: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let accepting = Arc::clone(&shared);
        spawn(move || {
            for client in listener.incoming().flatten() {
                // While the server is down the client's connection just ends.
                if let Ok(server) = TcpStream::connect(("127.0.0.1", upstream)) {
                    accepting.join(client, server);
                }
            }
        });
        Self { port, shared }
    }

    /// Lets the next commit be cut.
    pub fn cut_next(&self, cut: Cut) {
        *self.shared.next() = Some(cut);
    }

    /// How many were.
    pub fn cuts(&self) -> usize {
        self.shared.cuts.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn next(&self) -> std::sync::MutexGuard<'_, Option<Cut>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn join(self: &Arc<Self>, client: TcpStream, server: TcpStream) {
        let muted = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(self);
        let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let mute = Arc::clone(&muted);
        spawn(move || shared.forward(from, to, &mute));
        spawn(move || back(server, client, &muted));
    }

    fn forward(&self, mut client: TcpStream, mut server: TcpStream, muted: &AtomicBool) {
        let mut bytes = [0; 64 * 1024];
        while let Ok(size) = client.read(&mut bytes) {
            let sent = &bytes[..size];
            let commits = contains(sent, COMMIT) && contains(sent, OF_EVENTS);
            let cut = commits.then(|| self.next().take()).flatten();
            if cut.is_some_and(|cut| cut != Cut::Commit) {
                muted.store(true, Ordering::SeqCst);
            }
            let lost = cut == Some(Cut::Commit);
            if size == 0 || lost || server.write_all(sent).is_err() {
                self.cuts.fetch_add(usize::from(lost), Ordering::SeqCst);
                break;
            }
            if cut.is_some() {
                sleep(DONE_WITHIN);
                self.cuts.fetch_add(1, Ordering::SeqCst);
            }
            if cut == Some(Cut::Answer) {
                break;
            }
        }
        _ = client.shutdown(Shutdown::Both);
        _ = server.shutdown(Shutdown::Both);
    }
}

fn contains(sent: &[u8], text: &[u8]) -> bool {
    sent.windows(text.len()).any(|part| part == text)
}

fn back(mut server: TcpStream, mut client: TcpStream, muted: &AtomicBool) {
    let mut bytes = [0; 64 * 1024];
    while let Ok(size) = server.read(&mut bytes) {
        if size == 0 {
            break;
        }
        if !muted.load(Ordering::SeqCst) && client.write_all(&bytes[..size]).is_err() {
            break;
        }
    }
    if !muted.load(Ordering::SeqCst) {
        _ = client.shutdown(Shutdown::Both);
    }
    _ = server.shutdown(Shutdown::Both);
}
