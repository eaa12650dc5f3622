//! A pass for one record: whom it concerns, and nobody else.

use adressbote::worker::report::PassReport;
use adressbote_rules::key::RecordKey;
use adressbote_schema::state::PassKind;
use adressbote_servers::{Base, on_each_database};
use adressbote_tests::stage::{NORTH, SOUTH, Stage, of, text};

on_each_database!(
    those_who_have_it_or_are_to_get_it_are_brought_up_to_date_the_others_are_left_for_later,
    what_may_stand_after_a_crash_is_withdrawn_though_the_ledger_has_no_contact,
    a_record_in_doubt_takes_nothing_away_and_gives_nothing,
);

async fn of_record(stage: &Stage, record: &str) -> Result<PassReport, String> {
    stage.try_pass(PassKind::Record(RecordKey::new(record)), false, &Default::default()).await
}

fn users(report: &PassReport) -> Vec<&str> {
    report.folders.iter().map(|folder| folder.user.as_str()).collect()
}

async fn those_who_have_it_or_are_to_get_it_are_brought_up_to_date_the_others_are_left_for_later(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.pass().await;
    stage.sql("DELETE FROM access WHERE person = '101'; UPDATE person SET notes = 'neu' WHERE id IN ('100', '107')").await;
    let report = of_record(&stage, "101").await.unwrap();
    assert_eq!(users(&report), ["anna", "berta"]);
    assert_eq!((of(&report, "anna").deleted.get("right lost"), stage.names("berta").len()), (Some(&1), 5));
    assert_eq!(text(&stage.contact("anna", "Ida Österle"), "personalNotes"), "neu", "the whole folder is as it is due");
    assert_ne!(text(&stage.contact("carl", "Tom Weiß"), "personalNotes"), "neu");

    stage.sql("INSERT INTO abo VALUES ('108', 'user:anna', 'anna')").await;
    let report = of_record(&stage, "108").await.unwrap();
    assert_eq!((users(&report), of(&report, "anna").created), (vec!["anna"], 1));

    stage.sql("DELETE FROM access WHERE person = '107'; DELETE FROM person WHERE id = '107'").await;
    let report = of_record(&stage, "107").await.unwrap();
    assert_eq!((users(&report), stage.names("carl").len()), (vec!["carl"], NORTH.len() - 1));
    assert_eq!(users(&of_record(&stage, "107").await.unwrap()), Vec::<&str>::new(), "it was there once");
    let nobody = of_record(&stage, "no-such-record").await.unwrap_err();
    assert!(nobody.contains("there is no record `no-such-record`"), "{nobody}");
    stage.pass().await;
    stage.assert_exactly_once().await;
}

async fn what_may_stand_after_a_crash_is_withdrawn_though_the_ledger_has_no_contact(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.pass().await;
    // As if the process had been killed while it made the contact.
    stage
        .state_sql(
            "INSERT INTO intent (pass_id, user_key, book, mailbox, record_key, act, owned, filled, brought, cleared, made_at)
             SELECT 1, user_key, book, mailbox, record_key, 'create', owned, filled, brought, '', pushed_at FROM contact
             WHERE user_key = 'anna' AND record_key = '101';
             DELETE FROM contact WHERE record_key = '101'",
        )
        .await;
    stage.sql("DELETE FROM access WHERE person = '101'; DELETE FROM person WHERE id = '101'").await;
    assert!(stage.names("anna").contains(&SOUTH[3].to_owned()));
    let report = of_record(&stage, "101").await.unwrap();
    assert_eq!(users(&report), ["anna"]);
    assert!(!stage.names("anna").contains(&SOUTH[3].to_owned()), "{report:#?}");
}

async fn a_record_in_doubt_takes_nothing_away_and_gives_nothing(base: Base) {
    let stage = Stage::all_on(base).await;
    stage.pass().await;
    stage.sql("DELETE FROM person").await;
    let report = of_record(&stage, "101").await.unwrap();
    assert!(report.doubts.contains_key("view"), "{report:#?}");
    assert_eq!((stage.names("anna"), stage.names("carl")), (SOUTH.map(str::to_owned).to_vec(), NORTH.map(str::to_owned).to_vec()));
}
