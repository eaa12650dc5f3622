//! Where the state of a story stands: in a file, or in a schema on a server. It can be looked into, lost and brought back.

use std::path::{Path, PathBuf};

use adressbote_servers::{Base, Writer};

use super::place::Place;

/// A state database that exists before the program opens it.
pub(super) struct State(Place);

impl State {
    pub(super) async fn new(base: Base, folder: &Path) -> Self {
        let state = Self(Place::new(base, folder, "state.sqlite").await);
        state.make_schema().await;
        state
    }

    /// What the configuration says of it.
    pub(super) fn settings(&self) -> String {
        self.0.settings()
    }

    async fn make_schema(&self) {
        if let Place::Server(served) = &self.0 {
            self.0.sql(&format!("CREATE SCHEMA adressbote AUTHORIZATION {}", served.account())).await;
        }
    }

    /// A connection that sees its tables.
    async fn writer(&self) -> Writer {
        let mut writer = self.0.writer().await;
        if let Place::Server(_) = &self.0 {
            writer.run("SET search_path = adressbote").await;
        }
        writer
    }

    pub(super) async fn sql(&self, script: &str) {
        let mut writer = self.writer().await;
        writer.run(script).await;
        writer.close().await;
    }

    /// A column of text.
    pub(super) async fn column(&self, query: &str) -> Vec<String> {
        let mut writer = self.writer().await;
        let column = writer.column(query).await;
        writer.close().await;
        column
    }

    /// Takes it away, as if its disk had failed; a new one may be made in its place.
    pub(super) async fn lose(&self) {
        match &self.0 {
            Place::File(path) => {
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(beside(path, end));
                }
            }
            Place::Server(_) => {
                self.sql("DROP SCHEMA adressbote CASCADE").await;
                self.make_schema().await;
            }
        }
    }

    /// Keeps a copy of it as it is now, as a backup does.
    pub(super) async fn keep_copy(&self) {
        match &self.0 {
            Place::File(path) => {
                self.sql("PRAGMA wal_checkpoint(TRUNCATE)").await;
                std::fs::copy(path, beside(path, ".backup")).unwrap();
            }
            Place::Server(served) => admin(&[&leave(&served.name), &format!("CREATE DATABASE {0}_copy TEMPLATE {0}", served.name)]).await,
        }
    }

    /// Loses it and brings the copy back.
    pub(super) async fn bring_back(&self) {
        match &self.0 {
            Place::File(path) => {
                self.lose().await;
                std::fs::rename(beside(path, ".backup"), path).unwrap();
            }
            Place::Server(served) => {
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
