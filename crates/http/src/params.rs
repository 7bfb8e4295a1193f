use crate::answer::Seen;
use crate::app::App;
use crate::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use docket_projection::{AsOf, View};
use std::collections::BTreeMap;
use std::str::FromStr;

/// How a moment of the log is written.
const AS_OF: &str = "应为日志位置，或带时区的时间，如 2026-03-02T09:00:00+08:00";

/// The parameters of a query. Each is taken by name; what is left over is a mistake of the client,
/// and named as such: a misspelt filter must not answer everything.
pub struct Params {
    left: BTreeMap<String, String>,
    min_position: u64,
    stale: bool,
}

impl Params {
    /// Takes a text; blank counts as not given.
    pub fn text(&mut self, name: &str) -> Option<String> {
        self.left
            .remove(name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    /// Takes anything that has a text form.
    pub fn parse<T: FromStr>(&mut self, name: &str) -> Result<Option<T>, Problem> {
        self.read(name, |text| text.parse().ok())
    }

    /// Takes a value that a function reads.
    pub fn read<T>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        match self.text(name) {
            None => Ok(None),
            Some(text) => read(&text)
                .map(Some)
                .ok_or_else(|| Problem::field(name, "参数的值不正确")),
        }
    }

    /// Takes a moment of the log. A `+` that the client did not escape has come as a space.
    pub fn as_of(&mut self) -> Result<Option<AsOf>, Problem> {
        self.text("as_of")
            .map(|text| text.replace(' ', "+").parse())
            .transpose()
            .map_err(|_| Problem::field("as_of", AS_OF))
    }

    /// Asks for a position that stood elsewhere in the request.
    pub fn at_least(mut self, position: Option<u64>) -> Self {
        self.min_position = self.min_position.max(position.unwrap_or(0));
        self
    }

    /// Refuses parameters that nobody took.
    pub fn finish(&self) -> Result<(), Problem> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(name) => Err(Problem::field(name, "没有这个参数")),
        }
    }

    /// Refuses parameters that nobody took, then waits for the views the query reads.
    pub async fn fresh(&self, app: &App, views: &[&View]) -> Result<Seen, Problem> {
        self.finish()?;
        app.fresh(views, self.min_position, self.stale).await
    }

    /// Refuses parameters that nobody took, then looks at the log.
    pub async fn settled(&self, app: &App) -> Result<Seen, Problem> {
        self.finish()?;
        app.settled(self.min_position).await
    }

    fn from_query(query: &str) -> Result<Self, Problem> {
        let mut left = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name), decoded(value));
            let (Some(name), Some(value)) = (name, value) else {
                return Err(Problem::field("query", "参数的编码不正确"));
            };
            if left.insert(name.clone(), value).is_some() {
                return Err(Problem::field(name, "参数出现了两次"));
            }
        }
        let mut params = Self {
            left,
            min_position: 0,
            stale: false,
        };
        params.min_position = params.parse("min_position")?.unwrap_or(0);
        params.stale = params
            .read("stale", |text| (text == "ok").then_some(true))?
            .unwrap_or(false);
        Ok(params)
    }
}

/// Percent-decoding of a query; `None` for a broken escape, broken UTF-8 or U+0000.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (digits, after) = tail.split_at_checked(2)?;
                bytes.push(*hex::decode(digits).ok()?.first()?);
                rest = after;
                continue;
            }
            other => bytes.push(*other),
        }
        rest = tail;
    }
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.contains('\0'))
}

impl FromRequestParts<App> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        Params::from_query(parts.uri.query().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_nobody_takes_is_named() {
        let mut params = Params::from_query("tab=all&kidn=review&min_position=7&stale=ok").unwrap();
        assert_eq!(params.text("tab").as_deref(), Some("all"));
        assert_eq!((params.min_position, params.stale), (7, true));
        assert_eq!(
            params.finish().unwrap_err(),
            Problem::field("kidn", "没有这个参数")
        );
    }

    #[test]
    fn escapes_are_read_and_broken_ones_refused() {
        let mut params = Params::from_query("q=%E6%B8%9D%E5%8C%97+a").unwrap();
        assert_eq!(params.text("q").as_deref(), Some("渝北 a"));
        for broken in [
            "q=%E",
            "q=%zz",
            "q=%ff",
            "q=%00",
            "q=1&q=2",
            "stale=yes",
            "min_position=-1",
        ] {
            assert!(Params::from_query(broken).is_err(), "{broken}");
        }
    }
}
