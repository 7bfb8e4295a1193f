use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is kept: as much of HTTP/1.1 as Docket's answers need.
pub struct Client {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

/// A request of somebody.
pub struct Request<'a> {
    /// `GET`, `POST`.
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// The bearer token.
    pub token: &'a str,
    /// The unit acted for.
    pub unit: Option<&'a str>,
    /// The idempotency key of a command.
    pub key: Option<&'a str>,
    /// JSON; may be empty.
    pub body: &'a str,
}

/// What came back.
#[derive(Debug, Default)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// `Docket-Position`.
    pub position: Option<u64>,
    /// `Docket-Visible`.
    pub visible: Option<bool>,
    /// The body, whole.
    pub body: String,
}

impl Client {
    /// Connects to `host:port`.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn connect(host: &str) -> Result<Self> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            host: host.to_owned(),
            buffer: Vec::with_capacity(8 * 1024),
        })
    }

    /// Sends a request and reads its answer.
    ///
    /// # Errors
    /// When the connection breaks or the answer cannot be read; not for what the answer says.
    pub async fn send(&mut self, request: &Request<'_>) -> Result<Answer> {
        let text = request.text(&self.host);
        self.stream.write_all(text.as_bytes()).await?;
        self.buffer.clear();
        let body_at = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            self.read_more().await?;
        };
        let head = std::str::from_utf8(&self.buffer[..body_at])?;
        let (mut answer, length) = parse_head(head)?;
        while self.buffer.len() < body_at + length {
            self.read_more().await?;
        }
        let body = self.buffer.get(body_at..body_at + length);
        answer.body = String::from_utf8_lossy(body.unwrap_or_default()).into_owned();
        Ok(answer)
    }

    async fn read_more(&mut self) -> Result<()> {
        let read = self.stream.read_buf(&mut self.buffer).await?;
        ensure!(read > 0, "the server closed the connection");
        Ok(())
    }
}

impl Request<'_> {
    fn text(&self, host: &str) -> String {
        let mut text = format!(
            "{} {} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\n",
            self.method, self.path, self.token
        );
        let named = [("docket-unit", self.unit), ("idempotency-key", self.key)];
        for (name, value) in named {
            if let Some(value) = value {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        if self.method != "GET" {
            let length = self.body.len();
            text.push_str(&format!(
                "content-type: application/json\r\ncontent-length: {length}\r\n"
            ));
        }
        text.push_str("\r\n");
        text.push_str(self.body);
        text
    }
}

/// Status and the headers that count, and how long the body is.
fn parse_head(head: &str) -> Result<(Answer, usize)> {
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let mut answer = Answer {
        status: status.context("an answer without a status")?.parse()?,
        ..Answer::default()
    };
    let mut length = None;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = Some(value.parse()?),
            "docket-position" => answer.position = value.parse().ok(),
            "docket-visible" => answer.visible = value.parse().ok(),
            _ => {}
        }
    }
    Ok((answer, length.context("an answer without a length")?))
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_head_tells_status_length_and_position() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nDocket-Position: 77\r\ndocket-visible: false\r\n\r\n";
        let (answer, length) = parse_head(head).unwrap();
        assert_eq!((answer.status, length), (200, 12));
        assert_eq!((answer.position, answer.visible), (Some(77), Some(false)));
        assert!(parse_head("HTTP/1.1 200 OK\r\n\r\n").is_err());
    }

    #[test]
    fn a_get_has_no_body_and_a_command_has_its_length() {
        let mut request = Request {
            method: "GET",
            path: "/api/v1/worklist",
            token: "t",
            unit: Some("u"),
            key: None,
            body: "",
        };
        let get = "GET /api/v1/worklist HTTP/1.1\r\nhost: h\r\nauthorization: Bearer t\r\ndocket-unit: u\r\n\r\n";
        assert_eq!(request.text("h"), get);
        (request.method, request.body) = ("POST", "{}");
        assert!(request.text("h").ends_with("content-length: 2\r\n\r\n{}"));
    }
}
