//! Why a CRM could not be read at all. What concerns one relation or row only is a doubt, not an error.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

/// A cause that stands in the chain of an error.
type Cause = Box<dyn Error + Send + Sync>;

/// Why a CRM could not be read. Nothing was changed, in it or by what it holds.
#[derive(Debug, thiserror::Error)]
pub enum CrmError {
    /// There is no file.
    #[error("the CRM database {} does not exist", path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// We may not read it.
    #[error("the CRM database {} may not be read by this account", path.display())]
    NoAccess {
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: Cause,
    },
    /// The file is something else.
    #[error("{} is no SQLite database", path.display())]
    NotADatabase {
        /// Where it is.
        path: PathBuf,
    },
    /// The file has no tables.
    #[error("the CRM database {} holds no tables", path.display())]
    Empty {
        /// Where it is.
        path: PathBuf,
    },
    /// The database keeps text in a way we do not read.
    #[error("the CRM database {} keeps text as {encoding}, only UTF-8 can be read", path.display())]
    Encoding {
        /// Where it is.
        path: PathBuf,
        /// What it uses.
        encoding: String,
    },
    /// Someone who writes kept us out.
    #[error("the CRM database {} was locked by another program for more than {} s", path.display(), waited.as_secs())]
    Locked {
        /// Where it is.
        path: PathBuf,
        /// How long we waited.
        waited: Duration,
    },
    /// The database contradicts itself.
    #[error("the CRM database {} is damaged", path.display())]
    Damaged {
        /// Where it is.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: Cause,
    },
    /// The transaction ended while we read, so that the rows are not of one moment.
    #[error("the CRM database {} could not be read as of one moment", path.display())]
    Torn {
        /// Where it is.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: Cause,
    },
    /// Anything else.
    #[error("the CRM database {} could not be read", path.display())]
    Failed {
        /// Where it is.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: Cause,
    },
}

impl CrmError {
    /// What a person should do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "check the path; the database is never created here",
            Self::NoAccess { .. } => {
                "give the account read access to the file and its folder; a database in WAL mode also needs its -wal and -shm files, or write access to the \
                 folder; one left by a crash must be opened once by the CRM"
            }
            Self::NotADatabase { .. } => "check the path, and that the file is not encrypted or a dump",
            Self::Empty { .. } => "check the path: the CRM has not set this database up",
            Self::Encoding { .. } => "have the CRM's database dumped and loaded into one with PRAGMA encoding = 'UTF-8'",
            Self::Locked { .. } => "try again when the other program is done",
            Self::Damaged { .. } => "check it with PRAGMA integrity_check and restore a backup",
            Self::Torn { .. } | Self::Failed { .. } => "try again; if it stays, check disk and file",
        }
    }
}
