//! Rows that cannot be read: who is doubtful then, and who is not.

use adressbote_rules::crm::Doubt;
use adressbote_schema::crm::Read;
use adressbote_servers::{Base, on_each_database};

use crate::fixture::{Case, doubtful};

on_each_database!(
    a_double_key_keeps_both_rows_and_makes_the_record_doubtful,
    a_looked_up_row_may_hang_on_many_records,
    a_bad_right_on_a_part_row_concerns_every_record_that_has_the_row,
    a_double_user_is_doubtful_alone,
    a_bad_field_right_on_a_record_concerns_the_record_alone,
    a_field_right_that_says_neither_yes_nor_no_makes_them_doubtful,
    a_filter_that_cannot_be_read_concerns_its_holder_alone,
);

#[tokio::test]
async fn a_bad_main_row_makes_its_record_doubtful_alone() {
    let case = Case::new().await;
    case.sql(
        "INSERT INTO person (id, last_name, birthday) VALUES (200, 'a' || char(0) || 'b', NULL), (201, 'Alt', '2023-02-30'), (202, CAST(x'4dfc6c' AS TEXT), NULL), \
         (203, x'00ff', NULL); UPDATE person SET total = 'viele' WHERE id = 104",
    )
    .await;
    let found = case.read().await;
    assert!(found.crm.records.doubt().is_none(), "{:?}", found.crm.records.doubt());
    assert_eq!(
        doubtful(&found),
        [
            "104 in view: `total` is no whole number",
            "200 in view: `last_name` holds a NUL byte",
            "201 in view: `birthday` is no date (YYYY-MM-DD)",
            "202 in view: `last_name` is no valid UTF-8",
            "203 in view: `last_name` holds bytes instead of text",
        ]
    );
    let keys: Vec<&str> = found.crm.records.rows().iter().map(|record| record.key.as_str()).collect();
    assert_eq!(keys, ["100", "101", "102", "103"], "no version of an unreadable row");
    assert_eq!(found.report(&case.profile()).doubtful_records, [("view".to_owned(), 5)].into());
}

async fn a_double_key_keeps_both_rows_and_makes_the_record_doubtful(kind: Base) {
    let case = Case::on(kind).await;
    case.sql("INSERT INTO person (id, last_name) VALUES (101, 'Zorn der Zweite'); INSERT INTO phone VALUES (2, 100, 'office', '030 23125 099', 1)")
        .await;
    let found = case.read().await;
    assert_eq!(found.crm.records.rows().iter().filter(|record| record.key.as_str() == "101").count(), 2);
    assert_eq!(doubtful(&found), ["100 in part `phone`: a key is double", "101 in view: a key is double"]);
    assert!(found.crm.records.doubt().is_none() && found.crm.parts[1].doubt().is_none());
}

async fn a_looked_up_row_may_hang_on_many_records(kind: Base) {
    let case = Case::on(kind).await;
    let found = case.read().await;
    let keys: Vec<(&str, &str)> = found.crm.parts[0].rows().iter().map(|row| (row.record.as_str(), row.key.as_str())).collect();
    assert_eq!(keys, [("100", "7"), ("102", "7")]);
    assert!(doubtful(&found).is_empty());
}

#[tokio::test]
async fn a_row_without_a_record_makes_the_relation_doubtful() {
    let case = Case::new().await;
    case.sql("INSERT INTO person (id, last_name) VALUES (NULL, 'Niemand'), ('', 'Leer'); INSERT INTO territory (person, principal) VALUES (NULL, 'user:1')").await;
    let found = case.read().await;
    assert_eq!(found.crm.records.doubt(), Some(&Doubt::BadRows { count: 2, first: "`record` is NULL".to_owned() }));
    assert_eq!(found.crm.records.rows().len(), 5);
    assert_eq!(found.crm.rules[0].rows.doubt(), Some(&Doubt::BadRows { count: 1, first: "`record` is NULL".to_owned() }));
    assert!(found.crm.rules[1].rows.doubt().is_none());
}

