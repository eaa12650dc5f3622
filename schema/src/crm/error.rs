//! Why a CRM could not be read at all. What concerns one relation or row only is a doubt, not an error.

use std::error::Error;
use std::time::Duration;

use adressbote_rules::key::UserKey;

/// A cause that stands in the chain of an error.
type Cause = Box<dyn Error + Send + Sync>;

/// Why a CRM could not be read. Nothing was changed, in it or by what it holds. `place` is the file, or database and server; never a password.
#[derive(Debug, thiserror::Error)]
pub enum CrmError {
    /// There is no file, or the server has no such database.
    #[error("the CRM database {place} does not exist")]
    Missing {
        /// Where it should be.
        place: String,
    },
    /// We may not read the file.
    #[error("the CRM database {place} may not be read by this account")]
    NoAccess {
        /// Where it is.
        place: String,
        /// What the system said.
        #[source]
        source: Cause,
    },
    /// The file is something else.
    #[error("{place} is no SQLite database")]
    NotADatabase {
        /// Where it is.
        place: String,
    },
    /// There are no tables, or none that we may see.
    #[error("the CRM database {place} holds no tables that the account may see")]
    Empty {
        /// Where it is.
        place: String,
    },
    /// The database keeps text in a way we do not read.
    #[error("the CRM database {place} keeps text as {encoding}, only UTF-8 can be read")]
    Encoding {
        /// Where it is.
        place: String,
        /// What it uses.
        encoding: String,
    },
    /// Nobody answers at the address.
    #[error("the server of the CRM database {place} cannot be reached")]
    Unreachable {
        /// Where it should be.
        place: String,
        /// What the system said.
        #[source]
        source: Cause,
    },
    /// The server does not know the account, or not by this password.
    #[error("the server of the CRM database {place} does not let `{user}` in: wrong password, or no such account from this machine")]
    Login {
        /// Where it is.
        place: String,
        /// The account.
        user: String,
        /// What the server said.
        #[source]
        source: Cause,
    },
    /// The server knows the account, but does not let it into the database.
    #[error("the account `{user}` may not use the CRM database {place}")]
    Forbidden {
        /// Where it is.
        place: String,
        /// The account.
        user: String,
        /// What the server said.
        #[source]
        source: Cause,
    },
    /// The connection cannot be protected as it should be.
    #[error("the connection to the CRM database {place} cannot be encrypted as demanded")]
    Tls {
        /// Where it is.
        place: String,
        /// What is wrong.
        #[source]
        source: Cause,
    },
    /// The server has no place for us now.
    #[error("the server of the CRM database {place} takes no more connections")]
    Busy {
        /// Where it is.
        place: String,
        /// What the server said.
        #[source]
        source: Cause,
    },
    /// Someone who writes kept us out.
    #[error("the CRM database {place} was locked by another program for more than {} s", waited.as_secs_f32())]
    Locked {
        /// Where it is.
        place: String,
        /// How long we waited.
        waited: Duration,
    },
    /// The database contradicts itself.
    #[error("the CRM database {place} is damaged")]
    Damaged {
        /// Where it is.
        place: String,
        /// What it said.
        #[source]
        source: Cause,
    },
    /// A replica broke the reading off.
    #[error("the CRM database {place} is a replica and broke the reading off for changes it had to apply")]
    Replica {
        /// Where it is.
        place: String,
        /// What the server said.
        #[source]
        source: Cause,
    },
    /// The transaction ended while we read, so that the rows are not of one moment.
    #[error("the CRM database {place} could not be read as of one moment")]
    Torn {
        /// Where it is.
        place: String,
        /// What happened.
        #[source]
        source: Cause,
    },
    /// What makes the session one user's was changed by the CRM's own SQL, or stayed behind.
    #[error("the CRM database {place} was asked as the user `{user}`, and {what}; nothing that was read counts")]
    Stained {
        /// Where it is.
        place: String,
        /// The user's key.
        user: UserKey,
        /// What happened to the session, without contents.
        what: String,
    },
    /// Anything else.
    #[error("the CRM database {place} could not be read")]
    Failed {
        /// Where it is.
        place: String,
        /// What the database said.
        #[source]
        source: Cause,
    },
}

impl CrmError {
    /// What a person should do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "check the path, or the database's name; the database is never created here",
            Self::NoAccess { .. } => {
                "give the account read access to the file and its folder; a database in WAL mode also needs its -wal and -shm files, or write access to the \
                 folder; one left by a crash must be opened once by the CRM"
            }
            Self::NotADatabase { .. } => "check the path, and that the file is not encrypted or a dump",
            Self::Empty { .. } => "check path and name: the CRM has not set this database up, or granted the account nothing in it",
            Self::Encoding { .. } => "have the CRM's database dumped and loaded into one with PRAGMA encoding = 'UTF-8'",
            Self::Unreachable { .. } => "check host and port, that the server runs and listens there, and the firewalls between",
            Self::Login { .. } => {
                "check user and password, and whether the server expects the account from this machine (pg_hba.conf, 'user'@'host')"
            }
            Self::Forbidden { .. } => {
                "grant it CONNECT and SELECT (PostgreSQL), or SELECT and SHOW VIEW (MariaDB, MySQL), on the CRM's database, and no more"
            }
            Self::Tls { .. } => {
                "have TLS set up on the server; name its own authority with `sslrootcert`. `sslmode=require` does not look to whom it speaks, `sslmode=disable` \
                 sends everything in the clear"
            }
            Self::Busy { .. } => "try again; if it stays, raise the server's limit of connections, or the account's",
            Self::Locked { .. } => "try again when the other program is done",
            Self::Damaged { .. } => "check it with PRAGMA integrity_check and restore a backup",
            Self::Replica { .. } => "try again; if it stays, set hot_standby_feedback on the replica, or raise its max_standby_streaming_delay",
            Self::Stained { .. } => {
                "one user could be given what is another's, so no folder was changed; find the policy, view or function that changes the session by itself, \
                 and have it read only what it is given"
            }
            Self::Torn { .. } | Self::Failed { .. } => "try again; if it stays, check the disk and file, or the server and its log",
        }
    }
}
