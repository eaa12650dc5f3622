//! Where the state of a story stands: in a file, or in a database on a server. It can be looked into, lost and brought back.

use std::path::{Path, PathBuf};

use adressbote_servers::{Base, PASSWORD, Served, Writer};
use sqlx::{AssertSqlSafe, Connection};

/// The kind of database that holds the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An SQLite file.
    Sqlite,
    /// A schema on a PostgreSQL server.
    Postgres,
}

/// A state database that exists before the program opens it.
pub(super) enum Place {
    File(PathBuf),
    Server(Served),
}

impl Place {
    pub(super) async fn new(kind: Kind, folder: &Path) -> Self {
        match kind {
            Kind::Sqlite => Self::File(folder.join("state.sqlite")),
            Kind::Postgres => {
                let place = Self::Server(Served::new(Base::Postgres, "").await);
                place.make_schema().await;
                std::fs::write(folder.join("state.password"), PASSWORD).unwrap();
                place
            }
        }
    }

    /// What the configuration says of it.
    pub(super) fn settings(&self) -> String {
        match self {
            Self::File(_) => "database = \"state.sqlite\"".to_owned(),
            Self::Server(served) => {
                let url = served.reader();
                format!("database = \"{url}\"\npassword = {{ file = \"state.password\" }}")
            }
        }
    }

    async fn make_schema(&self) {
        if let Self::Server(served) = self {
            Writer::open(served.kind, &served.place()).await.run(&format!("CREATE SCHEMA adressbote AUTHORIZATION {}", served.account())).await;
        }
    }

    /// A connection that sees its tables.
    async fn open(&self) -> Writer {
        match self {
            Self::File(path) => Writer::open(Base::Sqlite, path.to_str().unwrap()).await,
            Self::Server(served) => {
                let mut writer = Writer::open(served.kind, &served.place()).await;
                writer.run("SET search_path = adressbote").await;
                writer
            }
        }
    }

    pub(super) async fn sql(&self, script: &str) {
        let mut writer = self.open().await;
        writer.run(script).await;
        writer.close().await;
    }

    /// A column of text.
    pub(super) async fn column(&self, query: &str) -> Vec<String> {
        let sql = AssertSqlSafe(query.to_owned());
        match self.open().await {
            Writer::Sqlite(mut db) => {
                let cells = sqlx::query_scalar(sql).fetch_all(&mut db).await.unwrap();
                db.close().await.unwrap();
                cells
            }
            Writer::Postgres(mut db) => sqlx::query_scalar(sql).fetch_all(&mut db).await.unwrap(),
            Writer::Mariadb(_) => panic!("no state stands there"),
        }
    }

    /// Takes it away, as if its disk had failed; a new one may be made in its place.
    pub(super) async fn lose(&self) {
        match self {
            Self::File(path) => {
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(beside(path, end));
                }
            }
            Self::Server(_) => {
                self.sql("DROP SCHEMA adressbote CASCADE").await;
                self.make_schema().await;
            }
        }
    }

    /// Keeps a copy of it as it is now, as a backup does.
    pub(super) async fn keep_copy(&self) {
        match self {
            Self::File(path) => {
                self.sql("PRAGMA wal_checkpoint(TRUNCATE)").await;
                std::fs::copy(path, beside(path, ".backup")).unwrap();
            }
            Self::Server(served) => admin(&[&leave(&served.name), &format!("CREATE DATABASE {0}_copy TEMPLATE {0}", served.name)]).await,
        }
    }

    /// Loses it and brings the copy back.
    pub(super) async fn bring_back(&self) {
        match self {
            Self::File(path) => {
                self.lose().await;
                std::fs::rename(beside(path, ".backup"), path).unwrap();
            }
            Self::Server(served) => {
                let drop = format!("DROP DATABASE {} WITH (FORCE)", served.name);
                admin(&[&drop, &format!("ALTER DATABASE {0}_copy RENAME TO {0}", served.name)]).await;
            }
        }
    }
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(end);
    path.into()
}

/// Ends all connections to a database.
fn leave(name: &str) -> String {
    format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")
}

async fn admin(scripts: &[&str]) {
    let mut writer = Writer::open(Base::Postgres, &Base::Postgres.admin()).await;
    for script in scripts {
        writer.run(script).await;
    }
}
