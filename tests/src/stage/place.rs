//! A database of a story: a file, or one on a server that is dropped with it. It can be changed and looked into behind the program's back.

use std::path::Path;
use std::path::PathBuf;

use adressbote_servers::{Base, PASSWORD, Served, Writer};

/// The file with the password of whoever reads or keeps something on a server.
pub(super) const PASSWORD_FILE: &str = "server.password";

/// A database that is there before the program opens it.
pub(super) enum Place {
    File(PathBuf),
    Server(Served),
}

impl Place {
    /// A file of that name, or an empty database.
    pub(super) async fn new(base: Base, folder: &Path, file: &str) -> Self {
        match base {
            Base::Sqlite => Self::File(folder.join(file)),
            Base::Postgres => Self::Server(Served::new(base, "").await),
            Base::Mariadb => Self::Server(Served::new(base, "CHARACTER SET utf8mb4").await),
        }
    }

    /// What the configuration says of it.
    pub(super) fn settings(&self) -> String {
        match self {
            Self::File(path) => format!("database = \"{}\"", path.file_name().unwrap().to_str().unwrap()),
            Self::Server(served) => format!("database = \"{}\"\npassword = {{ file = \"{PASSWORD_FILE}\" }}", served.reader()),
        }
    }

    /// A connection of somebody who may do everything.
    pub(super) async fn writer(&self) -> Writer {
        match self {
            Self::File(path) => Writer::open(Base::Sqlite, path.to_str().unwrap()).await,
            Self::Server(served) => Writer::open(served.kind, &served.place()).await,
        }
    }

    /// Carries out statements.
    pub(super) async fn sql(&self, script: &str) {
        let mut writer = self.writer().await;
        writer.run(script).await;
        writer.close().await;
    }

    /// The database and the account on the server; both are of that name.
    pub(super) fn served(&self) -> &Served {
        match self {
            Self::File(_) => panic!("a file has no server"),
            Self::Server(served) => served,
        }
    }
}

/// Puts the password where the configuration looks for it.
pub(super) fn write_password(folder: &Path) {
    std::fs::write(folder.join(PASSWORD_FILE), PASSWORD).unwrap();
}
