//! Where the CRM tells of single records, only these are read again, and of the folders that they concern nothing else is looked at.

use std::time::Duration;

use adressbote::worker::report::PassReport;
use adressbote_schema::state::By;
use adressbote_servers::Base;
use adressbote_tests::stage::{SOUTH, Stage, of, removals};
use chrono::Utc;

use super::rest::Worker;

/// A worker at rest that no longer knows what stands in contacts: whoever looks at one writes it anew.
async fn at_rest() -> Worker {
    resting(Worker::logged(Base::Sqlite).await).await
}

async fn resting(stage: Stage) -> Worker {
    let worker = Worker::on(stage).await;
    worker.pass().await;
    assert!(!worker.acts().await);
    worker.stage.state_sql("UPDATE contact SET digest = NULL").await;
    worker
}

/// What a pass made, changed and took away, by user.
fn done(report: &PassReport) -> Vec<(&str, usize, usize, usize)> {
    let done = report.folders.iter().filter(|folder| folder.has_changes());
    done.map(|folder| (folder.user.as_str(), folder.created, folder.updated, folder.deleted.values().sum())).collect()
}

#[tokio::test]
async fn nothing_but_what_changed_is_looked_at() {
    let worker = at_rest().await;
    let crm = async |script: &str| worker.stage.sql(script).await;
    crm("UPDATE person SET notes = 'neu' WHERE id = '100'; INSERT INTO log VALUES (2, 'view', '100');").await;
    assert_eq!(done(&worker.pass().await), [("anna", 0, 1, 0), ("berta", 0, 1, 0)]);
    assert!(!worker.acts().await);
    crm("INSERT INTO phone VALUES ('t9', '103', 'office', '030 23125 099', 1); INSERT INTO log VALUES (3, 'part_phone', '103');").await;
    assert_eq!(done(&worker.pass().await), [("anna", 0, 1, 0), ("berta", 0, 1, 0)]);
    crm("INSERT INTO person VALUES ('109', 'Nele', 'Neu', NULL, 'Ulm', 'aktiv', NULL, NULL); INSERT INTO access (person, principal) VALUES ('109', 'group:nord');
         INSERT INTO log VALUES (4, 'view', '109'), (5, 'rule_access', '109');")
    .await;
    let report = worker.pass().await;
    assert_eq!(done(&report), [("carl", 1, 0, 0)]);
    assert_eq!((of(&report, "carl").figures.standing, of(&report, "carl").figures.matched), (5, 5));
    crm("INSERT INTO secrecy VALUES ('105', 'group:sued'); INSERT INTO log VALUES (6, 'rule_secrecy', '105');").await;
    let report = worker.pass().await;
    assert_eq!(
        (done(&report), removals(&report)),
        (vec![("anna", 0, 1, 0), ("berta", 0, 1, 0), ("carl", 0, 0, 1)], [(("carl", "right lost"), 1)].into())
    );
    crm("INSERT INTO abo VALUES ('108', 'user:berta', 'berta'); DELETE FROM person WHERE id = '101';
         INSERT INTO log VALUES (7, 'subscriptions', '108'), (8, 'view', '101');")
    .await;
    assert_eq!(done(&worker.pass().await), [("anna", 0, 0, 1), ("berta", 1, 0, 1)]);
    assert!(!worker.acts().await, "of what was sent it is known that it stands");
    // What was not looked at comes to light when everything is.
    let report = worker.pass_with(true).await;
    assert!(of(&report, "anna").updated > 0 && of(&report, "carl").updated > 0);
    worker.stage.assert_exactly_once().await;
}

#[tokio::test]
async fn a_full_folder_lets_the_next_one_in_and_the_last_one_out() {
    let stage = Worker::logged(Base::Sqlite).await;
    stage.configure("cap = 2000", "cap = 3");
    let worker = resting(stage).await;
    let before = worker.stage.names("anna");
    worker.stage.sql("DELETE FROM access WHERE person = '102'; INSERT INTO log VALUES (2, 'rule_access', '102');").await;
    let report = worker.pass().await;
    assert_eq!(done(&report), [("anna", 1, 0, 1), ("berta", 1, 0, 1)]);
    assert_eq!((of(&report, "anna").figures.matched, of(&report, "anna").figures.capped), (5, 2));
    worker.stage.sql("INSERT INTO access (person, principal) VALUES ('102', 'group:sued'); INSERT INTO log VALUES (3, 'rule_access', '102');").await;
    let report = worker.pass().await;
    assert_eq!(
        (done(&report), removals(&report)),
        (vec![("anna", 1, 0, 1), ("berta", 1, 0, 1)], [(("anna", "cap"), 1), (("berta", "cap"), 1)].into())
    );
    assert_eq!(worker.stage.names("anna"), before);
    // Behind the last one that the cap admits nothing happens.
    worker.stage.sql("UPDATE person SET notes = 'neu' WHERE id = '101'; INSERT INTO log VALUES (4, 'view', '101');").await;
    assert_eq!(done(&worker.pass().await), []);
    assert!(!worker.acts().await);
}

#[tokio::test]
async fn who_was_taken_out_does_not_come_back_with_a_record_of_the_same_key() {
    let worker = at_rest().await;
    let by = By { actor: "operator".to_owned(), why: Some("asked for".to_owned()) };
    let record = adressbote_rules::key::RecordKey::new("109");
    let tombstone = adressbote::worker::reading::tombstone(&worker.app.key, &record);
    worker.app.state.erase(&[tombstone], &by, Utc::now()).await.unwrap();
    worker.pass().await;
    worker.pass().await;
    assert!(!worker.acts().await);
    worker
        .stage
        .sql("INSERT INTO person VALUES ('109', 'Nele', 'Neu', NULL, 'Ulm', 'aktiv', NULL, NULL); INSERT INTO access (person, principal) VALUES ('109', 'group:sued');
              INSERT INTO log VALUES (4, 'view', '109'), (5, 'rule_access', '109');")
        .await;
    assert_eq!(done(&worker.pass().await), []);
    assert_eq!(worker.stage.names("anna").len(), SOUTH.len());
}

#[tokio::test]
async fn a_right_that_ended_since_the_last_reading_acts_at_once() {
    let worker = at_rest().await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let until = Utc::now().format("%Y-%m-%d %H:%M:%S+00:00");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    worker
        .stage
        .sql(&format!("UPDATE access SET valid_until = '{until}' WHERE person = '101'; INSERT INTO log VALUES (2, 'rule_access', '101');"))
        .await;
    let report = worker.pass().await;
    assert_eq!(removals(&report), [(("anna", "right lost"), 1), (("berta", "right lost"), 1)].into());
}

#[tokio::test]
async fn a_folder_that_could_not_be_written_is_looked_into_again() {
    let worker = at_rest().await;
    worker.stage.act(adressbote_simulator::Action::GiveMailbox { user: worker.stage.id("anna"), has_mailbox: false });
    worker.stage.sql("UPDATE person SET notes = 'neu' WHERE id = '100'; INSERT INTO log VALUES (2, 'view', '100');").await;
    let report = worker.pass().await;
    assert!(of(&report, "anna").trouble.is_some() && of(&report, "berta").updated == 1, "{report:?}");
    assert!(worker.acts().await, "there is something left to do");
}
