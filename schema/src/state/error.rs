//! What can go wrong with the state database, in words that say what to do.

use std::path::{Path, PathBuf};

use sqlx::migrate::MigrateError;
use sqlx::postgres::PgDatabaseError;

use super::intent::IntentId;

/// Why something could not be read from or written to the state database. Whatever was being written was left undone as a whole, unless the connection
/// was lost at the end: then it stands there as a whole, or not at all.
///
/// `place` is the file, or database and server; never a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The file cannot be opened or made.
    #[error("the state database {path} cannot be opened; check that its folder exists and that this account may read and write there")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is no database.
    #[error("{path} is not a database and was left untouched; name another file for the state database")]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is another program's database.
    #[error("{path} is the database of another program and was left untouched; name another file for the state database")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer program made its tables.
    #[error(
        "the state database {place} was written by a newer version of Adressbote (step {version}) and was left untouched; run that version, or restore a backup made before the upgrade"
    )]
    Newer {
        /// Where it is.
        place: String,
        /// The first migration that we do not know.
        version: i64,
    },
    /// A migration that it has had is not the one that we have.
    #[error(
        "the tables of the state database {place} differ from what this version of Adressbote made in step {version}; it was left untouched; run the version that made them"
    )]
    Altered {
        /// Where it is.
        place: String,
        /// The migration.
        version: i64,
    },
    /// The file may not be written.
    #[error("the state database is read-only and nothing was written; give this account the right to write the file and its folder")]
    ReadOnly,
    /// Another process works with this state.
    #[error("another process ({holder}) is at work on the state database {place}; nothing was done; wait until it has ended, or end it")]
    Taken {
        /// Where it is.
        place: String,
        /// What the other process wrote about itself.
        holder: String,
    },
    /// Another process took the lock while this one believed to hold it.
    #[error(
        "another process ({holder}) has taken over the state database since, because the connection that held the lock was lost; nothing was written here; the other process goes on with the work"
    )]
    Superseded {
        /// What the other process wrote about itself.
        holder: String,
    },
    /// The connection that holds the lock was lost.
    #[error(
        "the connection that kept other processes from the state database was lost, so this pass ended early; what it had written stands, and the next pass goes on"
    )]
    LockLost(#[source] sqlx::Error),
    /// A server of another kind.
    #[error("the state database cannot stand on MariaDB or MySQL; name an SQLite file or a database on a PostgreSQL server")]
    Mysql,
    /// Nobody answers at the address, or has a connection left.
    #[error(
        "the server of the state database {place} cannot be reached or takes no more connections; nothing was written; check that it runs, its address and the network"
    )]
    Unreachable {
        /// Where it should be.
        place: String,
        /// What the system or the server said.
        #[source]
        source: sqlx::Error,
    },
    /// The server does not know the account, or not by this password.
    #[error(
        "the server of the state database {place} does not let `{user}` in: wrong password, no such account, or no right to connect; correct section [state] of the configuration"
    )]
    Login {
        /// Where it is.
        place: String,
        /// The account.
        user: String,
        /// What the server said.
        #[source]
        source: sqlx::Error,
    },
    /// The server has no such database.
    #[error("the server has no database for the state: {place} does not exist; let its administrator make it with CREATE DATABASE")]
    NoDatabase {
        /// Where it should be.
        place: String,
    },
    /// The connection cannot be protected as it should be.
    #[error(
        "the connection to the state database {place} cannot be encrypted as demanded; nothing was sent; check the server's certificate and `sslmode`"
    )]
    Tls {
        /// Where it is.
        place: String,
        /// What is wrong.
        #[source]
        source: sqlx::Error,
    },
    /// The account may not make the schema or what belongs into it.
    #[error(
        "the account `{user}` may not make its tables in the state database {place}; nothing was changed; let the server's administrator run there once: CREATE SCHEMA adressbote AUTHORIZATION \"{user}\" (or, if it exists: ALTER SCHEMA adressbote OWNER TO \"{user}\")"
    )]
    NoRight {
        /// Where it is.
        place: String,
        /// The account.
        user: String,
        /// What the server said.
        #[source]
        source: sqlx::Error,
    },
    /// The schema is another program's.
    #[error("the schema `adressbote` in the database {place} holds something else and was left untouched; name another database for the state")]
    ForeignSchema {
        /// Where it is.
        place: String,
    },
    /// The server takes no writes.
    #[error("the server of the state database takes no writes (it is a standby, or was set to read only); nothing was written; name the primary")]
    Standby(#[source] sqlx::Error),
    /// The account lacks a right that it once had.
    #[error(
        "the server of the state database forbids this account a statement; nothing was written; make it the owner of the schema `adressbote` and all in it again"
    )]
    Forbidden(#[source] sqlx::Error),
    /// The connection to the server ended.
    #[error(
        "the connection to the state database was lost; what was being written stands there as a whole or not at all; check the server and the network, then try again"
    )]
    Lost(#[source] sqlx::Error),
    /// Others had it for too long.
    #[error("the state database is busy: others have been writing or reading there for too long; nothing was written here; try again")]
    Busy(#[source] sqlx::Error),
    /// There is no room left.
    #[error("there is no room left for the state database; nothing was written; make room on the disk and start again")]
    Full(#[source] sqlx::Error),
    /// The disk failed.
    #[error("the disk failed under the state database; nothing was written; check the disk and its free space, then start again")]
    Disk(#[source] sqlx::Error),
    /// The file is damaged.
    #[error("the state database is damaged; restore it from a backup, or set it aside: a new one finds our contacts again by their markers")]
    Corrupt(#[source] sqlx::Error),
    /// Anything else that the database reports.
    #[error("the state database refused a statement; nothing was written")]
    Database(#[source] sqlx::Error),
    /// A cell holds something that we do not understand.
    #[error(
        "the state database holds {what} that this version of Adressbote does not know; nothing was written; a newer version wrote it: run that one"
    )]
    Unreadable {
        /// What kind of thing.
        what: &'static str,
    },
    /// The digest key is not the one that this state was made with.
    #[error(
        "the digest key is not the one that this state database was made with; with another key none of our contacts would be recognised; nothing was done; put the right key file back, from a backup if need be"
    )]
    OtherKey,
    /// A create for a contact that stands already.
    #[error(
        "record {record} already has a contact in the folder of user {user}; nothing was planned for it; plan again from the ledger as it is now"
    )]
    AlreadyPushed {
        /// The user.
        user: String,
        /// The record.
        record: String,
    },
    /// An update of a contact that the ledger does not hold.
    #[error(
        "the ledger holds no such contact of record {record} for user {user}; nothing was planned for it; plan again from the ledger as it is now"
    )]
    NotPushed {
        /// The user.
        user: String,
        /// The record.
        record: String,
    },
    /// An earlier change of the same contact has no outcome yet.
    #[error("an earlier change of record {record} for user {user} has no known outcome yet; look it up in the mailbox and settle it first")]
    AlreadyIntended {
        /// The user.
        user: String,
        /// The record.
        record: String,
    },
    /// The outcome does not fit the change.
    #[error("the outcome \"{outcome}\" does not fit change {intent}; the ledger was left as it was")]
    WrongOutcome {
        /// The change.
        intent: IntentId,
        /// The outcome.
        outcome: &'static str,
    },
    /// There is no such row.
    #[error("there is no {what} {id} in the state database")]
    Missing {
        /// What kind of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The mailbox is another user's.
    #[error(
        "mailbox {mailbox} belongs to user {user} until his folder has been withdrawn from it; nothing was changed; release his binding first and let a pass empty the folder"
    )]
    MailboxTaken {
        /// The mailbox.
        mailbox: String,
        /// Whose it is.
        user: String,
    },
    /// Something of ours still stands in the mailbox.
    #[error(
        "{count} contacts, folders or open changes of user {user} still stand in mailbox {mailbox}; they were kept; let a pass remove them first"
    )]
    StillThere {
        /// The user.
        user: String,
        /// The mailbox.
        mailbox: String,
        /// How many.
        count: i64,
    },
    /// The relation is not in doubt, or its doubt is of a kind that a yes cannot settle.
    #[error(
        "there is nothing to confirm about {relation}: it is not in doubt, or its rows could not be counted; nothing was changed; it must read well again"
    )]
    NothingToConfirm {
        /// The relation.
        relation: String,
    },
    /// The relation has other rows than those that were to be confirmed.
    #[error(
        "{relation} has {found} rows by now, not {rows}; nothing was changed; look at it again with `adressbote doubt list`, and confirm what is there now if it is right"
    )]
    OtherRows {
        /// The relation.
        relation: String,
        /// The rows that were to be confirmed.
        rows: u64,
        /// The rows of the last reading.
        found: u64,
    },
    /// A list of tombstones that cannot be taken in.
    #[error("line {line} of the list of erased persons cannot be taken in: {why}; nothing of it was")]
    BadTombstones {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: &'static str,
    },
}

