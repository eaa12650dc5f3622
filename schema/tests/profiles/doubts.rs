//! What makes a whole relation doubtful, and what does not.

use std::time::Duration;

use adressbote_rules::crm::{Doubt, Relation};
use adressbote_schema::crm::{Own, Patience};
use adressbote_servers::{Base, on_each_database};

use crate::fixture::Case;
use crate::streamed::read;

on_each_database!(
    a_relation_that_is_empty_now_is_doubtful,
    a_relation_that_shrank_beyond_its_limit_is_doubtful,
    a_limit_of_a_hundred_lets_a_relation_become_empty,
    what_the_profile_does_not_understand_is_doubtful,
    a_relation_that_the_profile_lacks_may_still_be_doubted,
    a_relation_that_cannot_be_read_is_doubtful_and_the_others_are_not,
    users_and_view_can_be_doubtful_too,
    a_column_gone_since_the_check_is_a_doubt,
    a_statement_has_only_so_much_time_and_rows,
    all_relations_are_of_one_moment,
);

async fn a_relation_that_is_empty_now_is_doubtful(kind: Base) {
    let case = Case::on(kind).await;
    let before = case.read().await.baseline;
    case.sql("DELETE FROM territory").await;
    let now = case.try_read(Some(&before)).await.unwrap();
    assert_eq!(now.crm.rules[0].rows.doubt(), Some(&Doubt::Emptied { before: 3 }));
    assert!(now.crm.records.doubt().is_none());
    assert_eq!(now.baseline, before, "a doubtful relation keeps what was last proven");
    let first = case.read().await;
    assert!(first.crm.rules[0].rows.doubt().is_none(), "without a pass before, empty is just empty");
}

async fn a_relation_that_shrank_beyond_its_limit_is_doubtful(kind: Base) {
    let case = Case::on(kind).await;
    let before = case.read().await.baseline;
    case.sql("DELETE FROM person WHERE id IN (103, 104)").await;
    let within = case.try_read(Some(&before)).await.unwrap();
    assert!(within.crm.records.doubt().is_none(), "two of five are the 40 % allowed");
    assert_eq!(within.baseline[&Relation::View], 3);
    case.sql("DELETE FROM person WHERE id = 102").await;
    let beyond = case.try_read(Some(&before)).await.unwrap();
    assert_eq!(beyond.crm.records.doubt(), Some(&Doubt::Shrunk { before: 5, now: 2, limit_percent: 40 }));
    assert_eq!(beyond.crm.records.rows().len(), 2);
    assert!(case.try_read(Some(&within.baseline)).await.unwrap().crm.records.doubt().is_none());
}

async fn a_limit_of_a_hundred_lets_a_relation_become_empty(kind: Base) {
    let case = Case::on(kind).await;
    let before = case.read().await.baseline;
    case.sql("DELETE FROM bar").await;
    let now = case.try_read(Some(&before)).await.unwrap();
    assert!(now.crm.bars.doubt().is_none());
    assert_eq!(now.baseline[&Relation::Bars], 0);
}

async fn what_the_profile_does_not_understand_is_doubtful(kind: Base) {
    let mut case = Case::on(kind).await;
    case.files.insert("doubt_rule_territory.sql".to_owned(), "SELECT what FROM odd ORDER BY what".to_owned());
    assert!(case.read().await.crm.rules[0].rows.doubt().is_none());
    case.sql("INSERT INTO odd VALUES ('domain of rule 17'), ('domain of rule 18')").await;
    let now = case.read().await;
    assert_eq!(now.crm.rules[0].rows.doubt(), Some(&Doubt::NotUnderstood("domain of rule 17, and 1 more".to_owned())));
    assert_eq!(now.crm.rules[0].rows.rows().len(), 3);
    assert!(!now.baseline.contains_key(&Relation::Rule("territory".to_owned())));
}

async fn a_relation_that_the_profile_lacks_may_still_be_doubted(kind: Base) {
    let mut case = Case::on(kind).await;
    case.files.insert("doubt_deputies.sql".to_owned(), "SELECT 'a deputy by role' AS what".to_owned());
    assert!(matches!(case.read().await.crm.deputies.doubt(), Some(Doubt::NotUnderstood(_))));
}

