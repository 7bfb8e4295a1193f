use super::finding::{Finding, Verdict};
use crate::clock::SystemClock;
use docket_engine::Clock as _;
use docket_postgres::{DEFAULTS_ADVICE, DatabaseUrl};
use docket_store_postgres::{
    PostgresLog, ServerSettings, Surroundings, defaults_of_role, surroundings,
};

/// PostgreSQL 14 is the oldest that is tested against.
const VERSION_MIN: i32 = 140_000;

/// Connections that one node holds at most, unless it builds read models (docs/operations.md).
const NODE_CONNECTIONS: i32 = 40;

/// What a command is decided at is the node's clock; nodes that differ more surprise people.
const SKEW_MS_MAX: i64 = 1_000;

/// The log decides a command anew that waited longer than this.
const SKEW_MS_WRONG: i64 = 10_000;

/// Server, role and clock.
pub async fn examine(log: &PostgresLog, url: &DatabaseUrl) -> anyhow::Result<Vec<Finding>> {
    let settings = log.server_settings().await?;
    let before = SystemClock.now();
    let around = surroundings(url).await?;
    let after = SystemClock.now();
    let here = before.micros().midpoint(after.micros());
    let mut findings = server(&settings);
    findings.push(clock((around.now_micros - here) / 1_000));
    findings.push(connections(&around));
    findings.push(role(&around));
    findings.push(standbys(&around));
    findings.push(defaults(&defaults_of_role(url).await?));
    Ok(findings)
}

fn server(settings: &ServerSettings) -> Vec<Finding> {
    let version = settings.version;
    let on = |value: &str| Verdict::unless(value != "off", Verdict::Wrong);
    vec![
        Finding::of(
            "server_version",
            Verdict::unless(version >= VERSION_MIN, Verdict::Wrong),
            format!("{}.{}", version / 10_000, version % 10_000),
            "PostgreSQL 14 or newer is needed",
        ),
        Finding::of(
            "primary",
            Verdict::unless(!settings.standby, Verdict::Warning),
            if settings.standby {
                "no, a standby"
            } else {
                "yes"
            },
            "it may be behind, and takes no writes; servers need the primary, or all of the cluster, in their URL",
        ),
        Finding::of(
            "fsync",
            on(&settings.fsync),
            &settings.fsync,
            "a crash of the machine loses or damages the log; ALTER SYSTEM SET fsync = on",
        ),
        Finding::of(
            "full_page_writes",
            on(&settings.full_page_writes),
            &settings.full_page_writes,
            "a crash of the machine can damage pages; ALTER SYSTEM SET full_page_writes = on",
        ),
        Finding::of(
            "synchronous_commit",
            on(&settings.synchronous_commit),
            &settings.synchronous_commit,
            "a commit is not on disk when it is answered; ALTER SYSTEM SET synchronous_commit = on",
        ),
    ]
}

fn clock(skew_ms: i64) -> Finding {
    let verdict = match skew_ms.abs() {
        skew_ms if skew_ms > SKEW_MS_WRONG => Verdict::Wrong,
        skew_ms if skew_ms > SKEW_MS_MAX => Verdict::Warning,
        _ => Verdict::Fine,
    };
    let found = format!("{skew_ms} ms ahead of this node");
    let advice = "set both machines by one time server; deadlines follow the node's clock";
    Finding::of("database_clock", verdict, found, advice)
}

/// Whether one more node could be started beside what is connected now.
fn connections(around: &Surroundings) -> Finding {
    let open = around.connections_max - around.connections_reserved;
    let used = i32::try_from(around.connections_used).unwrap_or(i32::MAX);
    let verdict = if open < NODE_CONNECTIONS {
        Verdict::Wrong
    } else {
        Verdict::unless(open - used >= NODE_CONNECTIONS, Verdict::Warning)
    };
    let found = format!("{used} of {open} used, a node takes up to {NODE_CONNECTIONS}");
    let advice = "raise max_connections, or run fewer nodes";
    Finding::of("connections", verdict, found, advice)
}