/// What an error of the database means to us.
enum Code {
    Busy,
    ReadOnly,
    Standby,
    Forbidden,
    Lost,
    Disk,
    Corrupt,
    Full,
    CannotOpen,
    NotADatabase,
    Other,
}

fn code(error: &sqlx::Error) -> Code {
    let Some(told) = error.as_database_error() else { return connection(error) };
    let code = told.code().unwrap_or_default();
    if told.try_downcast_ref::<PgDatabaseError>().is_some() { of_postgres(&code) } else { of_sqlite(&code) }
}

/// What an error means that no database told.
fn connection(error: &sqlx::Error) -> Code {
    match error {
        sqlx::Error::PoolTimedOut => Code::Busy,
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => Code::Lost,
        _ => Code::Other,
    }
}

/// SQLite's result codes: <https://www.sqlite.org/rescode.html>.
fn of_sqlite(code: &str) -> Code {
    match code.parse::<i32>().map(|code| code & 0xff) {
        Ok(5 | 6) => Code::Busy,
        Ok(8) => Code::ReadOnly,
        Ok(10) => Code::Disk,
        Ok(11) => Code::Corrupt,
        Ok(13) => Code::Full,
        Ok(14) => Code::CannotOpen,
        Ok(26) => Code::NotADatabase,
        _ => Code::Other,
    }
}

