//! Bad input: what concerns one row is doubtful alone; what stops the program says so in a sentence, and nothing is half done.

use std::collections::BTreeSet;

use adressbote_rules::key::UserKey;
use adressbote_schema::state::By;
use adressbote_servers::{Base, on_each_database};
use adressbote_tests::stage::{FOLDER, NORTH, SOUTH, Stage, of, removals};
use chrono::Utc;

on_each_database!(
    a_bad_row_concerns_its_record_alone,
    a_doubtful_record_is_new_to_nobody_but_its_losses_act,
    a_bad_row_of_a_user_concerns_his_folder_alone,
    a_bad_field_right_on_a_record_concerns_the_record_alone,
    what_cannot_be_read_of_one_who_left_does_not_keep_his_folder,
    what_cannot_be_read_of_a_user_does_not_keep_a_mailbox_that_he_left,
    a_column_that_the_database_does_not_have_stops_the_program,
    a_column_that_the_profile_does_not_declare_stops_the_program,
    an_unknown_key_stops_the_program_with_file_line_and_hint,
    a_broken_filter_of_a_book_stops_the_program_with_its_place,
    groups_in_a_circle_end_the_pass_and_name_the_circle,
    what_was_kept_long_enough_goes_even_where_passes_fail,
    a_missing_key_file_stops_the_program_and_another_installations_key_is_refused,
    a_crm_that_is_being_written_is_read_at_one_moment_or_not_at_all,
);

/// What spoils a row of Österle's, as far as the database lets it stand in its column.
fn spoilt(base: Base) -> Vec<(&'static str, &'static str)> {
    let everywhere = [
        ("a double key", "INSERT INTO person SELECT id, 'Andere', last_name, company, city, status, birthday, notes FROM person WHERE id = '100'"),
        ("a double phone", "INSERT INTO phone SELECT * FROM phone WHERE id = 't1'"),
    ];
    let here = match base {
        Base::Sqlite => vec![
            ("a NUL byte", "UPDATE person SET first_name = 'I' || char(0) || 'da' WHERE id = '100'"),
            ("a date that is none", "UPDATE person SET birthday = '1980-02-31' WHERE id = '100'"),
            ("bytes instead of text", "UPDATE person SET notes = x'ff00' WHERE id = '100'"),
            ("a place that is no number", "UPDATE phone SET place = 'first' WHERE id = 't1'"),
            ("a right without a date", "UPDATE access SET valid_until = 'sometime' WHERE person = '100'"),
        ],
        Base::Postgres => vec![
            ("a date that is none", "UPDATE person SET birthday = 'infinity' WHERE id = '100'"),
            ("a place that is no number", "ALTER TABLE phone ALTER COLUMN place TYPE text; UPDATE phone SET place = 'first' WHERE id = 't1'"),
            ("a right without a date", "UPDATE access SET valid_until = 'infinity' WHERE person = '100'"),
            ("a note of ten megabytes", "UPDATE person SET notes = repeat('x', 10000000) WHERE id = '100'"),
        ],
        Base::Mariadb => vec![
            ("a NUL byte", "UPDATE person SET first_name = 'I' || char(0 USING utf8mb4) || 'da' WHERE id = '100'"),
            ("a date that is none", "SET sql_mode = ''; UPDATE person SET birthday = '0000-00-00' WHERE id = '100'"),
            ("a place that is no number", "ALTER TABLE phone MODIFY place TEXT; UPDATE phone SET place = 'first' WHERE id = 't1'"),
            ("a right without a date", "SET sql_mode = ''; UPDATE access SET valid_until = '0000-00-00' WHERE person = '100'"),
            ("a note of ten megabytes", "ALTER TABLE person MODIFY notes LONGTEXT; UPDATE person SET notes = repeat('x', 10000000) WHERE id = '100'"),
        ],
    };
    everywhere.into_iter().chain(here).collect()
}

