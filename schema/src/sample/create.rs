//! Writes the sample CRM into a new file.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use serde::Serialize;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use super::change::Change;
use super::colleague::Colleague;
use super::contact::{Contacts, Maker};
use super::crowd::Crowd;
use super::dice::Dice;
use super::tables::schema;
use super::wish::Wishes;
use crate::profile::Database;
use crate::row::row;

/// The most rows that one statement writes.
pub(super) const CHUNK: usize = 5_000;

/// How large a reference CRM is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Contacts, that is records.
    pub contacts: u32,
    /// Users, with those who left and guests; at least the 60 of the sample.
    pub users: u32,
}

impl Size {
    /// The sample of the demo.
    pub const SAMPLE: Self = Self { contacts: 5_000, users: 60 };

    /// Most companies have several contacts.
    fn companies(self) -> i64 {
        i64::from(self.contacts) * 26 / 100
    }
}

/// Why a sample could not be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// A file of that name is there; it was left as it is.
    #[error("{0} exists already and was left untouched; choose another name or remove it first")]
    Exists(PathBuf),
    /// The file cannot be made.
    #[error("cannot create the sample CRM {path}")]
    Create {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The database refuses a statement. Nothing of it was kept.
    #[error("cannot {doing} (sample CRM {path}); nothing was changed")]
    Database {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the database says.
        #[source]
        source: sqlx::Error,
    },
    /// Rows cannot be handed to the database.
    #[error("cannot write rows of the sample CRM as JSON")]
    Rows(#[source] serde_json::Error),
    /// No row is left whose change anybody would see.
    #[error("the sample CRM {path} has nothing left for the change \"{change}\"; make a new one")]
    NoSubject {
        /// The file.
        path: PathBuf,
        /// The change.
        change: Change,
    },
}

row! {
    /// How many rows a sample has.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
    pub struct Summary {
        /// Contacts, that is records.
        pub contacts: i64,
        /// Companies.
        pub companies: i64,
        /// Phone numbers.
        pub phones: i64,
        /// Mail addresses.
        pub mail_addresses: i64,
        /// Postal addresses.
        pub postal_addresses: i64,
        /// Users, with those who left and guests.
        pub users: i64,
        /// Users who are to have an address book.
        pub seats: i64,
        /// Groups.
        pub groups: i64,
        /// Contacts reserved for users and groups.
        pub subscriptions: i64,
        /// Filters of users and groups.
        pub filters: i64,
    }
}

/// Writes a reference CRM into the new file `path`. The same size, seed and second give the same rows; `now` is what "last activity" and the
/// limits of rights count from.
///
/// # Errors
/// If the file exists (it stays as it is) or cannot be written (then none is left).
pub async fn create(path: &Path, size: Size, seed: u64, now: DateTime<Utc>) -> Result<Summary, SampleError> {
    OpenOptions::new().write(true).create_new(true).open(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => SampleError::Exists(path.to_owned()),
        _ => SampleError::Create { path: path.to_owned(), source },
    })?;
    let made = write(path, size, seed, now.trunc_subsecs(0)).await;
    if made.is_err() {
        // The half-made file is ours; if it cannot be removed either, the first error says more.
        let _ = std::fs::remove_file(path);
    }
    made
}

/// Turns what the database says about a step into an error with the step and the file.
pub(super) fn failed<'a>(path: &'a Path, doing: &'static str) -> impl FnOnce(sqlx::Error) -> SampleError + 'a {
    move |source| SampleError::Database { path: path.to_owned(), doing, source }
}

/// Opens a database that is there.
pub(super) async fn open(path: &Path) -> Result<SqliteConnection, SampleError> {
    SqliteConnectOptions::new().filename(path).create_if_missing(false).foreign_keys(true).connect().await.map_err(failed(path, "open the database"))
}

async fn write(path: &Path, size: Size, seed: u64, now: DateTime<Utc>) -> Result<Summary, SampleError> {
    let mut connection = open(path).await?;
    let mut transaction = connection.begin().await.map_err(failed(path, "begin"))?;
    let summary = fill(&mut transaction, path, (size, seed), now).await?;
    transaction.commit().await.map_err(failed(path, "commit"))?;
    connection.close().await.map_err(failed(path, "close the database"))?;
    Ok(summary)
}

