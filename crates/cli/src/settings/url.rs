use std::fmt;

/// The URL of a PostgreSQL database. It may hold a password, so it shows itself without.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

impl PostgresUrl {
    /// Takes a URL that says that it is one.
    pub fn parse(url: &str) -> Option<Self> {
        let scheme = url.split_once("://")?.0;
        matches!(scheme, "postgres" | "postgresql").then(|| Self(url.to_owned()))
    }

    /// The whole URL, for a driver and for nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Leaves out whatever may be a password, however badly the URL is written: what stands before the
/// last `@` counts as user and password.
pub fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_at(url.find("://").map_or(0, |at| at + 3));
    let shown = match rest.rsplit_once('@') {
        Some((before, host)) => {
            let user = before.split([':', '?', '/']).next().unwrap_or_default();
            format!("{user}@{host}")
        }
        None => rest.to_owned(),
    };
    let (address, query) = shown.split_once('?').unwrap_or((&shown, ""));
    let open = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.to_ascii_lowercase().contains("pass"));
    let open = open.collect::<Vec<_>>().join("&");
    let mark = if open.is_empty() { "" } else { "?" };
    format!("{scheme}{address}{mark}{open}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_way_to_write_a_password_shows_it() {
        for (url, shown) in [
            ("postgres://a:geheim@h:1/x", "postgres://a@h:1/x"),
            (
                "postgresql://a:ge@he:im@h/x?connect_timeout=1",
                "postgresql://a@h/x?connect_timeout=1",
            ),
            ("postgres://a:ge/heim@h/x", "postgres://a@h/x"),
            ("postgres://a:ge?heim@h/x", "postgres://a@h/x"),
            (
                "postgres://h/x?user=a&password=geheim&port=1",
                "postgres://h/x?user=a&port=1",
            ),
            ("postgres:///x?Password=geheim", "postgres:///x"),
            (
                "postgres://one:5433,two:5434/x",
                "postgres://one:5433,two:5434/x",
            ),
        ] {
            let url = PostgresUrl::parse(url).unwrap();
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), shown);
        }
    }

    #[test]
    fn other_engines_are_not_taken_for_postgresql() {
        assert!(PostgresUrl::parse("postgres:docket").is_none());
        assert!(PostgresUrl::parse("mysql://h/x").is_none());
    }
}
