//! Where a database is, a CRM's or that of our own state: a file, or a server with an account. Whatever is printed of it, the password is not.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::{Host, ParseError, Url};

use crate::profile::Database;

/// Where a database is.
#[derive(Clone, Debug)]
pub enum Address {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A database on a PostgreSQL server.
    Postgres(Server),
    /// A database on a MariaDB or MySQL server.
    Mysql(Server),
}

/// A database on a server, and the account that uses it.
#[derive(Clone, Debug)]
pub struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The socket on this machine to use instead of host and port: the folder of it for PostgreSQL, the file itself for MariaDB and MySQL.
    pub(crate) socket: Option<PathBuf>,
    pub(crate) user: String,
    pub(crate) database: String,
    pub(crate) tls: Tls,
    pub(crate) root_certificate: Option<PathBuf>,
    pub(crate) password: Option<SecretString>,
}

/// How much a connection is protected on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tls {
    /// Not at all; the default on this machine itself.
    Off,
    /// Encrypted, but to whom is not looked at.
    Required,
    /// The server's certificate is signed by an authority that we trust.
    Authority,
    /// And it is the certificate of that host; the default for other machines.
    Full,
}

/// Why a text is no address of a database. Says nothing of what stands in it: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The password stands in it.
    #[error(
        "a password must not stand in the address of the database: name where it stands, with `password = {{ file = … }}` or `password = {{ env = … }}`"
    )]
    Password,
    /// It begins with a scheme that we do not know.
    #[error("the database is the path of an SQLite file, or an address that begins with `postgres://` or `mysql://`")]
    Scheme,
    /// A part is missing or cannot be.
    #[error("the address of the database has no {0}; write it as `postgres://USER@HOST:PORT/DATABASE?sslmode=verify-full`, or with `mysql://`")]
    Part(&'static str),
    /// What stands after `?`.
    #[error("the address of the database knows `sslmode`, `sslrootcert` and `socket` after its `?`, each once, and nothing else")]
    Parameter,
    /// The protection.
    #[error("`sslmode` is `verify-full`, `verify-ca`, `require` or `disable`; others could go in the clear without a word")]
    Tls,
}

impl Address {
    /// The same address with the password of its account.
    #[must_use]
    pub fn with_password(mut self, password: Option<SecretString>) -> Self {
        match &mut self {
            Self::Sqlite(_) => {}
            Self::Postgres(server) | Self::Mysql(server) => server.password = password,
        }
        self
    }

    /// The same address with paths in it counted from a folder.
    #[must_use]
    pub fn within(mut self, folder: &Path) -> Self {
        match &mut self {
            Self::Sqlite(path) => *path = folder.join(&*path),
            Self::Postgres(server) | Self::Mysql(server) => {
                server.root_certificate = server.root_certificate.as_ref().map(|path| folder.join(path));
            }
        }
        self
    }