async fn a_bad_row_concerns_its_record_alone(base: Base) {
    for (what, spoilt) in spoilt(base) {
        let stage = Stage::on(base).await;
        stage.pass().await;
        let before = stage.contact("anna", "Ida Österle");
        stage.sql(spoilt).await;
        stage.sql("UPDATE person SET notes = 'neu' WHERE id = '101'; DELETE FROM access WHERE person = '105'; INSERT INTO abo VALUES ('108', 'group:sued', 'x')").await;
        let report = stage.pass().await;
        assert!(stage.names("anna").contains(&"Ida Österle".to_owned()), "{what}: {report:#?}");
        assert_eq!(stage.contact("anna", "Ida Österle"), before, "{what}: the copy stays as it is");
        assert_eq!(stage.contact("anna", "Max Zorn").fields["personalNotes"], "neu", "{what}: the others are updated");
        assert_eq!(stage.names("anna"), ["Eva Abel", "Ida Österle", "Kurt Alt", "Max Zorn", "Pia Lang", "Udo Kurz"], "{what}");
        assert_eq!((report.doubtful_records, report.doubts.len()), (1, 0), "{what}: {:?}", report.doubts);
        assert!(report.needs_attention() && report.doubtful_first[0].starts_with("100 ("), "{what}: {:?}", report.doubtful_first);
    }
}

/// Gives Pia Lang a birthday that is no day.
fn spoil_birthday(base: Base) -> &'static str {
    match base {
        Base::Sqlite => "UPDATE person SET birthday = 'morgen' WHERE id = '104'",
        Base::Postgres => "UPDATE person SET birthday = 'infinity' WHERE id = '104'",
        Base::Mariadb => "SET sql_mode = ''; UPDATE person SET birthday = '0000-00-00' WHERE id = '104'",
    }
}

async fn a_doubtful_record_is_new_to_nobody_but_its_losses_act(base: Base) {
    let stage = Stage::on(base).await;
    stage.sql(spoil_birthday(base)).await;
    stage.pass().await;
    assert!(!stage.names("anna").contains(&"Pia Lang".to_owned()));
    stage.sql("UPDATE person SET birthday = NULL WHERE id = '104'").await;
    stage.pass().await;
    assert_eq!((stage.names("anna").len(), stage.names("carl").len()), (6, 4));
    stage.sql(spoil_birthday(base)).await;
    stage.sql("DELETE FROM access WHERE person = '104' AND principal = 'group:sued'").await;
    stage.pass().await;
    assert!(!stage.names("anna").contains(&"Pia Lang".to_owned()));
    assert!(stage.names("carl").contains(&"Pia Lang".to_owned()));
}

/// A CRM whose seats, memberships, deputies and field rights have ends that can be spoilt.
async fn with_ends(base: Base) -> Stage {
    let stage = Stage::on(base).await;
    stage.sql("ALTER TABLE seat ADD COLUMN ends TEXT; ALTER TABLE member ADD COLUMN ends TEXT; ALTER TABLE field_right ADD COLUMN person TEXT").await;
    stage
        .sql("CREATE TABLE deputy (staff TEXT, other TEXT, ends TEXT); INSERT INTO deputy VALUES ('anna', 'berta', NULL), ('carl', 'anna', NULL)")
        .await;
    stage.write("klein/seats.sql", "SELECT staff AS user, ends AS until FROM seat");
    stage.write("klein/holds.sql", "SELECT staff AS user, 'group:' || team AS principal, ends AS until FROM member");
    stage.write("klein/deputies.sql", "SELECT staff AS user, other AS stands_for, ends AS until FROM deputy");
    stage.write("klein/field_rights.sql", "SELECT principal, source, answer, person AS record FROM field_right");
    stage.pass().await;
    assert_eq!((stage.names("anna").len(), stage.names("berta").len(), stage.names("carl").len()), (6, 6, 4));
    stage
}

/// What spoils a row of Anna's.
const OF_ANNA: [(&str, &str); 4] = [
    ("a seat", "UPDATE seat SET ends = 'sometime' WHERE staff = 'anna'"),
    ("a membership", "UPDATE member SET ends = '2026-02-31' WHERE staff = 'anna'"),
    ("a further membership", "INSERT INTO member VALUES ('anna', NULL, NULL)"),
    ("a deputy", "UPDATE deputy SET other = '' WHERE staff = 'anna'"),
];

