use super::{DatabaseUrl, Place, Server};
use std::fmt;

const USUAL_PORT: u16 = 5432;

/// Servers and database, and nothing that may be a secret.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        for (at, server) in self.servers.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{server}")?;
        }
        write!(f, "/{}", self.name)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Name(name) if name.contains(':') => write!(f, "[{name}]")?,
            Place::Name(name) => f.write_str(name)?,
            Place::Socket(folder) => {
                f.write_str(&folder.to_string_lossy().replace('/', "%2F"))?;
            }
        }
        match self.port {
            USUAL_PORT => Ok(()),
            port => write!(f, ":{port}"),
        }
    }
}
