use std::path::PathBuf;

use chrono::{DateTime, Utc};
use sqlx::sqlite::SqliteConnection;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::create::open;
use super::{Size, create};

mod change;
mod contents;
mod profile;

fn now() -> DateTime<Utc> {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

struct Sample {
    _folder: TempDir,
    path: PathBuf,
}

async fn sample(seed: u64) -> Sample {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.sqlite");
    create(&path, Size::SAMPLE, seed, now()).await.unwrap();
    Sample { _folder: folder, path }
}

/// A copy of the sample of seed 1, which is made only once.
async fn another() -> Sample {
    static MADE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let made = MADE.get_or_init(|| async { std::fs::read(sample(1).await.path).unwrap() }).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.sqlite");
    std::fs::write(&path, made).unwrap();
    Sample { _folder: folder, path }
}

impl Sample {
    async fn connection(&self) -> SqliteConnection {
        open(&self.path).await.unwrap()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let mut connection = self.connection().await;
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
    }

    async fn texts(&self, sql: &'static str) -> Vec<String> {
        let mut connection = self.connection().await;
        sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap()
    }
}
