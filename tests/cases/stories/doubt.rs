//! The source is not to be believed: nothing is disclosed or taken away on its word alone, and what rests on other relations goes on.

use adressbote_rules::key::UserKey;
use adressbote_schema::state::{By, PassKind};
use adressbote_servers::{Base, on_each_database};
use adressbote_tests::stage::{NORTH, SOUTH, Stage, of, removals};
use tokio_util::sync::CancellationToken;

on_each_database!(
    a_rights_table_read_empty_deletes_nothing_until_a_person_says_that_it_is_right,
    small_losses_between_passes_for_one_add_up_to_a_large_one,
    what_rests_on_other_relations_goes_on_while_one_is_in_doubt,
    subscriptions_read_empty_take_nothing_away,
    a_view_that_shrank_by_more_than_its_limit_loses_nobody,
    users_read_empty_leave_every_folder_as_it_is,
    seats_read_empty_take_no_seat,
    a_doubt_older_than_its_deadline_is_carried_out,
    a_deadline_beyond_all_calendars_never_comes,
    a_right_that_the_profile_does_not_understand_is_no_reason_to_disclose,
    a_user_whose_row_cannot_be_read_keeps_his_folder_and_no_one_else_notices,
);

async fn confirm(stage: &Stage, relation: &str) {
    let by = By { actor: "admin".to_owned(), why: Some("cleaned up".to_owned()) };
    let state = stage.app().await.unwrap().state;
    let (rows, _) = state.relations().await.unwrap()[relation].doubt.as_ref().unwrap().rows.unwrap();
    state.confirm_relation(relation, rows, &by, chrono::Utc::now()).await.unwrap();
}

async fn a_rights_table_read_empty_deletes_nothing_until_a_person_says_that_it_is_right(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let before = stage.mailbox("anna");
    stage.sql("CREATE TABLE kept AS SELECT * FROM access; DELETE FROM access").await;
    stage.forget_requests();
    let report = stage.pass().await;
    assert_eq!(report.doubts.keys().collect::<Vec<_>>(), ["rule_access"]);
    assert!(report.needs_attention());
    assert_eq!(of(&report, "anna").waiting.get("removals: right lost"), Some(&6), "{report:#?}");
    assert_eq!((stage.sim.log(), stage.mailbox("anna")), (vec![], before.clone()));
    stage.sql("INSERT INTO access SELECT * FROM kept").await;
    let report = stage.pass().await;
    assert!(!report.needs_attention());
    assert_eq!((stage.sim.log(), stage.mailbox("anna")), (vec![], before));
    stage.sql("DELETE FROM access").await;
    stage.pass().await;
    confirm(&stage, "rule_access").await;
    let report = stage.pass().await;
    assert_eq!(removals(&report), [(("anna", "right lost"), 6), (("berta", "right lost"), 6), (("carl", "right lost"), 4)].into());
    assert!(stage.names("anna").is_empty() && stage.names("carl").is_empty());
    stage.assert_exactly_once().await;
}

async fn small_losses_between_passes_for_one_add_up_to_a_large_one(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.sql("DELETE FROM person WHERE id IN ('103', '104', '105', '106', '107')").await;
    let berta = PassKind::User(UserKey::new("berta"));
    let report = stage.try_pass(berta, false, &CancellationToken::new()).await.unwrap();
    assert!(report.doubts.is_empty(), "five of nine are fewer than the limit allows: {report:#?}");
    stage.sql("DELETE FROM person WHERE id IN ('100', '101')").await;
    let report = stage.pass().await;
    assert_eq!(report.doubts.keys().collect::<Vec<_>>(), ["view"], "two of four would be as few, but seven of nine are too many");
    assert_eq!(stage.names("anna"), SOUTH);
}

async fn what_rests_on_other_relations_goes_on_while_one_is_in_doubt(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.sql("DELETE FROM access; UPDATE person SET notes = 'neu' WHERE id = '100'; INSERT INTO abo VALUES ('108', 'user:anna', 'anna')").await;
    stage
        .sql("INSERT INTO erasure VALUES ('101'); INSERT INTO bar VALUES ('102', 'group:sued'); UPDATE staff SET active = 0 WHERE id = 'berta'")
        .await;
    stage.sql("INSERT INTO field_right VALUES ('user:anna', 'main.birthday', 'deny')").await;
    let report = stage.pass().await;
    assert_eq!(
        removals(&report),
        [(("anna", "erased"), 1), (("anna", "right lost"), 1), (("berta", "erased"), 1), (("berta", "user left"), 5)].into()
    );
    assert_eq!(stage.names("anna"), ["Ida Österle", "Jan Öztürk", "Pia Lang", "Udo Kurz"]);
    let ida = stage.contact("anna", "Ida Österle");
    assert_eq!(ida.fields["personalNotes"], "segelt gern", "no update on the word of what is in doubt");
    assert!(ida.fields.get("birthday").is_none(), "a lost field right acts, it does not rest on the doubtful rule");
}

async fn subscriptions_read_empty_take_nothing_away(base: Base) {
    let stage = Stage::on(base).await;
    stage.sql("INSERT INTO abo VALUES ('108', 'group:sued', 'anna')").await;
    stage.pass().await;
    stage.sql("DELETE FROM abo; UPDATE person SET status = 'alt' WHERE id = '102'; DELETE FROM access WHERE person = '105'").await;
    let report = stage.pass().await;
    assert_eq!(report.doubts.keys().collect::<Vec<_>>(), ["subscriptions"]);
    assert!(stage.names("anna").contains(&"Kurt Alt".to_owned()));
    assert!(stage.names("anna").contains(&"Eva Abel".to_owned()), "whether a subscription wants her is not known");
    assert!(!stage.names("anna").contains(&"Jan Öztürk".to_owned()), "a lost right does not wait for subscriptions");
    confirm(&stage, "subscriptions").await;
    let report = stage.pass().await;
    assert_eq!(removals(&report)[&("anna", "unsubscribed")], 1);
    assert_eq!(removals(&report)[&("anna", "filter")], 1);
}