    /// The kind of database, whose dialect a profile must be written in.
    pub fn kind(&self) -> Database {
        match self {
            Self::Sqlite(_) => Database::Sqlite,
            Self::Postgres(_) => Database::Postgres,
            Self::Mysql(_) => Database::Mysql,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(server) | Self::Mysql(server) => server.fmt(f),
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.socket {
            Some(socket) => write!(f, "{} at {}", self.database, socket.display()),
            None => write!(f, "{} at {}:{}", self.database, self.host, self.port),
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if !text.contains("://") {
            // Other programs' ways of naming a server, which would else be printed as a path, with what stands in them.
            let is_foreign = text.contains("password=") || text.contains('@') && text.contains(':');
            return if is_foreign { Err(AddressError::Scheme) } else { Ok(Self::Sqlite(PathBuf::from(text))) };
        }
        let url = Url::parse(text).map_err(|error| match error {
            ParseError::InvalidPort => AddressError::Part("port that could be one"),
            _ => AddressError::Part("host that could be one"),
        })?;
        match url.scheme() {
            "postgres" | "postgresql" => Server::of(&url, 5432).map(Self::Postgres),
            "mysql" | "mariadb" => Server::of(&url, 3306).map(Self::Mysql),
            _ => Err(AddressError::Scheme),
        }
    }
}

impl Server {
    fn of(url: &Url, usual_port: u16) -> Result<Self, AddressError> {
        if url.password().is_some() {
            return Err(AddressError::Password);
        }
        let part = |text: &str, what| decoded(text).filter(|text| !text.is_empty()).ok_or(AddressError::Part(what));
        let host = match url.host() {
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => ip.to_string(),
            Some(Host::Domain(name)) => part(name, "host")?,
            None => return Err(AddressError::Part("host")),
        };
        let parameters = Parameters::of(url)?;
        let is_here = parameters.socket.is_some() || is_loopback(&host);
        Ok(Self {
            port: url.port().unwrap_or(usual_port),
            user: part(url.username(), "user")?,
            database: part(url.path().trim_start_matches('/'), "database")?,
            tls: parameters.tls.unwrap_or(if is_here { Tls::Off } else { Tls::Full }),
            root_certificate: parameters.root_certificate,
            socket: parameters.socket,
            host,
            password: None,
        })
    }
}

/// What stands after the `?`.
#[derive(Default)]
struct Parameters {
    tls: Option<Tls>,
    root_certificate: Option<PathBuf>,
    socket: Option<PathBuf>,
}

impl Parameters {
    fn of(url: &Url) -> Result<Self, AddressError> {
        let mut found = Self::default();
        for (name, value) in url.query_pairs() {
            let is_new = match &*name {
                _ if value.is_empty() => false,
                "sslmode" => found.tls.replace(tls(&value)?).is_none(),
                "sslrootcert" => found.root_certificate.replace(PathBuf::from(&*value)).is_none(),
                "socket" => found.socket.replace(PathBuf::from(&*value)).is_none(),
                "password" => return Err(AddressError::Password),
                _ => false,
            };
            if !is_new {
                return Err(AddressError::Parameter);
            }
        }
        Ok(found)
    }
}

fn tls(value: &str) -> Result<Tls, AddressError> {
    match value {
        "disable" => Ok(Tls::Off),
        "require" => Ok(Tls::Required),
        "verify-ca" => Ok(Tls::Authority),
        "verify-full" => Ok(Tls::Full),
        _ => Err(AddressError::Tls),
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// Text in which `%2F` stands for `/`.
fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(text: &str) -> Server {
        match text.parse().unwrap() {
            Address::Postgres(server) | Address::Mysql(server) => server,
            Address::Sqlite(path) => panic!("{}", path.display()),
        }
    }

    #[test]
    fn a_path_is_sqlite_and_a_url_a_server() {
        assert!(matches!("data/crm.sqlite".parse(), Ok(Address::Sqlite(path)) if path == Path::new("data/crm.sqlite")));
        let found = server("postgres://reader@db.example/crm");
        assert_eq!((found.host.as_str(), found.port, found.user.as_str(), found.database.as_str()), ("db.example", 5432, "reader", "crm"));
        assert_eq!(server("mysql://crm%40reader@[::1]:3307/k%C3%BCche").to_string(), "küche at ::1:3307");
        assert_eq!(server("mysql://r@localhost/crm?socket=%2Frun%2Fmysqld.sock").to_string(), "crm at /run/mysqld.sock");
        assert_eq!("mariadb://r@h/crm".parse::<Address>().unwrap().kind(), Database::Mysql);
    }

    #[test]
    fn nothing_leaves_the_machine_in_the_clear_unless_it_is_said() {
        for here in ["postgres://r@localhost/c", "postgres://r@127.0.0.1/c", "mysql://r@[::1]/c", "mysql://r@db.example/c?socket=/s"] {
            assert_eq!(server(here).tls, Tls::Off, "{here}");
        }
        for away in ["postgres://r@10.0.0.1/c", "mysql://r@db.example/c", "postgres://r@localhost.example/c"] {
            assert_eq!(server(away).tls, Tls::Full, "{away}");
        }
        assert_eq!(server("postgres://r@db.example/c?sslmode=disable").tls, Tls::Off);
        assert_eq!(server("mysql://r@localhost/c?sslmode=require").tls, Tls::Required);
        let own = server("postgres://r@db.example/c?sslmode=verify-ca&sslrootcert=ca.pem");
        assert_eq!((own.tls, own.root_certificate), (Tls::Authority, Some(PathBuf::from("ca.pem"))));
    }

    #[test]
    fn a_wrong_address_is_said_without_what_stands_in_it() {
        for (text, error) in [
            ("postgres://reader:hunter2@db/crm", AddressError::Password),
            ("postgres://reader:hun@ter2@db/crm", AddressError::Password),
            ("mysql://reader@db/crm?password=hunter2", AddressError::Password),
            ("oracle://reader@db/crm", AddressError::Scheme),
            ("host=db user=reader password=hunter2 dbname=crm", AddressError::Scheme),
            ("reader:hunter2@tcp(db)/crm", AddressError::Scheme),
            ("postgres://db/crm", AddressError::Part("user")),
            ("postgres://reader@db", AddressError::Part("database")),
            ("postgres://reader@db/", AddressError::Part("database")),
            ("postgres://reader@/crm", AddressError::Part("host that could be one")),
            ("postgres://reader@db:hunter2/crm", AddressError::Part("port that could be one")),
            ("mysql://reader@db/crm?ssl=1", AddressError::Parameter),
            ("mysql://reader@db/crm?sslmode=disable&sslmode=require", AddressError::Parameter),
            ("postgres://reader@db/crm?sslmode=prefer", AddressError::Tls),
        ] {
            let found = text.parse::<Address>().unwrap_err();
            assert_eq!(found, error, "{text}");
            assert!(!found.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        let address = "mysql://reader@db/crm".parse::<Address>().unwrap().with_password(Some("hunter2".into()));
        assert!(!format!("{address} {address:?}").contains("hunter2"));
    }
}
