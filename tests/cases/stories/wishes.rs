//! What is wanted: subscriptions, filters, the cap; erasures and suppressions.

use adressbote_schema::state::PassKind;
use adressbote_servers::{Base, on_each_database};
use adressbote_tests::stage::{NORTH, SOUTH, Stage, of, removals};

on_each_database!(
    a_subscription_brings_what_no_filter_wants_and_its_end_is_the_reason,
    a_subscription_that_ends_changes_nothing_where_a_filter_wants_the_record_too,
    a_subscription_of_what_he_may_not_see_brings_nothing,
    a_filter_of_his_own_replaces_the_books,
    a_filter_that_is_not_understood_keeps_the_folder_as_it_is_and_is_reported,
    the_cap_takes_the_first_in_order_and_lets_the_next_one_move_up,
    hidden_records_take_no_place_under_the_cap,
    a_cap_of_his_own_counts_before_the_books,
    the_books_bound_limits_everybody,
    an_erased_person_leaves_every_mailbox_and_does_not_come_back,
    a_suppression_keeps_a_record_out_for_everybody_and_sees_the_whole_record,
    a_record_that_is_gone_leaves_every_mailbox,
);

async fn a_subscription_brings_what_no_filter_wants_and_its_end_is_the_reason(base: Base) {
    let stage = Stage::on(base).await;
    stage.sql("INSERT INTO abo VALUES ('108', 'group:sued', 'anna'), ('101', 'user:anna', 'anna')").await;
    let report = stage.pass().await;
    assert!(stage.names("anna").contains(&"Kurt Alt".to_owned()));
    assert_eq!((of(&report, "anna").figures.subscribed, of(&report, "berta").figures.subscribed, of(&report, "carl").figures.subscribed), (2, 1, 0));
    stage.sql("DELETE FROM abo WHERE person = '108'").await;
    stage.sql("UPDATE person SET status = 'alt' WHERE id = '102'").await;
    let report = stage.pass().await;
    let both = [(("anna", "unsubscribed"), 1), (("anna", "filter"), 1), (("berta", "unsubscribed"), 1), (("berta", "filter"), 1)];
    assert_eq!(removals(&report), both.into());
    assert_eq!(stage.names("anna").len(), 5);
}

async fn a_subscription_that_ends_changes_nothing_where_a_filter_wants_the_record_too(base: Base) {
    let stage = Stage::on(base).await;
    stage.sql("INSERT INTO abo VALUES ('101', 'user:anna', 'anna'), ('108', 'user:carl', 'carl')").await;
    stage.pass().await;
    stage.forget_requests();
    stage.sql("DELETE FROM abo WHERE person = '101'").await;
    stage.pass().await;
    assert_eq!(stage.sim.log(), []);
    stage.sql("UPDATE person SET status = 'alt' WHERE id = '101'").await;
    let report = stage.pass().await;
    assert_eq!(removals(&report), [(("anna", "filter"), 1), (("berta", "filter"), 1)].into());
}

async fn a_subscription_of_what_he_may_not_see_brings_nothing(base: Base) {
    let stage = Stage::on(base).await;
    stage.sql("INSERT INTO abo VALUES ('106', 'user:anna', 'carl'), ('107', 'user:anna', 'carl')").await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), SOUTH);
    stage.assert_never_sent("anna", "Binder");
}

async fn a_filter_of_his_own_replaces_the_books(base: Base) {
    let stage = Stage::on(base).await;
    stage.sql("INSERT INTO wish VALUES ('user:anna', 'Ort = ''Konstanz'''), ('group:nord', 'Geburtstag IS NOT NULL OR Ort = ''Ulm''')").await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), ["Eva Abel", "Ida Österle", "Pia Lang"]);
    assert_eq!(stage.names("berta"), SOUTH);
    // Carl may not read birthdays: that part of his group's filter is unknown, not false.
    assert_eq!(stage.names("carl"), ["Rosa Binder", "Tom Weiß"]);
}

async fn a_filter_that_is_not_understood_keeps_the_folder_as_it_is_and_is_reported(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.sql("INSERT INTO wish VALUES ('user:anna', 'Ort = = 3')").await;
    stage.sql("UPDATE person SET notes = 'neu' WHERE id IN ('100', '107')").await;
    let report = stage.pass().await;
    assert_eq!(stage.names("anna"), SOUTH);
    assert_eq!(stage.names("carl"), NORTH);
    assert!(of(&report, "anna").deleted.is_empty());
    assert_eq!(stage.contact("carl", "Tom Weiß").fields["personalNotes"], "neu");
    assert!(!of(&report, "anna").waiting.is_empty(), "{report:#?}");
    // Berta's and Carl's filters are well, so one name stands in the alarm.
    assert!(report.needs_attention() && report.alarms.len() == 1 && report.alarms[0].contains("of user:anna cannot"), "{report:#?}");
}