async fn a_view_that_shrank_by_more_than_its_limit_loses_nobody(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.sql("DELETE FROM person WHERE id NOT IN ('100', '107')").await;
    let report = stage.pass().await;
    assert_eq!(report.doubts.keys().collect::<Vec<_>>(), ["view"]);
    assert_eq!((stage.names("anna").len(), stage.names("carl").len()), (6, 4));
    stage.sql("UPDATE access SET principal = 'group:nord' WHERE person = '101'").await;
    stage.pass().await;
    assert!(!stage.names("anna").contains(&"Max Zorn".to_owned()), "a lost right acts all the same");
    confirm(&stage, "view").await;
    stage.pass().await;
    assert_eq!((stage.names("anna"), stage.names("carl")), (vec!["Ida Österle".to_owned()], vec!["Tom Weiß".to_owned()]));
    stage.assert_exactly_once().await;
}

async fn users_read_empty_leave_every_folder_as_it_is(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.sql("DELETE FROM staff").await;
    stage.forget_requests();
    let report = stage.pass().await;
    assert!(report.doubts.contains_key("users"));
    assert_eq!((stage.names("anna"), stage.sim.log()), (SOUTH.map(str::to_owned).to_vec(), vec![]));
}

async fn seats_read_empty_take_no_seat(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.sql("DELETE FROM seat").await;
    stage.pass().await;
    assert_eq!(stage.names("carl"), NORTH);
    assert_eq!(stage.state("SELECT user_key FROM seat WHERE lost_since_at IS NOT NULL").await, Vec::<String>::new());
}

async fn a_doubt_older_than_its_deadline_is_carried_out(base: Base) {
    let stage = Stage::on(base).await;
    stage.configure("every_s = 600", "every_s = 600\ndoubt_deadline_h = 24");
    stage.pass().await;
    stage.sql("DELETE FROM access").await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), SOUTH);
    a_day_goes_by(&stage).await;
    stage.pass().await;
    stage.pass().await;
    assert!(stage.names("anna").is_empty());
}

async fn a_deadline_beyond_all_calendars_never_comes(base: Base) {
    let stage = Stage::on(base).await;
    stage.configure("every_s = 600", "every_s = 600\ndoubt_deadline_h = 4294967295");
    stage.pass().await;
    stage.sql("DELETE FROM access").await;
    stage.pass().await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), SOUTH);
}

async fn a_right_that_the_profile_does_not_understand_is_no_reason_to_disclose(base: Base) {
    let stage = Stage::on(base).await;
    stage.write("klein/doubt_rule_access.sql", "SELECT 'a right of an unknown kind' AS what FROM access WHERE principal LIKE 'new:%'");
    stage.pass().await;
    stage.sql("INSERT INTO access (person, principal) VALUES ('107', 'group:sued'), ('100', 'new:kind')").await;
    let report = stage.pass().await;
    assert!(report.doubts.contains_key("rule_access"), "{report:#?}");
    assert_eq!(stage.names("anna"), SOUTH);
}

async fn a_user_whose_row_cannot_be_read_keeps_his_folder_and_no_one_else_notices(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let before = stage.mailbox("anna");
    stage.sql("UPDATE staff SET active = 7 WHERE id = 'anna'; DELETE FROM access WHERE person = '105'; INSERT INTO abo VALUES ('108', 'group:sued', 'x')").await;
    let report = stage.pass().await;
    assert_eq!((of(&report, "anna").service.as_str(), stage.mailbox("anna")), ("unreadable", before));
    assert!(of(&report, "anna").trouble.as_ref().unwrap().contains("could not be read"), "{report:#?}");
    assert_eq!(stage.names("berta"), ["Eva Abel", "Ida Österle", "Kurt Alt", "Max Zorn", "Pia Lang", "Udo Kurz"]);
    stage.sql("UPDATE staff SET active = 1 WHERE id = 'anna'").await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), stage.names("berta"));
    stage.assert_exactly_once().await;
}

/// Makes every doubt older by more than a day.
async fn a_day_goes_by(stage: &Stage) {
    let older = "UPDATE relation SET doubt_since = doubt_since - 25 * 3600000, doubt_rows_since = doubt_rows_since - 25 * 3600000";
    stage.state_sql(older).await;
}

#[tokio::test]
async fn a_deadline_confirms_no_rows_that_it_has_not_waited_for() {
    let stage = Stage::new().await;
    stage.configure("every_s = 600", "every_s = 600\ndoubt_deadline_h = 24");
    stage.pass().await;
    stage.write("klein/doubt_rule_access.sql", "SELECT 'a right of an unknown kind' AS what FROM access WHERE principal LIKE 'new:%'");
    stage.sql("INSERT INTO access (person, principal) VALUES ('100', 'new:kind')").await;
    assert!(stage.pass().await.doubts.contains_key("rule_access"));
    a_day_goes_by(&stage).await;
    stage.sql("DELETE FROM access").await;
    stage.pass().await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), SOUTH, "it was not understood for a day, and empty for a moment");
    a_day_goes_by(&stage).await;
    stage.pass().await;
    stage.pass().await;
    assert!(stage.names("anna").is_empty());
}