/// PostgreSQL's: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn of_postgres(code: &str) -> Code {
    match code {
        "55P03" | "57014" | "40P01" => Code::Busy,
        "25006" => Code::Standby,
        "53100" => Code::Full,
        "58030" => Code::Disk,
        "XX001" | "XX002" => Code::Corrupt,
        "42501" => Code::Forbidden,
        code if code.starts_with("08") || code.starts_with("57P") || code == "25P03" => Code::Lost,
        _ => Code::Other,
    }
}

impl From<sqlx::Error> for StateError {
    fn from(error: sqlx::Error) -> Self {
        match code(&error) {
            Code::Busy => Self::Busy(error),
            Code::ReadOnly => Self::ReadOnly,
            Code::Standby => Self::Standby(error),
            Code::Forbidden => Self::Forbidden(error),
            Code::Lost => Self::Lost(error),
            Code::Disk => Self::Disk(error),
            Code::Corrupt | Code::NotADatabase => Self::Corrupt(error),
            Code::Full => Self::Full(error),
            Code::CannotOpen | Code::Other => Self::Database(error),
        }
    }
}

impl StateError {
    /// An error while the file was being opened, when its path is what helps.
    pub(super) fn while_opening(path: &Path, error: sqlx::Error) -> Self {
        match code(&error) {
            Code::NotADatabase => Self::NotADatabase { path: path.to_owned() },
            Code::CannotOpen => Self::Open { path: path.to_owned(), source: std::io::Error::other(error) },
            _ => Self::from(error),
        }
    }

    /// An error while its tables were being made.
    pub(super) fn while_migrating(place: &str, error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => Self::Newer { place: place.to_owned(), version },
            MigrateError::VersionMismatch(version) => Self::Altered { place: place.to_owned(), version },
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Self::from(error),
            other => Self::Database(sqlx::Error::Migrate(Box::new(other))),
        }
    }
}