async fn the_cap_takes_the_first_in_order_and_lets_the_next_one_move_up(base: Base) {
    let stage = Stage::on(base).await;
    stage.configure("cap = 2000", "cap = 3");
    let report = stage.pass().await;
    // DIN 5007-2: Ö stands as Oe, so Österle comes after Lang and before Öztürk and Zorn.
    assert_eq!(stage.names("anna"), ["Eva Abel", "Pia Lang", "Udo Kurz"]);
    assert_eq!((of(&report, "anna").figures.capped, of(&report, "anna").figures.matched), (3, 6));
    assert_eq!(stage.names("carl"), ["Jan Öztürk", "Pia Lang", "Rosa Binder"]);
    stage.sql("UPDATE person SET last_name = 'Aaron' WHERE id = '101'").await;
    let report = stage.pass().await;
    assert_eq!(stage.names("anna"), ["Eva Abel", "Max Aaron", "Udo Kurz"]);
    assert_eq!(removals(&report), [(("anna", "cap"), 1), (("berta", "cap"), 1)].into());
    stage.sql("DELETE FROM access WHERE person = '102'").await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), ["Max Aaron", "Pia Lang", "Udo Kurz"]);
    stage.configure("cap = 3", "cap = 1");
    stage.pass().await;
    assert_eq!(stage.names("anna"), ["Max Aaron"]);
    stage.assert_exactly_once().await;
}

async fn hidden_records_take_no_place_under_the_cap(base: Base) {
    let stage = Stage::on(base).await;
    stage.configure("cap = 2000", "cap = 2");
    stage.sql("UPDATE person SET last_name = 'Aaa' WHERE id = '106'").await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), ["Eva Abel", "Udo Kurz"]);
}

async fn a_cap_of_his_own_counts_before_the_books(base: Base) {
    let stage = Stage::on(base).await;
    stage.configure("cap = 2000", "cap = 2\ncaps = { \"user:berta\" = 4, \"group:nord\" = 1 }");
    stage.pass().await;
    assert_eq!((stage.names("anna").len(), stage.names("berta").len(), stage.names("carl").len()), (2, 4, 1));
}

async fn the_books_bound_limits_everybody(base: Base) {
    let stage = Stage::on(base).await;
    stage.sql("INSERT INTO abo VALUES ('107', 'user:carl', 'carl')").await;
    stage.pass().await;
    stage.configure("default_filter", "bound = \"Ort <> 'Ulm'\"\ndefault_filter");
    let report = stage.pass().await;
    assert_eq!(stage.names("carl"), ["Jan Öztürk", "Pia Lang"]);
    assert_eq!(removals(&report), [(("carl", "filter"), 2)].into());
}

async fn an_erased_person_leaves_every_mailbox_and_does_not_come_back(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let (anna, carl) = (stage.contact("anna", "Pia Lang"), stage.contact("carl", "Pia Lang"));
    stage.sql("INSERT INTO erasure VALUES ('104'); INSERT INTO abo VALUES ('104', 'everyone', 'anna')").await;
    stage.forget_requests();
    let report = stage.pass().await;
    assert_eq!(removals(&report), [(("anna", "erased"), 1), (("berta", "erased"), 1), (("carl", "erased"), 1)].into());
    stage.assert_purged("anna", &anna.immutable_id);
    stage.assert_purged("carl", &carl.immutable_id);
    stage.assert_never_sent("anna", "Lang");
    stage.assert_exactly_once().await;
}

async fn a_suppression_keeps_a_record_out_for_everybody_and_sees_the_whole_record(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.configure("default_filter", "suppressions = [\"Geburtstag = '1975-05-05'\"]\ndefault_filter");
    let report = stage.pass().await;
    // Carl may not read birthdays, and yet the admin's rule holds for him.
    assert_eq!(removals(&report), [(("anna", "suppressed"), 1), (("berta", "suppressed"), 1), (("carl", "suppressed"), 1)].into());
    assert!(!stage.names("carl").contains(&"Pia Lang".to_owned()));
}

async fn a_record_that_is_gone_leaves_every_mailbox(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.sql("DELETE FROM person WHERE id = '105'").await;
    let report = stage.pass().await;
    assert_eq!(removals(&report), [(("anna", "record gone"), 1), (("berta", "record gone"), 1), (("carl", "record gone"), 1)].into());
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn how_long_things_are_kept_is_taken_over_by_a_pass_and_by_nothing_else() {
    let stage = Stage::new().await;
    stage.pass().await;
    stage.configure("retention_days = 365", "retention_days = 1");
    let noted = async || stage.state("SELECT CAST(retention_days AS TEXT) FROM book").await;
    adressbote::worker::pass::rehearse(&stage.app().await.unwrap(), chrono::Utc::now(), &PassKind::Full).await.unwrap();
    assert_eq!(noted().await, ["365"], "looking is not doing");
    stage.pass().await;
    assert_eq!(noted().await, ["1"]);
}