async fn a_bad_row_of_a_user_concerns_his_folder_alone(base: Base) {
    for (what, spoilt) in OF_ANNA {
        let stage = with_ends(base).await;
        let before = stage.mailbox("anna");
        stage.sql(spoilt).await;
        stage.sql("UPDATE person SET notes = 'neu' WHERE id = '104'; DELETE FROM access WHERE person = '105'").await;
        let report = stage.pass().await;
        assert_eq!((of(&report, "anna").service.as_str(), stage.mailbox("anna")), ("unreadable", before), "{what}: {report:#?}");
        assert!(report.doubts.is_empty() && report.needs_attention(), "{what}: {:?}", report.doubts);
        for other in ["berta", "carl"] {
            assert_eq!(stage.contact(other, "Pia Lang").fields["personalNotes"], "neu", "{what}: {other}");
            assert!(!stage.names(other).contains(&"Jan Öztürk".to_owned()), "{what}: {other}");
        }
    }
}

async fn a_bad_field_right_on_a_record_concerns_the_record_alone(base: Base) {
    let stage = with_ends(base).await;
    let before = stage.contact("anna", "Ida Österle");
    stage.sql("INSERT INTO field_right VALUES ('group:sued', 'main.city', 'perhaps', '100'); UPDATE person SET notes = 'neu', city = 'Ulm'").await;
    stage.sql("INSERT INTO access (person, principal) VALUES ('107', 'group:sued')").await;
    let report = stage.pass().await;
    assert_eq!((report.doubtful_records, report.doubts.len()), (1, 0), "{:?}", report.doubts);
    assert_eq!(stage.contact("anna", "Ida Österle"), before, "nobody knows what of it she may read");
    assert_eq!(stage.contact("anna", "Max Zorn").fields["personalNotes"], "neu");
    assert!(stage.names("anna").contains(&"Tom Weiß".to_owned()));
}

async fn what_cannot_be_read_of_one_who_left_does_not_keep_his_folder(base: Base) {
    for (what, spoilt) in OF_ANNA {
        for left in ["UPDATE staff SET active = 0 WHERE id = 'anna'", "DELETE FROM staff WHERE id = 'anna'"] {
            let stage = with_ends(base).await;
            stage.sql(spoilt).await;
            stage.sql(left).await;
            let report = stage.pass().await;
            assert_eq!(removals(&report), [(("anna", "user left"), 6)].into(), "{what}, {left}: {report:#?}");
            assert!(stage.folder("anna", FOLDER).is_none(), "{what}, {left}");
        }
    }
}

async fn what_cannot_be_read_of_a_user_does_not_keep_a_mailbox_that_he_left(base: Base) {
    let stage = with_ends(base).await;
    let by = By { actor: "story".to_owned(), why: None };
    stage.app().await.unwrap().state.release_binding(&UserKey::new("anna"), &by, Utc::now()).await.unwrap();
    stage.sql("UPDATE member SET ends = 'sometime' WHERE staff = 'anna'").await;
    let report = stage.pass().await;
    assert_eq!(removals(&report), [(("anna", "binding changed"), 6)].into(), "{report:#?}");
    assert!(stage.folder("anna", FOLDER).is_none());
}

/// The program must not start, and its sentence must have these words. Nothing may be sent.
async fn refuses(stage: &Stage, words: &[&str]) {
    stage.forget_requests();
    let said = stage.failure().await;
    for word in words {
        assert!(said.contains(word), "`{word}` is missing in: {said}");
    }
    assert_eq!(stage.sim.log(), []);
}

#[tokio::test]
async fn a_missing_database_stops_the_program_before_anything_is_done() {
    let stage = Stage::new().await;
    stage.configure("crm.sqlite", "weg.sqlite");
    refuses(&stage, &["weg.sqlite"]).await;
    assert!(!stage.path("weg.sqlite").exists() && !stage.path("state.sqlite").exists());
}

#[tokio::test]
async fn a_file_that_is_no_database_stops_the_program() {
    let stage = Stage::new().await;
    stage.write("crm.sqlite", "This is a text of some length, certainly not a database of any kind, whatever its name may say about it.");
    refuses(&stage, &["crm.sqlite", "database"]).await;
}

