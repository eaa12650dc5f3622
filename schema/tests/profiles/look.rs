//! Whether anything changed is asked rightly, and in few statements, whatever happens to the connection that is kept for it.

use adressbote_schema::crm::{Changed, CrmSource, Memory, Own, is_unchanged, read_changed, read_touched, stem};
use adressbote_schema::profile::Profile;
use adressbote_servers::{Base, Writer, on_each_database};
use chrono::DateTime;

use crate::fixture::Case;

on_each_database!(what_is_told_is_noticed_and_nothing_else, who_counts_rows_notices_that_one_is_gone);

/// A worker that has read the small CRM, which tells of everything by a log.
struct Worker {
    case: Case,
    profile: Profile,
    source: CrmSource,
    memory: Memory,
}

impl Worker {
    async fn new(kind: Base, counted: &[&str]) -> Self {
        let mut case = Case::on(kind).await;
        let relations: Vec<String> = case.profile().relations().map(|(relation, _)| stem(relation)).collect();
        let told: Vec<&String> = relations.iter().filter(|name| !counted.contains(&name.as_str())).collect();
        let settings = format!("[changes]\nat = \"number\"\noverlap = 3\ntold = {told:?}\ncounted = {counted:?}\n[limits]\n");
        case.replace("profile.toml", "[limits]\n", &settings);
        let quote = if kind == Base::Mariadb { '`' } else { '"' };
        case.files.insert("changes.sql".to_owned(), format!("SELECT what AS relation, at, who AS {quote}key{quote} FROM log"));
        case.sql("CREATE TABLE log (at BIGINT, what VARCHAR(80), who VARCHAR(20)); INSERT INTO log VALUES (1, 'holds', NULL)").await;
        let mut worker = Self { profile: case.profile(), source: case.source().await, case, memory: Memory::default() };
        worker.read().await;
        worker
    }

    async fn read(&mut self) {
        let memory = (&mut self.memory, DateTime::UNIX_EPOCH);
        let read = read_changed(&self.profile, &self.source, &Own::default(), None, memory).await.unwrap();
        assert_eq!(read.way.trouble, None);
    }

    async fn is_unchanged(&mut self) -> bool {
        is_unchanged(&self.profile, &self.source, (&mut self.memory, DateTime::UNIX_EPOCH)).await.unwrap()
    }

