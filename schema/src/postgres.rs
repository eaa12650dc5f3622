//! How a PostgreSQL server is reached, be it a CRM's or that of our own state, and what its refusals mean.

use std::io;

use secrecy::ExposeSecret;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, Error};

use crate::address::{Server, Tls};

/// How the server is reached, with everything said that the environment could say otherwise.
pub(crate) fn options(server: &Server) -> PgConnectOptions {
    let tls = match server.tls {
        Tls::Off => PgSslMode::Disable,
        Tls::Required => PgSslMode::Require,
        Tls::Authority => PgSslMode::VerifyCa,
        Tls::Full => PgSslMode::VerifyFull,
    };
    let options = PgConnectOptions::new_without_pgpass()
        .host(&server.host)
        .port(server.port)
        .username(&server.user)
        .password(server.password.as_ref().map_or("", |password| password.expose_secret()))
        .database(&server.database)
        .ssl_mode(tls)
        .application_name("adressbote")
        .disable_statement_logging();
    let options = match &server.socket {
        Some(socket) => options.socket(socket),
        None => options,
    };
    match &server.root_certificate {
        Some(path) => options.ssl_root_cert(path),
        None => options,
    }
}

/// The SQLSTATE of an error; empty for one that is not the server's.
pub(crate) fn code(error: &Error) -> String {
    error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned()
}

/// Why a server cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The connection cannot be protected as it should be.
    Tls,
    /// The account, or its password.
    Login,
    /// It has no such database.
    NoDatabase,
    /// The account may not do that.
    Forbidden,
    /// It takes no more connections.
    Busy,
    /// It does not answer, or not yet.
    Unreachable,
    /// Anything else.
    Other,
}

impl Refusal {
    /// What an error of the server, or of the way to it, means.
    pub(crate) fn of(server: &Server, error: &Error) -> Self {
        let is_plain = server.tls == Tls::Off && error.as_database_error().is_some_and(|error| error.message().contains("encryption"));
        match (code(error).as_str(), error) {
            ("28000", _) if is_plain => Self::Tls,
            ("28000" | "28P01", _) => Self::Login,
            ("3D000", _) => Self::NoDatabase,
            ("42501", _) => Self::Forbidden,
            ("53300", _) => Self::Busy,
            ("57P03", _) => Self::Unreachable,
            (_, Error::Io(error)) if error.kind() == io::ErrorKind::InvalidData => Self::Tls,
            (_, Error::Tls(_)) => Self::Tls,
            (_, Error::Io(_)) => Self::Unreachable,
            _ => Self::Other,
        }
    }
}