#[tokio::test]
async fn bad_rows_of_rights_bars_and_subscriptions_concern_their_record() {
    let case = Case::new().await;
    case.sql(
        "INSERT INTO territory VALUES (103, 'user:1', 'gestern', NULL); INSERT INTO bar VALUES (104, NULL); INSERT INTO abo VALUES (102, 'user:1', NULL); \
         INSERT INTO phone VALUES (5, 101, 'mobile', '0171 39200 05', 'zuletzt')",
    )
    .await;
    let found = case.read().await;
    assert_eq!(
        doubtful(&found),
        [
            "101 in part `phone`: `place` is no whole number",
            "102 in subscriptions: `by` is NULL",
            "103 in rule `territory`: `from` is no instant (YYYY-MM-DDTHH:MM:SSZ)",
            "104 in bars: `principal` is NULL",
        ]
    );
    let report = found.report(&case.profile());
    assert!(report.relations.iter().all(|relation| relation.doubt.is_none()), "{report:?}");
    assert_eq!(found.crm.parts[1].rows().len(), 3);
}

async fn a_bad_right_on_a_part_row_concerns_every_record_that_has_the_row(kind: Base) {
    let mut case = Case::on(kind).await;
    case.replace("profile.toml", "part = \"phone\"", "part = \"company\"");
    case.replace("rule_private.sql", "phone AS part, principal", "7 AS part, NULL AS principal");
    let found = case.read().await;
    assert_eq!(doubtful(&found), ["100 in rule `private`: `principal` is NULL", "102 in rule `private`: `principal` is NULL"]);
}

#[tokio::test]
async fn a_bad_row_of_a_user_concerns_him_alone_and_one_of_nobody_the_relation() {
    let case = Case::new().await;
    case.sql("INSERT INTO staff VALUES (5, 'eva', NULL, 2, 1, NULL), (6, 'uta', NULL, 1, NULL, NULL); INSERT INTO member VALUES (NULL, 1)").await;
    let found = case.read().await.crm;
    let doubts: Vec<String> = found.doubtful_users.iter().map(|doubt| format!("{}: {}", doubt.user, doubt.why)).collect();
    assert_eq!(doubts, ["5: `active` is no truth value (0, 1, true, false)", "6: `internal` is NULL"]);
    assert!(found.users.doubt().is_none());
    assert_eq!(found.holds.doubt(), Some(&Doubt::BadRows { count: 1, first: "`user` is NULL".to_owned() }));
    assert!(found.records.doubt().is_none() && found.groups.doubt().is_none());
}

async fn a_double_user_is_doubtful_alone(kind: Base) {
    let mut case = Case::on(kind).await;
    case.replace("users.sql", "FROM staff;", "FROM staff UNION ALL SELECT 1, 'anna2', NULL, true, true, NULL;");
    let found = case.read().await.crm;
    let doubts: Vec<&str> = found.doubtful_users.iter().map(|doubt| doubt.user.as_str()).collect();
    assert_eq!(doubts, ["1"]);
    assert!(found.users.doubt().is_none());
}

#[tokio::test]
async fn a_bad_seat_deputy_or_membership_concerns_its_user_unless_he_has_left() {
    let mut case = Case::new().await;
    case.files.insert("seats.sql".to_owned(), "SELECT column1 AS user, 'sometime' AS until FROM (VALUES (1), (4), (9))".to_owned());
    case.files.insert("deputies.sql".to_owned(), "SELECT column1 AS user, NULL AS stands_for FROM (VALUES (2), (4), (9))".to_owned());
    case.files.insert("holds.sql".to_owned(), "SELECT column1 AS user, '' AS principal FROM (VALUES (3), (4), (9))".to_owned());
    let found = case.read().await;
    let users = |found: &Read| found.crm.doubtful_users.iter().map(|doubt| doubt.user.to_string()).collect::<Vec<_>>();
    assert_eq!(users(&found), ["1", "2", "3"], "4 is not active, 9 is gone");
    assert_eq!(found.report(&case.profile()).doubtful_users, 3);
    assert!(found.crm.seats.doubt().is_none() && found.crm.deputies.doubt().is_none() && found.crm.holds.doubt().is_none());
    case.sql("INSERT INTO staff VALUES (5, 'eva', NULL, 2, 1, NULL)").await;
    case.replace("users.sql", "FROM staff;", "FROM staff UNION ALL SELECT 4, 'fort2', NULL, 1, 1, NULL;");
    assert_eq!(users(&case.read().await), ["1", "2", "3", "4", "5"], "of two rows nobody knows which counts");
    case.files.insert("doubt_users.sql".to_owned(), "SELECT 'whatever' AS what".to_owned());
    assert_eq!(users(&case.read().await), ["1", "2", "3", "4", "5", "9"], "while the users are in doubt nobody has certainly left");
}