    /// What the account that reads has open, once it is no more than `most`.
    async fn sessions(&self, most: usize) -> Vec<String> {
        let mut writer = self.case.writer().await;
        for _ in 0..300 {
            let sessions = writer.column(&format!("SELECT pid::text FROM pg_stat_activity WHERE usename = '{}'", self.case.served().name)).await;
            if sessions.len() <= most {
                return sessions;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("connections stay behind");
    }
}

async fn what_is_told_is_noticed_and_nothing_else(kind: Base) {
    let mut worker = Worker::new(kind, &[]).await;
    assert!(worker.is_unchanged().await && worker.is_unchanged().await);
    worker.case.sql("UPDATE person SET last_name = 'Neu' WHERE id = 100; INSERT INTO log VALUES (2, 'view', 100)").await;
    assert!(!worker.is_unchanged().await && !worker.is_unchanged().await, "until it is read");
    worker.read().await;
    assert!(worker.is_unchanged().await && worker.is_unchanged().await);
    worker.case.sql("DELETE FROM log").await;
    assert!(!worker.is_unchanged().await, "the thread is lost");
    worker.read().await;
    assert!(worker.is_unchanged().await, "nothing is there, as before");
}

async fn who_counts_rows_notices_that_one_is_gone(kind: Base) {
    let mut worker = Worker::new(kind, &["view"]).await;
    assert!(worker.is_unchanged().await && worker.is_unchanged().await);
    worker.case.sql("DELETE FROM person WHERE id = 102").await;
    assert!(!worker.is_unchanged().await);
}

#[tokio::test]
async fn one_statement_tells_on_a_connection_that_is_kept() {
    let mut worker = Worker::new(Base::Postgres, &[]).await;
    worker.case.sql(&format!("ALTER ROLE {} SET log_statement = 'all'", worker.case.served().account())).await;
    let mut admin = Writer::open(Base::Postgres, &Base::Postgres.admin()).await;
    let mut carried_out = async || {
        let log = "SELECT pg_catalog.encode(pg_catalog.pg_read_binary_file('../data.log'), 'escape')";
        let log = admin.column(log).await.remove(0);
        log.matches("LOG:  statement: ").count() + log.matches("LOG:  execute ").count()
    };
    let before = carried_out().await;
    assert!(worker.is_unchanged().await);
    let first = carried_out().await;
    for _ in 0..20 {
        assert!(worker.is_unchanged().await);
    }
    assert_eq!((first - before, carried_out().await - first), (2, 20), "with and without making a connection");
}

#[tokio::test]
async fn a_connection_that_was_lost_is_made_anew() {
    let mut worker = Worker::new(Base::Postgres, &[]).await;
    assert!(worker.is_unchanged().await);
    let kept = worker.sessions(1).await;
    assert!(worker.is_unchanged().await);
    assert_eq!(worker.sessions(1).await, kept);
    // A server that is stopped ends its connections with the same words.
    worker.case.sql(&format!("SELECT pg_terminate_backend({}, 10000)", kept[0])).await;
    assert!(worker.is_unchanged().await);
    let anew = worker.sessions(1).await;
    assert_ne!(anew, kept);
    worker.case.sql(&format!("SELECT pg_terminate_backend({}, 10000)", anew[0])).await;
    worker.case.sql("UPDATE person SET last_name = 'Neu' WHERE id = 100; INSERT INTO log VALUES (2, 'view', 100)").await;
    assert!(!worker.is_unchanged().await);
    worker.read().await;
    assert!(worker.sessions(0).await.is_empty(), "a reading lets go of the connection");
    assert!(worker.is_unchanged().await);
}

#[tokio::test]
async fn single_records_are_read_on_the_connection_that_is_kept() {
    let mut worker = Worker::new(Base::Postgres, &[]).await;
    assert!(worker.is_unchanged().await);
    let kept = worker.sessions(1).await;
    for (number, name) in [(2, "Neu"), (3, "Anders")] {
        let sql = format!("UPDATE person SET last_name = '{name}' WHERE id = 100; INSERT INTO log VALUES ({number}, 'view', 100)");
        worker.case.sql(&sql).await;
        let memory = (&mut worker.memory, DateTime::UNIX_EPOCH);
        let changed = read_touched(&worker.profile, &worker.source, None, memory).await.unwrap();
        let Changed::Records(touched) = changed else { panic!("{changed:?}") };
        assert!(format!("{:?}", touched.rows).contains(name));
        assert_eq!(worker.sessions(1).await, kept);
    }
    assert!(worker.is_unchanged().await);
    assert_eq!(worker.sessions(1).await, kept);
}

#[tokio::test]
async fn what_the_account_may_no_longer_read_is_not_unchanged() {
    let mut worker = Worker::new(Base::Postgres, &[]).await;
    assert!(worker.is_unchanged().await);
    let account = worker.case.served().account();
    worker.case.sql(&format!("REVOKE SELECT ON log FROM {account}")).await;
    assert!(!worker.is_unchanged().await && !worker.is_unchanged().await);
    worker.case.sql(&format!("GRANT SELECT ON log TO {account}")).await;
    assert!(worker.is_unchanged().await);
    worker.case.sql("ALTER TABLE log ENABLE ROW LEVEL SECURITY").await;
    assert!(!worker.is_unchanged().await, "rows that a policy hides are not passed over");
    worker.case.sql("ALTER TABLE log DISABLE ROW LEVEL SECURITY; ALTER TABLE log ALTER COLUMN at TYPE numeric").await;
    assert!(worker.is_unchanged().await, "columns are looked at anew after a failure");
    worker.case.sql("ALTER TABLE log ALTER COLUMN at TYPE double precision").await;
    worker.is_unchanged().await;
    worker.case.sql("INSERT INTO log VALUES (2, 'view', 100)").await;
    assert!(!worker.is_unchanged().await);
}
