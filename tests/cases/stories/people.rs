//! Who is served: users who leave, seats, and whose folder goes when.

use adressbote_servers::{Base, on_each_database};
use adressbote_simulator::Action;
use adressbote_tests::stage::{FOLDER, NORTH, SOUTH, Stage, mail, of, removals};
use serde_json::json;

on_each_database!(
    who_left_loses_everything_and_the_folder_goes_with_it,
    who_is_gone_from_the_crm_has_left,
    the_folder_of_one_who_left_stays_if_something_of_his_own_is_in_it_and_is_found_again,
    a_copy_of_ours_in_our_folder_leaves_with_its_user,
    a_lost_seat_has_fourteen_days_in_which_only_losses_act,
    a_seat_given_back_within_the_grace_goes_on_where_it_stood,
    who_holds_a_seat_keeps_it_and_the_newcomer_waits_unexplained,
    who_left_and_has_no_account_any_longer_is_reported_and_hinders_nobody,
);

async fn who_left_loses_everything_and_the_folder_goes_with_it(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let (id, berta) = (stage.contact("anna", "Eva Abel").immutable_id, stage.mailbox("berta"));
    stage.sql("UPDATE staff SET active = 0 WHERE id = 'anna'").await;
    let report = stage.pass().await;
    assert_eq!(removals(&report), [(("anna", "user left"), 6)].into());
    stage.assert_purged("anna", &id);
    assert!(stage.folder("anna", FOLDER).is_none());
    assert_eq!(stage.mailbox("berta"), berta);
    stage.assert_exactly_once().await;
    stage.forget_requests();
    stage.pass().await;
    assert_eq!(stage.sim.log(), []);
}

async fn who_is_gone_from_the_crm_has_left(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.sql("DELETE FROM staff WHERE id = 'carl'; DELETE FROM member WHERE staff = 'carl'; DELETE FROM seat WHERE staff = 'carl'").await;
    let report = stage.pass().await;
    assert_eq!(removals(&report), [(("carl", "user left"), 4)].into());
    assert!(stage.folder("carl", FOLDER).is_none());
    stage.assert_exactly_once().await;
}

async fn the_folder_of_one_who_left_stays_if_something_of_his_own_is_in_it_and_is_found_again(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let folder = stage.folder("anna", FOLDER).unwrap().id;
    stage.act(Action::CreateContact { mailbox: mail("anna"), folder: Some(folder.clone()), contact: json!({ "displayName": "Zahnarzt" }) });
    stage.sql("UPDATE staff SET active = 0 WHERE id = 'anna'").await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), ["Zahnarzt"]);
    stage.sql("UPDATE staff SET active = 1 WHERE id = 'anna'").await;
    stage.pass().await;
    assert_eq!(stage.folder("anna", FOLDER).unwrap().id, folder);
    assert_eq!(stage.names("anna").len(), 7);
    stage.assert_exactly_once().await;
}

async fn a_copy_of_ours_in_our_folder_leaves_with_its_user(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let abel = stage.contact("anna", "Eva Abel");
    let marker: Vec<_> = abel.extended.iter().map(|(id, value)| json!({ "id": id, "value": value })).collect();
    let folder = stage.folder("anna", FOLDER).unwrap().id;
    let copy = json!({ "displayName": "Eva Abel", "singleValueExtendedProperties": marker });
    let copy = stage.act(Action::CreateContact { mailbox: mail("anna"), folder: Some(folder), contact: copy });
    stage.sql("UPDATE staff SET active = 0 WHERE id = 'anna'").await;
    stage.pass().await;
    stage.assert_purged("anna", &copy);
    assert!(stage.folder("anna", FOLDER).is_none());
}

async fn a_lost_seat_has_fourteen_days_in_which_only_losses_act(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage
        .sql("DELETE FROM seat WHERE staff = 'anna'; UPDATE person SET notes = 'neu' WHERE id = '100'; DELETE FROM access WHERE person = '105'")
        .await;
    stage.sql("INSERT INTO abo VALUES ('108', 'group:sued', 'x'); INSERT INTO field_right VALUES ('user:anna', 'main.birthday', 'deny')").await;
    let report = stage.pass().await;
    assert_eq!(of(&report, "anna").service, "frozen");
    assert_eq!(stage.names("anna"), ["Eva Abel", "Ida Österle", "Max Zorn", "Pia Lang", "Udo Kurz"]);
    let ida = stage.contact("anna", "Ida Österle");
    assert_eq!((ida.fields["personalNotes"].as_str(), ida.fields.get("birthday")), (Some("segelt gern"), None));
    assert_eq!(ida.fields["displayName"], "Ida Österle");
    assert_eq!(stage.names("berta").len(), 6);
    stage.forget_requests();
    stage.pass().await;
    // What may have lost a part is compared with the mailbox, as the ledger knows no contents.
    assert!(stage.requests_to("anna").iter().all(|request| request.method == "GET"), "a frozen folder is not written again");
    stage.state_sql("UPDATE seat SET lost_since_at = lost_since_at - 15 * 86400000 WHERE user_key = 'anna'").await;
    let report = stage.pass().await;
    assert_eq!(removals(&report), [(("anna", "no seat"), 5)].into());
    assert!(stage.folder("anna", FOLDER).is_none());
    stage.assert_exactly_once().await;
}

async fn a_seat_given_back_within_the_grace_goes_on_where_it_stood(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let before = stage.mailbox("anna");
    stage.sql("DELETE FROM seat WHERE staff = 'anna'").await;
    stage.pass().await;
    stage.sql("INSERT INTO seat VALUES ('anna')").await;
    stage.forget_requests();
    stage.pass().await;
    assert_eq!((stage.sim.log(), stage.mailbox("anna")), (vec![], before));
}

async fn who_holds_a_seat_keeps_it_and_the_newcomer_waits_unexplained(base: Base) {
    let stage = Stage::on(base).await;
    stage.sql("DELETE FROM seat WHERE staff = 'anna'").await;
    stage.configure("every_s = 600", "every_s = 600\nseats = 2");
    stage.pass().await;
    stage.sql("INSERT INTO seat VALUES ('anna')").await;
    let report = stage.pass().await;
    assert_eq!(report.waiting_for_seats, 1);
    assert!(stage.names("anna").is_empty() && stage.names("berta") == SOUTH && stage.names("carl") == NORTH);
    stage.sql("DELETE FROM seat WHERE staff = 'carl'").await;
    stage.pass().await;
    assert_eq!((stage.names("anna").len(), stage.names("carl").len()), (6, 4));
}

async fn who_left_and_has_no_account_any_longer_is_reported_and_hinders_nobody(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let anna = stage.id("anna");
    stage.act(Action::DeleteUser { user: mail("anna") });
    stage.sql("UPDATE staff SET active = 0 WHERE id = 'anna'; INSERT INTO abo VALUES ('108', 'group:sued', 'x')").await;
    for _ in 0..2 {
        let report = stage.pass().await;
        let trouble = of(&report, "anna").trouble.clone().unwrap();
        assert!(trouble.contains(&anna) && trouble.contains("directory does not know it"), "{trouble}");
        assert_eq!(stage.names("berta").len(), 7);
    }
    // Nothing is forgotten: should the account be restored, what stands in it is still withdrawn.
    assert_eq!(stage.state(&format!("SELECT record_key FROM contact WHERE mailbox = '{anna}'")).await.len(), 6);
}
