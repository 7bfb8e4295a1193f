//! A URL while it is read.

use super::{APPLICATION, CONNECT_WITHIN, DatabaseUrl, Place, Server, Unreadable};
use crate::environment::{Environment, VARIABLES, user_of_system};
use crate::secret::Secret;
use crate::{options, passfile};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Settings that are understood and not honoured, the values under which nothing is asked for, and
/// why.
const REFUSED: &[(&str, &[&str], &str)] = &[
    ("sslmode", &["disable", "allow", "prefer"], WITHOUT_TLS),
    ("sslnegotiation", &["postgres"], WITHOUT_TLS),
    ("channel_binding", &["disable", "prefer"], WITHOUT_TLS),
    ("requiressl", &["0"], WITHOUT_TLS),
    ("sslcert", &[], WITHOUT_TLS),
    ("sslkey", &[], WITHOUT_TLS),
    ("sslrootcert", &[], WITHOUT_TLS),
    ("sslcrl", &[], WITHOUT_TLS),
    ("sslpassword", &[], WITHOUT_TLS),
    (
        "gssencmode",
        &["disable", "prefer"],
        "Docket does not speak GSSAPI",
    ),
    (
        "target_session_attrs",
        &["any", "read-write", "primary"],
        "Docket reads and writes at the primary alone",
    ),
    (
        "load_balance_hosts",
        &["disable"],
        "Docket asks the servers in turn for the primary",
    ),
    ("require_auth", &[], "Docket cannot insist on it"),
    ("requirepeer", &[], "Docket cannot insist on it"),
    (
        "service",
        &[],
        "Docket reads no file of services; name the server",
    ),
    ("tcp_user_timeout", &[], OWN_LIMITS),
    ("keepalives", &["1"], OWN_LIMITS),
    ("keepalives_idle", &[], OWN_LIMITS),
    ("keepalives_interval", &[], OWN_LIMITS),
    ("keepalives_count", &[], OWN_LIMITS),
    (
        "client_encoding",
        &["utf8", "UTF8", "auto"],
        "Docket speaks UTF-8",
    ),
];
const WITHOUT_TLS: &str = "this build speaks to PostgreSQL without TLS: use a Unix socket, a private \
     network or a tunnel, and leave it out";
const OWN_LIMITS: &str = "Docket has time limits of its own";

/// Settings that are honoured.
const HONOURED: &[&str] = &[
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "passfile",
    "options",
    "application_name",
    "connect_timeout",
];

/// Where distributions put the socket of a server.
const SOCKETS: &[&str] = &["/var/run/postgresql", "/private/tmp", "/tmp"];
const PORT: u16 = 5432;

