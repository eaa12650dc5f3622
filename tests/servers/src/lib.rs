//! Databases for tests, of each kind: a test writes to one of its own as the CRM does, and drops it afterwards. The servers are those of `tests/servers/run`.
//!
//! Of Adressbote nothing is known here: [`Served::reader`] and [`PASSWORD`] say how its account gets in. Start reading at [`on_each_database`].

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Error, MySqlConnection, PgConnection, SqliteConnection};

mod each;

/// The password of the accounts that read.
pub const PASSWORD: &str = "only-for-tests";

/// The same as PostgreSQL keeps it, by SCRAM with a single round: the usual thousands, at each connection of a program that is not optimized, would be what the
/// tests spend most of their time on.
const KEPT: &str =
    "SCRAM-SHA-256$1:c2FsdCBvZiB0aGUgdGVzdA==$QlspQUKAZNTDVlhvSlteiQiMnSvoxbcTDkh58hGd9Ts=:7vmJu0J8nQKOlRgYtovGb7GsxEm+RZ4QyhXDoVb1APs=";

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// A file.
    Sqlite,
    /// The PostgreSQL server.
    Postgres,
    /// The MariaDB server.
    Mariadb,
}

impl Base {
    /// The address of an account that may do everything, as `tests/servers/run` gives it.
    pub fn admin(self) -> String {
        given(match self {
            Self::Sqlite => panic!("SQLite has no server"),
            Self::Postgres => "ADRESSBOTE_POSTGRES",
            Self::Mariadb => "ADRESSBOTE_MARIADB",
        })
    }

    /// An account's address of a database.
    pub fn url(self, user: &str, database: &str) -> String {
        url(&self.admin(), user, database)
    }
}

/// The address of an account that may do everything on the replica of the PostgreSQL server.
pub fn replica() -> String {
    given("ADRESSBOTE_REPLICA")
}

/// What `tests/servers/run` gives.
fn given(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("this test needs a server: run it as `tests/servers/run cargo test …` ({name} is not set)"))
}

/// An account's address of a database where the administrator's is.
fn url(admin: &str, user: &str, database: &str) -> String {
    let (scheme, rest) = admin.split_once("://").unwrap();
    let host = rest.split_once('@').unwrap().1.split('/').next().unwrap();
    format!("{scheme}://{user}@{host}/{database}")
}

/// A connection that may write, as the CRM's own.
pub enum Writer {
    /// To a file.
    Sqlite(SqliteConnection),
    /// To PostgreSQL.
    Postgres(PgConnection),
    /// To MariaDB.
    Mariadb(MySqlConnection),
}

impl Writer {
    /// Opens a file, which is made if it is not there, or a server's database by its address.
    pub async fn open(kind: Base, place: &str) -> Self {
        match kind {
            Base::Sqlite => {
                let options = SqliteConnectOptions::new().filename(Path::new(place)).create_if_missing(true).foreign_keys(false);
                Self::Sqlite(options.connect().await.unwrap())
            }
            Base::Postgres => Self::Postgres(place.parse::<PgConnectOptions>().unwrap().connect().await.unwrap()),
            Base::Mariadb => Self::Mariadb(place.parse::<MySqlConnectOptions>().unwrap().connect().await.unwrap()),
        }
    }

    /// Carries out statements.
    ///
    /// # Errors
    /// What the database says against it.
    pub async fn attempt(&mut self, script: &str) -> Result<(), Error> {
        let sql = sqlx::raw_sql(AssertSqlSafe(script.to_owned()));
        match self {
            Self::Sqlite(connection) => sql.execute(connection).await.map(|_| ()),
            Self::Postgres(connection) => sql.execute(connection).await.map(|_| ()),
            Self::Mariadb(connection) => sql.execute(connection).await.map(|_| ()),
        }
    }

    /// Carries out statements that go through.
    pub async fn run(&mut self, script: &str) {
        self.attempt(script).await.unwrap_or_else(|error| panic!("{script}: {error}"));
    }

    /// A column of text that a query gives.
    pub async fn column(&mut self, query: &str) -> Vec<String> {
        let sql = AssertSqlSafe(query.to_owned());
        let found = match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_all(connection).await,
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_all(connection).await,
            Self::Mariadb(connection) => sqlx::query_scalar(sql).fetch_all(connection).await,
        };
        found.unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// Ends the connection and waits for that.
    pub async fn close(self) {
        match self {
            Self::Sqlite(connection) => connection.close().await.unwrap(),
            Self::Postgres(connection) => connection.close().await.unwrap(),
            Self::Mariadb(connection) => connection.close().await.unwrap(),
        }
    }
}

/// A database of one test on a server, and the account that reads it; both are of the same name.
pub struct Served {
    /// The kind of the server.
    pub kind: Base,
    /// The name of both.
    pub name: String,
}

impl Served {
    /// Makes a database; `like` stands behind its name.
    pub async fn new(kind: Base, like: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let served = Self { kind, name: format!("t{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)) };
        let name = &served.name;
        let mut admin = Writer::open(kind, &kind.admin()).await;
        match kind {
            Base::Sqlite => panic!("SQLite has no server"),
            Base::Postgres => {
                admin.run(&format!("CREATE DATABASE {name} {like}")).await;
                admin.run(&format!("CREATE ROLE {name} LOGIN PASSWORD '{KEPT}'; REVOKE ALL ON DATABASE {name} FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO {name}")).await;
                let grants = format!(
                    "GRANT USAGE ON SCHEMA public TO {name}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}; \
                     ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {name}"
                );
                Writer::open(kind, &served.place()).await.run(&grants).await;
            }
            Base::Mariadb => {
                let account = format!("{name}@127.0.0.1");
                admin.run(&format!("CREATE DATABASE {name} {like}; CREATE USER {account} IDENTIFIED BY '{PASSWORD}'; GRANT SELECT, SHOW VIEW ON {name}.* TO {account}")).await;
            }
        }
        admin.close().await;
        served
    }

    /// The address for the account that may do everything.
    pub fn place(&self) -> String {
        self.kind.url("tester", &self.name)
    }

    /// The address for the account that reads, which [`PASSWORD`] lets in.
    pub fn reader(&self) -> String {
        self.kind.url(&self.name, &self.name)
    }

    /// The address for the account that reads, on the replica.
    pub fn reader_of_replica(&self) -> String {
        url(&replica(), &self.name, &self.name)
    }

    /// The account that reads, as the server names it.
    pub fn account(&self) -> String {
        match self.kind {
            Base::Mariadb => format!("{}@127.0.0.1", self.name),
            Base::Sqlite | Base::Postgres => self.name.clone(),
        }
    }

    fn dropping(&self) -> String {
        match self.kind {
            Base::Mariadb => format!("DROP DATABASE {}; DROP USER {}", self.name, self.account()),
            Base::Sqlite | Base::Postgres => format!("DROP DATABASE {} WITH (FORCE)", self.name),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let (kind, dropping, role) = (self.kind, self.dropping(), self.name.clone());
        // A runtime of its own, on a thread of its own: this one is busy with the test that ends.
        let done = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut admin = Writer::open(kind, &kind.admin()).await;
                let dropped = admin.attempt(&dropping).await;
                if kind == Base::Postgres {
                    let _ = admin.attempt(&format!("DROP ROLE {role}")).await;
                }
                dropped
            })
        });
        if let Ok(Err(error)) = done.join() {
            eprintln!("the database of a test stays behind: {error}");
        }
    }
}
