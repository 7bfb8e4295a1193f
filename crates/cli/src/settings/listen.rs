use crate::exit::Stop;
use anyhow::Context as _;
use std::fmt;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// An address to listen on: `IP:PORT`, `NAME:PORT`, or `:PORT` for every address of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Empty for every address.
    host: String,
    port: u16,
}

impl Address {
    /// Reads one; `what` is the setting that holds it.
    ///
    /// # Errors
    /// A usage error that says what is possible.
    pub fn parse(text: &str, what: &str) -> anyhow::Result<Self> {
        let read = || {
            if let Ok(address) = text.parse::<SocketAddr>() {
                return Some((address.ip().to_string(), address.port()));
            }
            let (host, port) = text.rsplit_once(':')?;
            let is_name = host
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "-._".contains(letter));
            is_name.then_some((host.to_owned(), port.parse().ok()?))
        };
        let (host, port) = read().ok_or_else(|| {
            Stop::usage(format_args!(
                "{what} is no address; write IP:PORT, NAME:PORT or :PORT, such as {}",
                super::LISTEN
            ))
        })?;
        Ok(Self { host, port })
    }

    /// Takes it; of a name's addresses the first that is this machine's and free.
    ///
    /// # Errors
    /// When there is none.
    pub async fn bind(&self) -> anyhow::Result<TcpListener> {
        let bound = match self.host.as_str() {
            // Where there is no IPv6, all of IPv4.
            "" => match TcpListener::bind(("::", self.port)).await {
                Ok(listener) => Ok(listener),
                Err(_) => TcpListener::bind(("0.0.0.0", self.port)).await,
            },
            host => TcpListener::bind((host, self.port)).await,
        };
        bound.with_context(|| format!("cannot listen on {self}"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_is_an_ip_a_name_or_every_address() {
        for text in [
            "127.0.0.1:8300",
            "[::1]:8300",
            "localhost:8300",
            ":8300",
            "db-1.example.org:0",
        ] {
            let address = Address::parse(text, "--listen").unwrap();
            assert_eq!(address.to_string(), text);
        }
        for text in [
            "8300",
            "localhost",
            "localhost:x",
            "a b:1",
            "user:geheim@h:70000",
            "::1:8300",
            "",
        ] {
            let refused = Address::parse(text, "--listen").unwrap_err().to_string();
            assert!(refused.starts_with("--listen is no address"), "{refused}");
            assert!(!refused.contains("geheim"), "{refused}");
        }
    }

    #[tokio::test]
    async fn a_name_and_every_address_can_be_listened_on() {
        for text in ["localhost:0", ":0", "127.0.0.1:0"] {
            let listener = Address::parse(text, "--listen")
                .unwrap()
                .bind()
                .await
                .unwrap();
            let port = listener.local_addr().unwrap().port();
            let reached = tokio::net::TcpStream::connect(("localhost", port)).await;
            assert!(reached.is_ok(), "{text}");
        }
        let taken = Address::parse("nowhere.invalid:0", "--listen")
            .unwrap()
            .bind()
            .await;
        assert!(taken.unwrap_err().to_string().contains("cannot listen on"));
    }
}
