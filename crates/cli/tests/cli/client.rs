//! A client thin enough to be read: one request, one connection.

use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

/// A person who asks.
#[derive(Debug, Clone)]
pub struct Client {
    pub address: String,
    pub token: String,
    pub unit: Option<String>,
}

impl Client {
    /// Asks, with further headers. The path counts from `/api/v1`.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> io::Result<Answer> {
        self.ask_at_root(method, &format!("/api/v1{path}"), headers, body)
    }

    /// As [`Client::ask`], with a path that counts from the root.
    pub fn ask_at_root(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> io::Result<Answer> {
        let mut stream =
            TcpStream::connect_timeout(&self.address.parse().unwrap(), Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.write_all(self.request(method, path, headers, body).as_bytes())?;
        let mut text = Vec::new();
        stream.read_to_end(&mut text)?;
        parse(&text).ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "half an answer"))
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> String {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: docket\r\nConnection: close\r\n");
        request += &format!(
            "Authorization: Bearer {}\r\nContent-Length: {}\r\n",
            self.token,
            body.len()
        );
        if !body.is_empty() {
            request += "Content-Type: application/json\r\n";
        }
        if let Some(unit) = &self.unit {
            request += &format!("Docket-Unit: {unit}\r\n");
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request + "\r\n" + &body
    }

    /// Asks and expects a status.
    pub fn expect(
        &self,
        status: u16,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Value {
        let answer = self.ask(method, path, headers, body).unwrap();
        assert_eq!(
            answer.status, status,
            "{method} {path} {body:?}: {}",
            answer.body
        );
        answer.body
    }
}

/// A whole answer, or nothing.
fn parse(text: &[u8]) -> Option<Answer> {
    let split = text.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = (
        std::str::from_utf8(&text[..split]).ok()?,
        &text[split + 4..],
    );
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    if length.is_some_and(|length| length != body.len()) {
        return None;
    }
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(body).ok()?
    };
    Some(Answer { status, body })
}