/// Settings by their names.
pub(super) struct Draft(BTreeMap<&'static str, String>);

/// What stands behind the scheme.
pub(super) fn without_scheme(text: &str) -> Option<&str> {
    text.strip_prefix("postgres://")
        .or_else(|| text.strip_prefix("postgresql://"))
}

impl Draft {
    pub(super) fn of_url(url: &str) -> Result<Self, Unreadable> {
        let rest = without_scheme(url)
            .ok_or_else(|| Unreadable::new("it does not begin with postgres://"))?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        if authority.matches('@').count() > 1 || rest.contains(['@', '#']) {
            return Err(Unreadable::new(
                "in user and password `@` is written %40, `/` %2F, `?` %3F and `#` %23",
            ));
        }
        let mut draft = Self(BTreeMap::new());
        let servers = match authority.rsplit_once('@') {
            None => authority,
            Some((who, servers)) => {
                let (user, password) = match who.split_once(':') {
                    Some((user, password)) => (user, Some(password)),
                    None => (who, None),
                };
                draft.put("user", decoded(user, "the user")?)?;
                if let Some(password) = password {
                    draft.put("password", decoded(password, "the password")?)?;
                }
                servers
            }
        };
        draft.put_servers(servers)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let name = decoded(
            path.strip_prefix('/').unwrap_or(path),
            "the database's name",
        )?;
        draft.put("dbname", name)?;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            draft.put_pair(pair)?;
        }
        Ok(draft)
    }

    fn put_servers(&mut self, servers: &str) -> Result<(), Unreadable> {
        let (mut hosts, mut ports) = (Vec::new(), Vec::new());
        for server in servers.split(',').filter(|_| !servers.is_empty()) {
            let bracket = server.find(']').map_or(0, |at| at + 1);
            let (host, port) = match server[bracket..].rsplit_once(':') {
                Some((rest, port)) => (&server[..bracket + rest.len()], port),
                None => (server, ""),
            };
            let host = host.trim_start_matches('[').trim_end_matches(']');
            hosts.push(decoded(host, "a host")?);
            ports.push(port.to_owned());
        }
        self.put("host", hosts.join(","))?;
        if ports.iter().any(|port| !port.is_empty()) {
            self.put("port", ports.join(","))?;
        }
        Ok(())
    }

    fn put_pair(&mut self, pair: &str) -> Result<(), Unreadable> {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let known = HONOURED
            .iter()
            .copied()
            .chain(REFUSED.iter().map(|(name, _, _)| *name));
        let name = known.into_iter().find(|known| *known == key);
        let name = name.ok_or_else(|| {
            Unreadable::new(format!(
                "a setting behind its `?` is not known; known are {}",
                HONOURED.join(", ")
            ))
        })?;
        self.put(name, decoded(value, name)?)
    }

    fn put(&mut self, name: &'static str, value: String) -> Result<(), Unreadable> {
        if value.is_empty() {
            return Ok(());
        }
        may_stand(name, &value, name)?;
        match self.0.insert(name, value) {
            None => Ok(()),
            Some(_) => Err(Unreadable::new(format!("{name} stands in it twice"))),
        }
    }

    /// Takes what the URL leaves open.
    pub(super) fn fill_from(&mut self, environment: Environment<'_>) -> Result<(), Unreadable> {
        // Who says where the server is says all of it.
        let has_host = self.0.contains_key("host") || self.0.contains_key("hostaddr");
        for (variable, name) in VARIABLES {
            let Some(value) = environment(variable).filter(|value| !value.is_empty()) else {
                continue;
            };
            if self.0.contains_key(name) || (has_host && *name == "hostaddr") {
                continue;
            }
            may_stand(name, &value, variable)?;
            self.0.insert(name, value);
        }
        Ok(())
    }

    pub(super) fn finish(
        mut self,
        environment: Environment<'_>,
    ) -> Result<DatabaseUrl, Unreadable> {
        let user = match self.0.remove("user") {
            Some(user) => user,
            None => user_of_system()?,
        };
        let name = self.0.remove("dbname").unwrap_or_else(|| user.clone());
        let options = self.0.get("options").map(String::as_str);
        let options = options::parse(options.unwrap_or_default(), "options")?;
        let application = self.0.remove("application_name");
        let connect_within = match self.0.get("connect_timeout") {
            Some(seconds) => seconds_of(seconds)?,
            None => CONNECT_WITHIN,
        };
        let mut servers = self.servers()?;
        let password = self.0.remove("password").map(Secret::new);
        let file = self.0.remove("passfile").map(PathBuf::from);
        let file = file.or_else(|| passfile::default_file(environment));
        for server in &mut servers {
            server.password = password.clone().or_else(|| {
                let port = server.port.to_string();
                let host = server.in_passfile();
                passfile::find(file.as_deref()?, [&host, &port, &name, &user])
            });
        }
        Ok(DatabaseUrl {
            servers,
            user,
            name,
            application: application.unwrap_or_else(|| APPLICATION.to_owned()),
            options,
            connect_within,
        })
    }

    fn servers(&self) -> Result<Vec<Server>, Unreadable> {
        let list = |name: &str| -> Vec<&str> {
            let text = self.0.get(name);
            text.map(|text| text.split(',').collect())
                .unwrap_or_default()
        };
        let (hosts, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
        let many = hosts.len().max(addresses.len()).max(1);
        let fits = |list: &[&str]| list.is_empty() || list.len() == many;
        if !fits(&hosts) || !fits(&addresses) || !(fits(&ports) || ports.len() == 1) {
            return Err(Unreadable::new(
                "there are not as many hosts, addresses and ports as servers",
            ));
        }
        (0..many)
            .map(|at| {
                let port = ports.get(at).or(ports.first()).copied().unwrap_or_default();
                let port = port_of(port)?;
                let address =
                    match addresses.get(at) {
                        Some(address) => Some(address.parse::<IpAddr>().map_err(|_| {
                            Unreadable::new("hostaddr is no address such as 10.0.0.7")
                        })?),
                        None => None,
                    };
                let host = hosts.get(at).copied().filter(|host| !host.is_empty());
                let place = match (host, address) {
                    (Some(host), _) if host.starts_with('/') => Place::Socket(host.into()),
                    (Some(host), _) => Place::Name(host.to_owned()),
                    (None, Some(address)) => Place::Name(address.to_string()),
                    (None, None) => of_machine(port),
                };
                Ok(Server {
                    place,
                    address,
                    port,
                    password: None,
                })
            })
            .collect()
    }
}

impl Server {
    /// What a file of passwords calls it.
    fn in_passfile(&self) -> String {
        match &self.place {
            Place::Name(name) => name.clone(),
            Place::Socket(folder) if SOCKETS.iter().any(|usual| Path::new(usual) == folder) => {
                "localhost".to_owned()
            }
            Place::Socket(folder) => folder.to_string_lossy().into_owned(),
        }
    }
}

/// The server of this machine, by its socket if there is one.
fn of_machine(port: u16) -> Place {
    let socket = format!(".s.PGSQL.{port}");
    let found = SOCKETS
        .iter()
        .map(Path::new)
        .find(|folder| folder.join(&socket).exists());
    found.map_or_else(
        || Place::Name("localhost".to_owned()),
        |folder| Place::Socket(folder.to_owned()),
    )
}

/// `told` is the setting's name, or the variable that it came from.
fn may_stand(name: &str, value: &str, told: &str) -> Result<(), Unreadable> {
    let refused = REFUSED.iter().find(|(refused, _, _)| *refused == name);
    match refused {
        Some((_, harmless, why)) if !harmless.contains(&value) => Err(Unreadable::new(format!(
            "{told} asks for what it cannot have: {why}"
        ))),
        _ if value.contains('\0') => Err(Unreadable::new(format!("{told} holds a zero byte"))),
        _ => Ok(()),
    }
}

fn seconds_of(text: &str) -> Result<Duration, Unreadable> {
    match text.parse::<u32>() {
        Ok(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds.into())),
        _ => Err(Unreadable::new(
            "connect_timeout is a number of seconds from 1",
        )),
    }
}

fn port_of(text: &str) -> Result<u16, Unreadable> {
    match text {
        "" => Ok(PORT),
        text => match text.parse::<u16>() {
            Ok(port) if port > 0 => Ok(port),
            _ => Err(Unreadable::new("a port is a number from 1 to 65535")),
        },
    }
}

/// Percent signs and what they stand for.
fn decoded(text: &str, what: &str) -> Result<String, Unreadable> {
    let wrong = || {
        Unreadable::new(format!(
            "a % in {what} is written %25, and two hex digits follow any other"
        ))
    };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit().ok_or_else(wrong)?, digit().ok_or_else(wrong)?);
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| wrong())?);
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}