async fn a_relation_that_cannot_be_read_is_doubtful_and_the_others_are_not(kind: Base) {
    let case = Case::on(kind).await;
    let before = case.read().await.baseline;
    case.sql("ALTER TABLE phone RENAME TO phones").await;
    let now = case.try_read(Some(&before)).await.unwrap();
    let Some(Doubt::Unread(why)) = now.crm.parts[1].doubt() else { panic!("{:?}", now.crm.parts[1].doubt()) };
    let missing = match kind {
        Base::Sqlite => "no such table: phone".to_owned(),
        Base::Postgres => "relation \"phone\" does not exist".to_owned(),
        Base::Mariadb => format!("Table '{}.phone' doesn't exist", case.served().name),
    };
    assert_eq!(*why, missing);
    assert!(now.crm.parts[1].rows().is_empty());
    assert!(now.crm.records.doubt().is_none() && now.crm.users.doubt().is_none());
    assert_eq!(now.baseline[&Relation::Part("phone".to_owned())], 3);
}

async fn users_and_view_can_be_doubtful_too(kind: Base) {
    let case = Case::on(kind).await;
    case.sql("ALTER TABLE staff RENAME COLUMN login TO name; ALTER TABLE person RENAME TO people").await;
    let now = case.read().await.crm;
    assert!(matches!(now.users.doubt(), Some(Doubt::Unread(_))) && matches!(now.records.doubt(), Some(Doubt::Unread(_))));
    assert!(matches!(now.seats.doubt(), Some(Doubt::Unread(_))), "candidates rest on the users");
    assert!(now.groups.doubt().is_none());
}

async fn a_column_gone_since_the_check_is_a_doubt(kind: Base) {
    let mut case = Case::on(kind).await;
    case.replace("bars.sql", "person AS record, principal", "*");
    let now = case.read().await.crm;
    let Some(Doubt::Unread(why)) = now.bars.doubt() else { panic!("{:?}", now.bars.doubt()) };
    assert_eq!(why, "bars.sql gives no column `record`");
}

#[tokio::test]
async fn a_failure_in_the_middle_keeps_the_rows_before_it_and_their_doubt() {
    let mut case = Case::new().await;
    case.replace("bars.sql", "SELECT person AS record", "SELECT abs(person) AS record");
    case.sql("INSERT INTO bar VALUES (-9223372036854775807 - 1, 'user:1')").await;
    let now = case.read().await.crm;
    assert_eq!(now.bars.doubt(), Some(&Doubt::Unread("integer overflow".to_owned())));
    assert_eq!(now.bars.rows().len(), 1);
    assert!(now.field_rights.doubt().is_none(), "the transaction goes on");
}

async fn a_statement_has_only_so_much_time_and_rows(kind: Base) {
    let mut case = Case::on(kind).await;
    case.replace(
        "bars.sql",
        "SELECT person AS record, principal FROM bar",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 1 AS record, 'x' AS principal FROM n WHERE i < 0",
    );
    let patience = Patience { statement: Duration::from_millis(300), ..Patience::default() };
    let source = case.source_with(patience).await;
    let now = read(&case.profile(), &source, &Own::default(), None).await.unwrap().crm;
    assert_eq!(now.bars.doubt(), Some(&Doubt::Unread("the statement took longer than 0.3 s".to_owned())));
    assert!(now.records.doubt().is_none() && now.field_rights.doubt().is_none());

    let source = case.source_with(Patience { rows: 4, statement: Duration::from_millis(300), ..patience }).await;
    let now = read(&case.profile(), &source, &Own::default(), None).await.unwrap().crm;
    assert_eq!(now.records.doubt(), Some(&Doubt::Unread("it has more than 4 rows".to_owned())));
    assert!(now.users.doubt().is_none());
}

async fn all_relations_are_of_one_moment(kind: Base) {
    let case = Case::on(kind).await;
    if kind == Base::Sqlite {
        case.sql("PRAGMA journal_mode = WAL").await;
    }
    let mut writer = case.writer().await;
    writer.run("BEGIN; DELETE FROM staff; DELETE FROM person").await;
    let now = case.read().await.crm;
    assert_eq!((now.users.rows().len(), now.records.rows().len()), (4, 5), "nothing of what is not committed");
    writer.run("COMMIT").await;
    assert_eq!(case.read().await.crm.users.rows().len(), 0);
}
