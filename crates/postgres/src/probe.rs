//! What a database can do of what Docket needs, tried out and not only asked. Nothing stays behind:
//! what is made is rolled back.

mod facts;
mod pair;
mod tries;

use crate::meaning::said;
use crate::session::Wanted;
use crate::url::DatabaseUrl;
use pair::{Pair, Side};
use std::fmt::Display;
use std::time::Duration;
use tokio::time::timeout;

/// How long one look may take.
const WITHIN: Duration = Duration::from_secs(5);

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Fine,
    /// Docket works, but worse, or not for ever.
    Warning,
    /// Docket loses data or does not work.
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// What was looked at; a frozen name.
    pub check: &'static str,
    /// How it is.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do if it is not fine.
    pub advice: String,
}

impl Probed {
    fn new(check: &'static str, verdict: Verdict, found: impl Display, advice: &str) -> Self {
        Self {
            check,
            verdict,
            found: found.to_string(),
            advice: advice.to_owned(),
        }
    }

    fn fine(check: &'static str, found: impl Display) -> Self {
        Self::new(check, Verdict::Fine, found, "")
    }

    fn unless(
        right: bool,
        otherwise: Verdict,
        check: &'static str,
        found: impl Display,
        advice: &str,
    ) -> Self {
        let verdict = if right { Verdict::Fine } else { otherwise };
        Self::new(check, verdict, found, advice)
    }
}

/// What the driver said, for a person.
fn told(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(told) => said(told.message(), told.code().code()),
        None => {
            let cause = std::error::Error::source(error).map(ToString::to_string);
            cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
        }
    }
}

/// Tries all of it, with a clock in microseconds UTC.
pub async fn probe(url: &DatabaseUrl, now_micros: impl Fn() -> i64) -> Vec<Probed> {
    let (mut probed, primary) = servers(url).await;
    let Some(at) = primary else {
        return probed;
    };
    let pair = match Pair::connect(url, at).await {
        Ok(pair) => pair,
        Err(found) => {
            let advice = "let the role connect several times";
            probed.push(Probed::new(
                "second_connection",
                Verdict::Wrong,
                found,
                advice,
            ));
            return probed;
        }
    };
    match timeout(WITHIN, facts::look(&pair, now_micros)).await {
        Ok(Ok(found)) => probed.extend(found),
        Ok(Err(error)) => probed.push(failed("facts", told(&error))),
        Err(_) => probed.push(failed("facts", SILENT)),
    }
    probed.extend(tries::all(&pair).await);
    probed
}

const SILENT: &str = "no answer within 5 s";

fn failed(check: &'static str, found: impl Display) -> Probed {
    let advice = "the server must answer it to the role of the URL";
    Probed::new(check, Verdict::Wrong, found, advice)
}

/// Each server that the URL names, and which of them takes writes.
async fn servers(url: &DatabaseUrl) -> (Vec<Probed>, Option<usize>) {
    let (mut probed, mut primary) = (Vec::new(), None);
    for at in 0..url.servers() {
        let name = url.server(at);
        let advice = "is it running, does its pg_hba.conf let this machine and role in, and does \
                      the database exist?";
        probed.push(match Side::connect(url, at, Wanted::Any).await {
            Err(found) => {
                let found = format!("{name}: {found}");
                Probed::new("server", Verdict::Wrong, found, advice)
            }
            Ok(side) => match crate::is_standby(&side.client).await {
                Err(error) => failed("server", format!("{name}: {}", told(&error))),
                Ok(true) => Probed::fine("server", format!("{name}: a standby")),
                Ok(false) => {
                    primary.get_or_insert(at);
                    Probed::fine("server", format!("{name}: takes writes"))
                }
            },
        });
    }
    match primary {
        Some(_) => {
            // The others may be down for now.
            for one in &mut probed {
                if one.verdict == Verdict::Wrong {
                    one.verdict = Verdict::Warning;
                }
            }
        }
        None => probed.push(Probed::new(
            "primary",
            Verdict::Wrong,
            "no server takes writes",
            "name the primary, or all servers of the cluster, in the URL",
        )),
    }
    (probed, primary)
}
