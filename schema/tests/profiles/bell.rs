//! PostgreSQL tells that something changed.

use std::time::Duration;

use tokio::time::timeout;

use crate::fixture::{Case, Files};
use adressbote_servers::Base;

/// Long enough for a server that is busy.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_notification_and_a_lost_connection_ring() {
    let case = Case::on(Base::Postgres).await;
    let mut bell = case.source().await.bell("crm changed").await.unwrap().unwrap();
    assert!(timeout(Duration::from_millis(300), bell.rung()).await.is_err(), "nothing was said");
    case.sql("NOTIFY \"crm changed\"; NOTIFY other").await;
    timeout(SOON, bell.rung()).await.unwrap().unwrap();
    case.sql(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{}'", case.served().account())).await;
    timeout(SOON, bell.rung()).await.unwrap().unwrap();
    case.sql("SELECT pg_notify('crm changed', 'person 7')").await;
    timeout(SOON, bell.rung()).await.unwrap().unwrap();
}

#[tokio::test]
async fn other_databases_never_say_anything() {
    for kind in [Base::Sqlite, Base::Mariadb] {
        assert!(Case::on(kind).await.source().await.bell("x").await.unwrap().is_none());
    }
}

#[test]
fn a_profile_that_cannot_be_told_so_is_refused() {
    let mut files = Files::new();
    files.replace("profile.toml", "[limits]\n", "[changes]\nat = \"seconds\"\noverlap = 1\ntold = [\"view\"]\nlisten = \"x\"\n[limits]\n");
    files.insert("changes.sql", "SELECT what AS relation, at FROM log");
    let said = files.mistakes_in("profile.toml").join("\n");
    assert!(said.contains("only PostgreSQL tells of changes by `listen`"), "{said}");
}
