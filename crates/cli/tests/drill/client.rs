//! A client thin enough to be read: one request, one connection.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// By lower-case name.
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

/// Why there is none.
#[derive(Debug)]
pub enum Silence {
    /// Nothing was sent.
    NotSent,
    /// It was sent, whole or in part, and nothing came back in time.
    Lost,
}

/// Who asks, as the headers say it.
#[derive(Debug, Clone)]
pub struct Badge {
    pub token: String,
    pub unit: Option<String>,
}

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub method: &'static str,
    /// Behind `/api/v1`.
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<Value>,
}

impl Request {
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: "GET",
            path: path.into(),
            ..Self::default()
        }
    }

    /// Sends it and waits for the whole answer.
    pub fn send(&self, address: &str, badge: &Badge, patience: Duration) -> Result<Reply, Silence> {
        let connected =
            TcpStream::connect_timeout(&address.parse().unwrap(), Duration::from_secs(1));
        let stream = connected.map_err(|_| Silence::NotSent)?;
        let answered = self.over(stream, badge, patience);
        answered.ok().flatten().ok_or(Silence::Lost)
    }

    fn over(
        &self,
        mut stream: TcpStream,
        badge: &Badge,
        patience: Duration,
    ) -> io::Result<Option<Reply>> {
        stream.set_read_timeout(Some(patience))?;
        stream.write_all(self.text(badge).as_bytes())?;
        let mut text = Vec::new();
        stream.read_to_end(&mut text)?;
        Ok(parse(&text))
    }

    fn text(&self, badge: &Badge) -> String {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        let mut text = format!(
            "{} /api/v1{} HTTP/1.1\r\nHost: docket\r\nConnection: close\r\n\
             Authorization: Bearer {}\r\nContent-Length: {}\r\n",
            self.method,
            self.path,
            badge.token,
            body.len()
        );
        if !body.is_empty() {
            text += "Content-Type: application/json\r\n";
        }
        if let Some(unit) = &badge.unit {
            text += &format!("Docket-Unit: {unit}\r\n");
        }
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        text + "\r\n" + &body
    }
}

/// A whole answer, or nothing.
fn parse(text: &[u8]) -> Option<Reply> {
    let split = text.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&text[..split]).ok()?;
    let body = &text[split + 4..];
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length");
    if length.is_some_and(|length| length.parse() != Ok(body.len())) {
        return None;
    }
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(body).ok()?
    };
    Some(Reply {
        status,
        headers,
        body,
    })
}
