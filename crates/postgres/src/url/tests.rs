#![allow(clippy::unwrap_used)]

use super::*;
use crate::session::OWN;
use std::fs;
use tokio_postgres::config::Host;

fn with(url: &str, variables: &[(&str, &str)]) -> Result<DatabaseUrl, Unreadable> {
    DatabaseUrl::parse_in(url, &|name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

fn url(text: &str) -> DatabaseUrl {
    with(text, &[("PGUSER", "me")]).unwrap()
}

/// What both drivers were given for one server: host, port, user, database, password.
fn both(url: &DatabaseUrl, at: usize) -> [String; 5] {
    let session = Session::new("views");
    let client = url.client(at, &session, Wanted::Primary);
    let pooled = url.pooled(at, &session);
    let host = match &client.get_hosts()[0] {
        Host::Tcp(name) => name.clone(),
        Host::Unix(folder) => folder.display().to_string(),
    };
    let pooled_host = match pooled.get_socket() {
        Some(folder) => folder.display().to_string(),
        None => pooled.get_host().to_owned(),
    };
    let address = client.get_hostaddrs().first();
    assert_eq!(
        address.map_or(host.clone(), |address| address.to_string()),
        pooled_host
    );
    assert_eq!(client.get_ports(), [pooled.get_port()]);
    assert_eq!(client.get_user(), Some(pooled.get_username()));
    assert_eq!(client.get_dbname(), pooled.get_database());
    assert_eq!(client.get_options(), pooled.get_options());
    assert_eq!(client.get_application_name(), pooled.get_application_name());
    let password = client.get_password().unwrap_or_default();
    [
        host,
        pooled.get_port().to_string(),
        pooled.get_username().to_owned(),
        pooled.get_database().unwrap_or_default().to_owned(),
        String::from_utf8(password.to_vec()).unwrap(),
    ]
}

#[test]
fn each_server_of_a_list_keeps_its_port_and_all_share_the_rest() {
    let list = url("postgres://you:a%40b@one:5433,two,[::1]:7/records?target_session_attrs=any");
    assert_eq!(list.servers(), 3);
    assert_eq!(both(&list, 0), ["one", "5433", "you", "records", "a@b"]);
    assert_eq!(both(&list, 1), ["two", "5432", "you", "records", "a@b"]);
    assert_eq!(both(&list, 2), ["::1", "7", "you", "records", "a@b"]);
    assert_eq!(list.to_string(), "postgres://one:5433,two,[::1]:7/records");
    let socket = url("postgresql://%2Frun%2Fpg:5433/records");
    assert_eq!(both(&socket, 0), ["/run/pg", "5433", "me", "records", ""]);
    assert_eq!(socket.to_string(), "postgres://%2Frun%2Fpg:5433/records");
}

#[test]
fn what_the_url_leaves_open_comes_from_the_environment_for_both_drivers() {
    let variables = [
        ("PGHOST", "one,/run/pg"),
        ("PGPORT", "7,8"),
        ("PGUSER", "you"),
        ("PGPASSWORD", "geheim"),
        ("PGDATABASE", "records"),
        ("PGOPTIONS", "-c work_mem=8MB"),
        ("PGAPPNAME", "mine"),
        ("PGCONNECT_TIMEOUT", "7"),
        ("PGSSLMODE", "prefer"),
        ("PGCHANNELBINDING", "disable"),
    ];
    let open = with("postgres://", &variables).unwrap();
    assert_eq!(both(&open, 0), ["one", "7", "you", "records", "geheim"]);
    assert_eq!(both(&open, 1), ["/run/pg", "8", "you", "records", "geheim"]);
    assert_eq!(open.connect_within(), Duration::from_secs(7));
    let session = Session::new("views");
    let client = open.client(0, &session, Wanted::Primary);
    assert_eq!(client.get_application_name(), Some("mine views"));
    let options = client.get_options().unwrap();
    assert!(options.starts_with("-c work_mem=8MB -c "), "{options}");
    let closed = "postgres://her:own@there:9/other?application_name=x&connect_timeout=1";
    let closed = with(closed, &variables).unwrap();
    assert_eq!(both(&closed, 0), ["there", "9", "her", "other", "own"]);
    assert_eq!(closed.connect_within(), Duration::from_secs(1));
    assert_eq!(closed.application(), "x");
}

#[cfg(unix)]
#[test]
fn a_file_of_passwords_knows_each_server_its_own() {
    use std::os::unix::fs::PermissionsExt;
    let file = std::env::temp_dir().join(format!("docket-passfile-{}", std::process::id()));
    let lines = "one:5432:records:me:first\n*:8:records:me:second\nlocalhost:5432:*:me:third\n";
    fs::write(&file, lines).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let path = file.to_str().unwrap();
    let variables = [("PGPASSFILE", path), ("PGUSER", "me")];
    let passwords = |url: &str, variables: &[(&str, &str)]| {
        let url = with(url, variables).unwrap();
        let servers = 0..url.servers();
        servers
            .map(|at| both(&url, at)[4].clone())
            .collect::<Vec<_>>()
    };
    let list = "postgres://one,two:8,three/records";
    assert_eq!(passwords(list, &variables), ["first", "second", ""]);
    let socket = "postgres://%2Fvar%2Frun%2Fpostgresql/x";
    assert_eq!(passwords(socket, &variables), ["third"]);
    let named = format!("postgres://me@one/records?passfile={path}");
    assert_eq!(passwords(&named, &[]), ["first"]);
    let given = with("postgres://me:own@one/records", &variables).unwrap();
    assert_eq!(both(&given, 0)[4], "own");
    fs::remove_file(&file).unwrap();
}

#[test]
fn what_cannot_be_honoured_is_refused_wherever_it_stands() {
    let refused = [
        ("sslmode", "PGSSLMODE", "require", "TLS"),
        ("sslmode", "PGSSLMODE", "verify-full", "TLS"),
        ("sslmode", "PGSSLMODE", "nonsense", "TLS"),
        ("channel_binding", "PGCHANNELBINDING", "require", "TLS"),
        ("gssencmode", "PGGSSENCMODE", "require", "GSSAPI"),
        (
            "target_session_attrs",
            "PGTARGETSESSIONATTRS",
            "standby",
            "primary",
        ),
        ("require_auth", "PGREQUIREAUTH", "scram-sha-256", "insist"),
        (
            "options",
            "PGOPTIONS",
            "-c statement_timeout=5",
            "statement_timeout",
        ),
        ("connect_timeout", "PGCONNECT_TIMEOUT", "soon", "seconds"),
        ("hostaddr", "PGHOSTADDR", "here", "address"),
        ("port", "PGPORT", "70000", "port"),
    ];
    for (name, variable, value, told) in refused {
        let in_url = format!("postgres:///x?{name}={}", value.replace(' ', "%20"));
        let in_url = with(&in_url, &[]).unwrap_err().to_string();
        let in_environment = with("postgres:///x", &[(variable, value)]);
        let in_environment = in_environment.unwrap_err().to_string();
        for refused in [in_url, in_environment] {
            assert!(refused.contains(told), "{name}: {refused}");
        }
    }
    // The URL goes over the environment.
    let plain = "postgres:///x?sslmode=disable";
    assert!(with(plain, &[("PGSSLMODE", "require")]).is_ok());
    assert!(with("postgres:///x?sslrootcert=a", &[]).is_err());
    assert!(with("postgres:///x?tcp_user_timeout=1", &[]).is_err());
}

#[test]
fn no_way_to_write_a_url_shows_a_secret() {
    for text in [
        "postgres://a:geheim@h:1/x",
        "postgres://geheim@h/x",
        "postgresql://a:ge%40heim@h/x?connect_timeout=1&application_name=geheim",
        "postgres://h/x?user=a&password=geheim&port=1",
        "postgres:///x?options=-c%20a%3Dgeheim",
        "postgres://a:ge@geheim@h/x",
        "postgres://a:ge/geheim@h/x",
        "postgres://a:ge?geheim@h/x",
        "postgres://a:ge?geheim=1",
        "postgres://a:ge#geheim@h/x",
        "postgres://a:geheim%@h/x",
        "postgres://a:%ffgeheim@h/x",
        "postgres://a:geheim",
        "postgres://a:geheim/x",
        "postgres:///x?Password=geheim",
        "postgres:///x?pasword=geheim",
        "postgres:///x?password=geheim&password=geheim",
        "postgres:a:geheim@h/x",
        "geheim",
        "mysql://a:geheim@h/x",
        "postgres://h/x?hostaddr=geheim",
        "postgres://h:geheim/x",
    ] {
        let shown = match with(text, &[("PGUSER", "me")]) {
            Ok(url) => format!("{url} {url:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(!shown.contains("geheim"), "{text}: {shown}");
    }
}

#[test]
fn every_session_has_its_own_limits_on_both_drivers() {
    let url = url("postgres:///x?options=-c%20work_mem=8MB");
    let session = Session::new("").with("statement_timeout", "10s");
    let client = url.client(0, &session, Wanted::Primary);
    let options = client.get_options().unwrap();
    for (name, value) in [
        ("work_mem", "8MB"),
        ("statement_timeout", "10s"),
        ("lock_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
        ("idle_session_timeout", "0"),
        ("default_transaction_isolation", "read\\ committed"),
    ] {
        let setting = format!("-c {name}={value}");
        assert_eq!(options.matches(&setting).count(), 1, "{options}");
    }
    assert_eq!(client.get_application_name(), Some("docket"));
    for own in OWN {
        let text = format!("postgres:///x?options=-c%20{own}=1");
        assert!(with(&text, &[("PGUSER", "me")]).is_err(), "{own}");
    }
}