async fn a_column_that_the_database_does_not_have_stops_the_program(base: Base) {
    let stage = Stage::on(base).await;
    stage.replace("klein/view.sql", "company, city", "company, stadt AS city");
    refuses(&stage, &["view.sql", "stadt"]).await;
}

async fn a_column_that_the_profile_does_not_declare_stops_the_program(base: Base) {
    let stage = Stage::on(base).await;
    stage.replace("klein/view.sql", "birthday, notes", "birthday, notes, notes AS more");
    refuses(&stage, &["view.sql", "more"]).await;
}

async fn an_unknown_key_stops_the_program_with_file_line_and_hint(base: Base) {
    let stage = Stage::on(base).await;
    stage.replace("klein/profile.toml", "time_zone =", "timezone =");
    refuses(&stage, &["profile.toml", "timezone", "time_zone"]).await;
    let stage = Stage::on(base).await;
    stage.configure("every_s = 600", "every = 600");
    refuses(&stage, &["adressbote.toml", "every"]).await;
}

async fn a_broken_filter_of_a_book_stops_the_program_with_its_place(base: Base) {
    let stage = Stage::on(base).await;
    stage.configure("Status = 'aktiv'", "Statsu = 'aktiv'");
    refuses(&stage, &["default_filter", "contacts", "Statsu", "Status"]).await;
}

async fn groups_in_a_circle_end_the_pass_and_name_the_circle(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let before = stage.mailbox("anna");
    stage.sql("INSERT INTO nesting VALUES ('sued', 'nord'), ('nord', 'sued'); UPDATE staff SET active = 0 WHERE id = 'carl'").await;
    refuses(&stage, &["group:sued", "group:nord", "circle"]).await;
    assert_eq!((stage.mailbox("anna"), stage.names("carl").len()), (before, NORTH.len()));
    stage.sql("DELETE FROM nesting WHERE inner_team = 'nord'").await;
    stage.pass().await;
    assert_eq!(stage.names("anna").len(), 8);
}

async fn what_was_kept_long_enough_goes_even_where_passes_fail(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.state_sql("UPDATE disclosure SET from_at = 0, until_at = 1 WHERE user_key = 'carl'").await;
    stage.sql("INSERT INTO nesting VALUES ('sued', 'nord'), ('nord', 'sued')").await;
    stage.failure().await;
    assert_eq!(stage.state("SELECT DISTINCT user_key FROM disclosure ORDER BY 1").await, ["anna", "berta"]);
}

async fn a_missing_key_file_stops_the_program_and_another_installations_key_is_refused(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let key = std::fs::read_to_string(stage.path("adressbote.key")).unwrap();
    stage.write("adressbote.key", &key.replace(|c: char| c.is_ascii_digit(), "7"));
    refuses(&stage, &["key"]).await;
    std::fs::remove_file(stage.path("adressbote.key")).unwrap();
    refuses(&stage, &["adressbote.key", "init"]).await;
    stage.write("adressbote.key", &key);
    stage.pass().await;
    assert_eq!(stage.names("anna"), SOUTH);
}

async fn a_crm_that_is_being_written_is_read_at_one_moment_or_not_at_all(base: Base) {
    let stage = Stage::on(base).await;
    if base == Base::Sqlite {
        stage.sql("PRAGMA journal_mode = WAL").await;
    }
    stage.pass().await;
    let writing = async {
        for round in 0..20 {
            stage.sql(&format!("UPDATE person SET city = 'Ort {round}'")).await;
        }
    };
    let reading = async {
        for _ in 0..3 {
            stage.pass().await;
            let contacts = stage.folder("anna", FOLDER).unwrap().contacts;
            let cities: BTreeSet<String> = contacts.iter().map(|one| one.fields["businessAddress"]["city"].to_string()).collect();
            assert!(cities.len() == 1 || cities.contains("\"Singen\""), "{cities:?}");
        }
    };
    tokio::join!(writing, reading);
    let report = stage.pass().await;
    assert_eq!(of(&report, "anna").figures.standing, 6);
}