async fn a_bad_field_right_on_a_record_concerns_the_record_alone(kind: Base) {
    let mut case = Case::on(kind).await;
    let sql = "SELECT 'everyone' AS principal, 'main.revenue' AS source, 'maybe' AS answer, 101 AS record";
    case.files.insert("field_rights.sql".to_owned(), sql.to_owned());
    let found = case.read().await;
    assert_eq!(doubtful(&found), ["101 in field rights: `answer` is neither `grant` nor `deny`"]);
    assert!(found.crm.field_rights.doubt().is_none());
}

async fn a_field_right_that_says_neither_yes_nor_no_makes_them_doubtful(kind: Base) {
    let mut case = Case::on(kind).await;
    case.replace("field_rights.sql", "'deny'", "'maybe'");
    let found = case.read().await.crm;
    assert_eq!(found.field_rights.doubt(), Some(&Doubt::BadRows { count: 1, first: "`answer` is neither `grant` nor `deny`".to_owned() }));
}

async fn a_filter_that_cannot_be_read_concerns_its_holder_alone(kind: Base) {
    let mut case = Case::on(kind).await;
    case.files.get_mut("profile.toml").unwrap().push_str("[filters]\nkept = \"crm\"\n");
    case.files.insert("filters.sql".to_owned(), "SELECT 'user:1' AS holder, NULL AS filter UNION ALL SELECT 'user:2', 'Firma IS NULL'".to_owned());
    let found = case.read().await;
    assert!(found.crm.filters.doubt().is_none());
    let broken: Vec<bool> = found.crm.filters.rows().iter().map(|row| row.filter.is_err()).collect();
    assert_eq!(broken, [true, false]);
    assert_eq!(found.report(&case.profile()).broken_filters, ["user:1"]);
}

#[tokio::test]
async fn a_filter_of_neither_a_user_nor_a_group_is_reported() {
    let mut case = Case::new().await;
    case.files.get_mut("profile.toml").unwrap().push_str("[filters]\nkept = \"crm\"\n");
    let sql = "SELECT column1 AS holder, 'Firma IS NULL' AS filter FROM (VALUES ('user:1'), ('group:2'), ('everyone'), ('role:x'))";
    case.files.insert("filters.sql".to_owned(), sql.to_owned());
    let found = case.read().await;
    assert!(found.crm.filters.doubt().is_none());
    assert_eq!(found.report(&case.profile()).broken_filters, ["everyone", "role:x"]);
    let why = found.crm.filters.rows().iter().find_map(|row| row.filter.as_ref().err()).unwrap().to_string();
    assert!(why.contains("counts for nobody"), "{why}");
}

#[tokio::test]
async fn a_bad_row_of_a_record_that_is_gone_concerns_nobody() {
    let case = Case::new().await;
    case.sql("INSERT INTO phone VALUES (6, 999, 'mobile', '0171 39200 06', 'zuletzt'); INSERT INTO bar VALUES (998, NULL)").await;
    assert!(doubtful(&case.read().await).is_empty());
    case.sql("ALTER TABLE person RENAME TO people").await;
    let unsure = case.read().await;
    assert_eq!(doubtful(&unsure).len(), 2, "while the view is unread nobody can say which records are gone");
}
