//! The database that Tryton made, on each kind that the profile reads; each test with a copy of its own that it may spoil.

use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, SqliteConnection};
use tempfile::TempDir;

/// The kinds of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    Sqlite,
    Postgres,
}

impl Base {
    /// What `tests/tryton/prepare` made of a kind.
    pub fn made(self, sqlite: &str, postgres: &str) -> PathBuf {
        let name = match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tryton").join(name);
        assert!(path.is_file(), "run tests/tryton/prepare first (tests/run does): {} is missing", path.display());
        path
    }
}

/// A copy of the database.
pub struct Copy {
    /// As Adressbote is told.
    pub address: String,
    writer: Writer,
    _folder: TempDir,
}

enum Writer {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Copy {
    /// Makes a copy.
    pub async fn of(kind: Base) -> Self {
        let made = kind.made("tryton.sqlite", "tryton.postgres.sql");
        let folder = tempfile::tempdir().unwrap();
        match kind {
            Base::Sqlite => {
                let path = folder.path().join("tryton.sqlite");
                std::fs::copy(made, &path).unwrap();
                let writer = SqliteConnectOptions::new().filename(&path).foreign_keys(false).connect().await.unwrap();
                Self { address: path.display().to_string(), writer: Writer::Sqlite(writer), _folder: folder }
            }
            Base::Postgres => {
                let admin = std::env::var("ADRESSBOTE_POSTGRES");
                let admin = admin.unwrap_or_else(|_| panic!("this test needs a server: run it as `tests/servers/run cargo test …`"));
                let name = format!("tryton_{}", uuid::Uuid::new_v4().simple());
                let mut server = admin.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
                let create = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'");
                sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut server).await.unwrap();
                let address = format!("{}/{name}", admin.rsplit_once('/').unwrap().0);
                let mut writer = address.parse::<PgConnectOptions>().unwrap().connect().await.unwrap();
                sqlx::raw_sql(AssertSqlSafe(std::fs::read_to_string(made).unwrap())).execute(&mut writer).await.unwrap();
                sqlx::raw_sql("SET search_path = public; ANALYZE").execute(&mut writer).await.unwrap();
                Self { address, writer: Writer::Postgres(writer), _folder: folder }
            }
        }
    }

    /// Changes the database, as somebody in the CRM would.
    pub async fn run(&mut self, script: &str) {
        let sql = sqlx::raw_sql(AssertSqlSafe(script.to_owned()));
        let changed = match &mut self.writer {
            Writer::Sqlite(connection) => sql.execute(connection).await.map(|done| done.rows_affected()),
            Writer::Postgres(connection) => sql.execute(connection).await.map(|done| done.rows_affected()),
        };
        assert!(changed.unwrap_or_else(|error| panic!("{script}: {error}")) > 0, "{script}: nothing changed");
    }
}
