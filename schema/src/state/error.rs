//! What can go wrong with the state database, in words that say what to do.

use std::path::{Path, PathBuf};

use sqlx::migrate::MigrateError;

use super::intent::IntentId;

/// Why something could not be read from or written to the state database. Whatever was being written was left undone as a whole.
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
        "the state database {path} was written by a newer version of Adressbote (step {version}) and was left untouched; run that version, or restore a backup made before the upgrade"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The first migration that we do not know.
        version: i64,
    },
    /// A migration that it has had is not the one that we have.
    #[error(
        "the tables of the state database {path} differ from what this version of Adressbote made in step {version}; it was left untouched; run the version that made them"
    )]
    Altered {
        /// The file.
        path: PathBuf,
        /// The migration.
        version: i64,
    },
    /// The file may not be written.
    #[error("the state database is read-only and nothing was written; give this account the right to write the file and its folder")]
    ReadOnly,
    /// Another process works with this state.
    #[error("another process ({holder}) is at work on the state database {path}; nothing was done; wait until it has ended, or end it")]
    Taken {
        /// The file.
        path: PathBuf,
        /// What the other process wrote about itself.
        holder: String,
    },
    /// Another process wrote for too long.
    #[error("the state database is busy: another process has been writing for too long; nothing was written here; try again")]
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
    /// Anything else that SQLite reports.
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
    /// A list of tombstones that cannot be taken in.
    #[error("line {line} of the list of erased persons cannot be taken in: {why}; nothing of it was")]
    BadTombstones {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: &'static str,
    },
}

/// What SQLite's result code means to us (<https://www.sqlite.org/rescode.html>).
enum Code {
    Busy,
    ReadOnly,
    Disk,
    Corrupt,
    Full,
    CannotOpen,
    NotADatabase,
    Other,
}

fn code(error: &sqlx::Error) -> Code {
    let extended = error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<i32>().ok());
    match extended.map(|code| code & 0xff) {
        Some(5 | 6) => Code::Busy,
        Some(8) => Code::ReadOnly,
        Some(10) => Code::Disk,
        Some(11) => Code::Corrupt,
        Some(13) => Code::Full,
        Some(14) => Code::CannotOpen,
        Some(26) => Code::NotADatabase,
        _ => Code::Other,
    }
}

impl From<sqlx::Error> for StateError {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::PoolTimedOut) {
            return Self::Busy(error);
        }
        match code(&error) {
            Code::Busy => Self::Busy(error),
            Code::ReadOnly => Self::ReadOnly,
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
            Code::Busy | Code::ReadOnly | Code::Disk | Code::Corrupt | Code::Full | Code::Other => Self::from(error),
        }
    }

    /// An error while its tables were being made.
    pub(super) fn while_migrating(path: &Path, error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => Self::Newer { path: path.to_owned(), version },
            MigrateError::VersionMismatch(version) => Self::Altered { path: path.to_owned(), version },
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Self::from(error),
            other => Self::Database(sqlx::Error::Migrate(Box::new(other))),
        }
    }
}