async fn fill(connection: &mut SqliteConnection, path: &Path, (size, seed): (Size, u64), now: DateTime<Utc>) -> Result<Summary, SampleError> {
    sqlx::raw_sql(AssertSqlSafe(schema(Database::Sqlite))).execute(&mut *connection).await.map_err(failed(path, "create the tables"))?;
    let clock = now.to_rfc3339_opts(SecondsFormat::Secs, true);
    sqlx::query(include_str!("clock.sql")).bind(clock).execute(&mut *connection).await.map_err(failed(path, "set the clock"))?;
    sqlx::raw_sql(include_str!("staff.sql")).execute(&mut *connection).await.map_err(failed(path, "write users and rights"))?;
    let mut dice = Dice::new(seed);
    let mut table = Table { connection, path };
    table.insert_crowd(&Crowd::new(size.users, &mut dice)).await?;
    let Table { connection, .. } = table;
    let colleagues: Vec<Colleague> =
        sqlx::query_as(include_str!("colleagues.sql")).fetch_all(&mut *connection).await.map_err(failed(path, "read the users"))?;
    let contacts = Maker::new(&colleagues, now).contacts(i64::from(size.contacts), size.companies(), &mut dice);
    let wishes = Wishes::new(&colleagues, &contacts.contacts, now, &mut dice);
    let mut table = Table { connection, path };
    table.insert_contacts(&contacts).await?;
    table.insert_wishes(&wishes).await?;
    sqlx::query_as(include_str!("summary.sql")).fetch_one(&mut *table.connection).await.map_err(failed(path, "count the rows"))
}

/// Where rows go.
struct Table<'a> {
    connection: &'a mut SqliteConnection,
    path: &'a Path,
}

impl Table<'_> {
    async fn insert_crowd(&mut self, crowd: &Crowd) -> Result<(), SampleError> {
        self.insert(include_str!("insert/user_group.sql"), &crowd.groups).await?;
        self.insert(include_str!("insert/crm_user.sql"), &crowd.users).await?;
        self.insert(include_str!("insert/group_member.sql"), &crowd.members).await?;
        self.insert(include_str!("insert/address_book_seat.sql"), &crowd.seats).await?;
        self.insert(include_str!("insert/address_book_filter.sql"), &crowd.filters).await
    }

    async fn insert_contacts(&mut self, made: &Contacts) -> Result<(), SampleError> {
        let companies: Vec<_> = made.companies.iter().map(|company| &company.row).collect();
        self.insert(include_str!("insert/company.sql"), &companies).await?;
        self.insert(include_str!("insert/contact.sql"), &made.contacts).await?;
        self.insert(include_str!("insert/phone.sql"), &made.phones).await?;
        self.insert(include_str!("insert/mail_address.sql"), &made.mails).await?;
        self.insert(include_str!("insert/postal_address.sql"), &made.addresses).await?;
        self.insert(include_str!("insert/category.sql"), &made.categories).await?;
        self.insert(include_str!("insert/contact_category.sql"), &made.contact_categories).await
    }

    async fn insert_wishes(&mut self, wishes: &Wishes) -> Result<(), SampleError> {
        self.insert(include_str!("insert/contact_share.sql"), &wishes.shares).await?;
        self.insert(include_str!("insert/subscription.sql"), &wishes.subscriptions).await?;
        self.run(include_str!("insert/wall.sql")).await?;
        self.run(include_str!("insert/erasure.sql")).await
    }

    async fn insert(&mut self, sql: &'static str, rows: &[impl Serialize]) -> Result<(), SampleError> {
        for chunk in rows.chunks(CHUNK) {
            let rows = serde_json::to_string(chunk).map_err(SampleError::Rows)?;
            sqlx::query(sql).bind(rows).execute(&mut *self.connection).await.map_err(failed(self.path, "write rows"))?;
        }
        Ok(())
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), SampleError> {
        sqlx::query(sql).execute(&mut *self.connection).await.map_err(failed(self.path, "write rows"))?;
        Ok(())
    }
}
