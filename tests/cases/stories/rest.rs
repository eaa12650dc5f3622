//! Where the CRM tells what changed, and nothing did, a pass is over at once: nothing is read, written or sent.

use std::sync::Arc;
use std::time::Duration;

use adressbote::app::App;
use adressbote::graph::Graph;
use adressbote::worker::pass::{Order, rehearse};
use adressbote::worker::report::PassReport;
use adressbote_rules::key::UserKey;
use adressbote_schema::state::{AuditEntry, By, PassKind};
use adressbote_servers::{Base, on_each_database};
use adressbote_tests::stage::{SOUTH, Stage, of};
use chrono::{TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

on_each_database!(
    a_pass_without_any_change_reads_writes_and_sends_nothing,
    what_the_crm_tells_ends_the_rest,
    what_somebody_else_read_meanwhile_does_not_pass_for_unchanged,
);

/// A worker over a CRM that tells of every change by a log.
pub struct Worker {
    pub stage: Stage,
    pub app: App,
    pub graph: Graph,
}

const CHANGES: &str = r#"
[changes]
at = "number"
overlap = 10
told = ["users", "groups", "holds", "implies", "view", "part_phone", "rule_access", "rule_secrecy", "rule_private", "field_rights", "seats", "subscriptions", "filters", "erased", "bars"]
"#;

impl Worker {
    async fn new(base: Base) -> Self {
        Self::on(Self::logged(base).await).await
    }

    /// A company whose CRM tells of every change by a log.
    pub async fn logged(base: Base) -> Stage {
        let stage = Stage::on(base).await;
        let profile = std::fs::read_to_string(stage.path("klein/profile.toml")).unwrap();
        stage.write("klein/profile.toml", &profile.replace("\n[parts.main.columns]", &format!("{CHANGES}\n[parts.main.columns]")));
        let quote = if base == Base::Mariadb { '`' } else { '"' };
        stage.write("klein/changes.sql", &format!("SELECT relation, n AS {quote}at{quote}, whom AS {quote}key{quote} FROM log"));
        stage.sql("CREATE TABLE log (n INTEGER, relation VARCHAR(40), whom VARCHAR(40)); INSERT INTO log VALUES (1, 'groups', NULL);").await;
        stage
    }

    /// After the folders were filled.
    pub async fn on(stage: Stage) -> Self {
        let (app, graph) = (stage.impatient_app().await, stage.graph());
        let worker = Self { stage, app, graph };
        worker.pass().await;
        worker
    }

    pub async fn pass_with(&self, verifies: bool) -> PassReport {
        self.pass_for(PassKind::Full, verifies).await
    }

    async fn pass_for(&self, kind: PassKind, verifies: bool) -> PassReport {
        let order = Order { kind, cause: "story", verifies, budget: None };
        self.stage.pass_by(&self.app, &self.graph, &order, &CancellationToken::new()).await.unwrap()
    }

    pub async fn pass(&self) -> PassReport {
        self.pass_with(false).await
    }

    /// The number of the last pass that stands in the state.
    async fn last(&self) -> String {
        self.stage.state("SELECT CAST(max(id) AS TEXT) FROM pass").await.remove(0)
    }

    /// Makes a pass and says whether it was a real one.
    pub async fn acts(&self) -> bool {
        let before = self.last().await;
        self.pass().await;
        self.last().await != before
    }
}

async fn a_pass_without_any_change_reads_writes_and_sends_nothing(base: Base) {
    let worker = Worker::new(base).await;
    assert!(worker.acts().await, "after something was written it is compared");
    let before = (worker.last().await, worker.stage.sim.log().len());
    let report = worker.pass().await;
    assert_eq!((worker.last().await, worker.stage.sim.log().len()), before);
    assert_eq!(of(&report, "anna").figures.standing, SOUTH.len());
    assert!(!report.needs_attention(), "{report:?}");
}

async fn what_the_crm_tells_ends_the_rest(base: Base) {
    let worker = Worker::new(base).await;
    worker.pass().await;
    assert!(!worker.acts().await);
    worker.stage.sql("UPDATE person SET notes = 'neu' WHERE id = '100'; INSERT INTO log VALUES (2, 'view', '100');").await;
    let report = worker.pass().await;
    assert_eq!((of(&report, "anna").updated, of(&report, "berta").updated, of(&report, "carl").updated), (1, 1, 0));
    assert!(!worker.acts().await, "of what was sent it is known that it stands");
    worker.stage.sql("DELETE FROM access WHERE person = '100'; INSERT INTO log VALUES (3, 'rule_access', '100');").await;
    let report = worker.pass().await;
    assert_eq!(of(&report, "anna").deleted.values().sum::<usize>(), 1);
    worker.stage.assert_exactly_once().await;
}

#[tokio::test]
async fn what_an_operator_does_and_reading_back_end_the_rest() {
    let worker = Worker::new(Base::Sqlite).await;
    worker.pass().await;
    assert!(!worker.acts().await);
    let by = By { actor: "operator".to_owned(), why: None };
    let entry = AuditEntry { by, action: "tested".to_owned(), subjects: Vec::new() };
    worker.app.state.append_audit(&entry, Utc::now()).await.unwrap();
    assert!(worker.acts().await && !worker.acts().await);
    let before = worker.last().await;
    worker.pass_with(true).await;
    assert_ne!(worker.last().await, before, "reading back is a pass of its own");
    // Another process makes a pass beside the worker.
    worker.stage.pass().await;
    assert!(worker.acts().await && !worker.acts().await);
}

#[tokio::test]
async fn a_right_that_ends_does_so_though_nothing_changed() {
    let worker = Worker::new(Base::Sqlite).await;
    let until = Utc::now() + TimeDelta::seconds(6);
    let written = until.format("%Y-%m-%d %H:%M:%S+00:00");
    worker
        .stage
        .sql(&format!("UPDATE access SET valid_until = '{written}' WHERE person = '101'; INSERT INTO log VALUES (2, 'rule_access', '101');"))
        .await;
    worker.pass().await;
    worker.pass().await;
    assert!(!worker.acts().await);
    assert!(Utc::now() < until - TimeDelta::seconds(1), "the machine is too slow for this story");
    tokio::time::sleep((until - Utc::now()).to_std().unwrap_or_default() + Duration::from_secs(1)).await;
    let report = worker.pass().await;
    assert_eq!(of(&report, "anna").deleted.values().sum::<usize>(), 1);
}

#[tokio::test]
async fn there_is_no_rest_while_somebody_waits_for_his_mailbox() {
    let worker = Worker::new(Base::Sqlite).await;
    worker.stage.sql("UPDATE staff SET mail = 'niemand@firma.example' WHERE id = 'carl'; INSERT INTO log VALUES (2, 'users', NULL);").await;
    worker.pass().await;
    let report = worker.pass().await;
    assert!(of(&report, "carl").trouble.is_some(), "{report:?}");
    assert!(worker.acts().await, "he is looked for again");
}

async fn what_somebody_else_read_meanwhile_does_not_pass_for_unchanged(base: Base) {
    let worker = Worker::new(base).await;
    worker.pass().await;
    assert!(!worker.acts().await);
    worker.stage.sql("DELETE FROM access WHERE person = '101'; INSERT INTO log VALUES (2, 'rule_access', '101');").await;
    rehearse(&worker.app, Utc::now(), &PassKind::Full).await.unwrap();
    let report = worker.pass().await;
    assert_eq!(of(&report, "anna").deleted.values().sum::<usize>(), 1);
}

#[tokio::test]
async fn a_question_is_answered_from_the_last_reading_while_nothing_changes() {
    let worker = Worker::new(Base::Sqlite).await;
    worker.pass().await;
    let kind = PassKind::User(UserKey::new("anna"));
    let asked = async || rehearse(&worker.app, Utc::now(), &kind).await.unwrap();
    let (answered, cases, quiet) = asked().await;
    assert!(Arc::ptr_eq(&answered, &worker.app.recent().unwrap()));
    assert!(cases.is_empty() && quiet.len() == 1, "{cases:?}");
    drop(answered);
    assert!(!worker.acts().await, "being asked is no work");
    worker.stage.sql("DELETE FROM access WHERE person = '101'; INSERT INTO log VALUES (2, 'rule_access', '101');").await;
    for _ in 0..2 {
        let (answered, cases, _) = asked().await;
        assert!(!Arc::ptr_eq(&answered, &worker.app.recent().unwrap()));
        assert_eq!(cases[0].plan.withdrawals.len(), 1);
    }
    assert_eq!(of(&worker.pass().await, "anna").deleted.values().sum::<usize>(), 1);
}

#[tokio::test]
async fn what_a_pass_for_one_user_took_in_concerns_the_others_all_the_same() {
    let worker = Worker::new(Base::Sqlite).await;
    worker.pass().await;
    let asked = async || rehearse(&worker.app, Utc::now(), &PassKind::Full).await.unwrap();
    assert!(asked().await.1.is_empty(), "nothing is to be done");
    worker.stage.sql("DELETE FROM access WHERE person = '101'; INSERT INTO log VALUES (2, 'rule_access', '101');").await;
    let report = worker.pass_for(PassKind::User(UserKey::new("anna")), false).await;
    assert_eq!(of(&report, "anna").deleted.values().sum::<usize>(), 1);
    let (_, cases, _) = asked().await;
    let berta = cases.iter().find(|case| case.key.user.as_str() == "berta").unwrap();
    assert_eq!(berta.plan.withdrawals.len(), 1);
    assert_eq!(of(&worker.pass().await, "berta").deleted.values().sum::<usize>(), 1);
}

#[tokio::test]
async fn a_seat_that_was_lost_ends_the_rest() {
    let worker = Worker::new(Base::Sqlite).await;
    worker.pass().await;
    assert!(!worker.acts().await);
    worker.stage.sql("DELETE FROM seat WHERE staff = 'carl'; INSERT INTO log VALUES (2, 'seats', NULL);").await;
    let report = worker.pass().await;
    assert_eq!(of(&report, "carl").service, "frozen");
    assert!(worker.acts().await && worker.acts().await, "its grace ends without a word from anybody");
}