fn role(around: &Surroundings) -> Finding {
    let (may, found) = match around.may_change_events {
        true => (
            true,
            format!("{} could change or remove events", around.role),
        ),
        false => (false, format!("{} can only append events", around.role)),
    };
    Finding::of(
        "role",
        Verdict::unless(!may, Verdict::Warning),
        found,
        "serve with a role of its own: docket migrate --grant ROLE, as the owner",
    )
}

fn standbys(around: &Surroundings) -> Finding {
    let waits = !around.synchronous_standbys.is_empty();
    let found = match (around.standbys, waits) {
        (0, false) => "none".to_owned(),
        (count, false) => format!("{count}, and no commit waits for one"),
        (count, true) => format!(
            "{count}, a commit waits for {}",
            around.synchronous_standbys
        ),
    };
    Finding::of(
        "standbys",
        Verdict::unless(around.standbys == 0 || waits, Verdict::Warning),
        found,
        "a fail-over may lose answered commands; set synchronous_standby_names",
    )
}

/// What was set for the role or the database, and is no limit of ours.
fn defaults(given: &[String]) -> Finding {
    let found = match given.is_empty() {
        true => "none that concerns Docket".to_owned(),
        false => given.join(", "),
    };
    Finding::of(
        "role_settings",
        Verdict::unless(given.is_empty(), Verdict::Warning),
        found,
        DEFAULTS_ADVICE,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around() -> Surroundings {
        Surroundings {
            now_micros: 0,
            connections_max: 103,
            connections_reserved: 3,
            connections_used: 20,
            role: "docket_node".to_owned(),
            may_change_events: false,
            standbys: 0,
            synchronous_standbys: String::new(),
        }
    }

    fn settings() -> ServerSettings {
        ServerSettings {
            version: 150_018,
            standby: false,
            fsync: "on".to_owned(),
            full_page_writes: "on".to_owned(),
            synchronous_commit: "on".to_owned(),
        }
    }

    /// The checks of a server that are not fine.
    fn wrong(settings: ServerSettings) -> Vec<&'static str> {
        let findings = server(&settings).into_iter();
        findings
            .filter(|finding| finding.verdict == Verdict::Wrong)
            .map(|finding| finding.check)
            .collect()
    }

    #[test]
    fn settings_that_lose_data_are_wrong() {
        assert_eq!(wrong(settings()), Vec::<&str>::new());
        let off = || "off".to_owned();
        let careless = ServerSettings {
            version: 130_010,
            standby: true,
            fsync: off(),
            full_page_writes: off(),
            synchronous_commit: off(),
        };
        let all = [
            "server_version",
            "fsync",
            "full_page_writes",
            "synchronous_commit",
        ];
        assert_eq!(wrong(careless), all);
    }

    #[test]
    fn a_clock_may_differ_by_a_second() {
        let verdict = |skew_ms| clock(skew_ms).verdict;
        assert_eq!(verdict(-1_000), Verdict::Fine);
        assert_eq!(verdict(1_001), Verdict::Warning);
        assert_eq!(verdict(-10_001), Verdict::Wrong);
    }

    #[test]
    fn a_node_must_find_its_connections() {
        let verdict = |max, used| {
            let around = Surroundings {
                connections_max: max,
                connections_used: used,
                ..around()
            };
            connections(&around).verdict
        };
        assert_eq!(verdict(103, 20), Verdict::Fine);
        assert_eq!(verdict(103, 61), Verdict::Warning);
        assert_eq!(verdict(NODE_CONNECTIONS + 2, 0), Verdict::Wrong);
    }

    #[test]
    fn a_role_that_could_change_events_and_a_standby_nobody_waits_for_are_warnings() {
        assert_eq!(role(&around()).verdict, Verdict::Fine);
        let owner = Surroundings {
            may_change_events: true,
            ..around()
        };
        assert_eq!(role(&owner).verdict, Verdict::Warning);
        let waiting = |names: &str| Surroundings {
            standbys: 1,
            synchronous_standbys: names.to_owned(),
            ..around()
        };
        assert_eq!(standbys(&around()).verdict, Verdict::Fine);
        assert_eq!(standbys(&waiting("")).verdict, Verdict::Warning);
        assert_eq!(standbys(&waiting("*")).verdict, Verdict::Fine);
    }
}
