//! What is the user's own is never touched and never read; what he changes in ours is restored when folders are read back.

use adressbote::graph::CONTACT_MARKER;
use adressbote::worker::pass::Order;
use adressbote_rules::key::UserKey;
use adressbote_schema::state::PassKind;
use adressbote_servers::{Base, on_each_database};
use adressbote_simulator::{Action, Effect, Fault, FolderKind, FolderView};
use adressbote_tests::stage::{FOLDER, SOUTH, Stage, mail, of, text};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

on_each_database!(
    his_own_contacts_are_neither_touched_nor_read_wherever_they_stand,
    what_a_user_edits_in_ours_is_restored_and_what_is_his_in_it_stays,
    what_a_user_deletes_of_ours_comes_back,
    what_a_user_moves_elsewhere_is_purged_there_and_restored,
    what_was_moved_elsewhere_is_withdrawn_there_too,
    a_copy_that_bears_our_marker_is_purged_when_the_mailbox_is_read_back,
    a_copy_that_bears_our_marker_leaves_with_its_user_and_the_folder_can_be_taken_back,
    a_renamed_folder_keeps_its_name_and_is_still_ours,
    a_deleted_folder_is_made_anew_and_what_lies_in_the_bin_is_purged,
    a_deleted_folder_is_made_anew_by_the_next_addition_and_his_own_contact_in_it_is_left_alone,
    a_foreign_folder_of_our_name_is_not_adopted,
    a_folder_that_could_not_be_read_back_is_read_back_by_the_next_pass_that_can,
    what_a_user_did_in_our_folder_is_told_of_all_together_only,
);

/// A contact of the user's own, in a folder or the default one.
fn own(stage: &Stage, user: &str, folder: Option<&str>, name: &str) -> String {
    let contact = json!({ "displayName": name, "mobilePhone": "+49 171 3920099", "personalNotes": "privat" });
    stage.act(Action::CreateContact { mailbox: mail(user), folder: folder.map(str::to_owned), contact })
}

fn folder_id(stage: &Stage, user: &str, name: &str) -> String {
    stage.folder(user, name).unwrap_or_else(|| panic!("{user} has no folder {name}")).id
}

fn edit(stage: &Stage, contact: &str, changes: Value) {
    stage.act(Action::EditContact { mailbox: mail("anna"), contact: contact.to_owned(), changes });
}

fn default_folder(stage: &Stage, user: &str) -> FolderView {
    stage.mailbox(user).known(FolderKind::Contacts).unwrap().clone()
}

async fn his_own_contacts_are_neither_touched_nor_read_wherever_they_stand(base: Base) {
    let stage = Stage::on(base).await;
    own(&stage, "anna", None, "Mutter");
    stage.pass().await;
    let ours = folder_id(&stage, "anna", FOLDER);
    let id = own(&stage, "anna", Some(&ours), "Zahnarzt");
    let find = || stage.whereabouts("anna", &id).map(|(folder, contact)| (folder.id, contact)).unwrap();
    let (before, default) = (find(), default_folder(&stage, "anna"));
    stage.sql("DELETE FROM access WHERE person = '105'; UPDATE person SET notes = 'neu' WHERE id = '100'").await;
    stage.pass().await;
    let report = stage.verify().await;
    assert_eq!(of(&report, "anna").foreign, Some(1));
    stage.sql("UPDATE staff SET active = 0 WHERE id = 'anna'").await;
    stage.pass().await;
    assert_eq!(find(), before);
    assert_eq!(default_folder(&stage, "anna"), default);
    // His folder stays, because something of his own is in it.
    assert_eq!(stage.names("anna"), ["Zahnarzt"]);
    let regular = before.1.id;
    for request in stage.requests_to("anna") {
        assert!(!request.path.contains(&id) && !request.path.contains(&regular), "his own contact was asked for: {}", request.path);
        let lists_contacts = request.method == "GET" && request.path.contains("/contacts?");
        assert!(!lists_contacts || request.path.contains("$select=id,parentFolderId"), "contents were asked for: {}", request.path);
    }
}

async fn what_a_user_edits_in_ours_is_restored_and_what_is_his_in_it_stays(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let id = stage.contact("anna", "Max Zorn").immutable_id;
    edit(&stage, &id, json!({ "businessPhones": ["+49 30 666"], "spouseName": "Uta", "personalNotes": "mein Kommentar" }));
    assert!(stage.pass().await.folders.iter().all(|folder| !folder.has_changes()), "only reading back finds drift");
    let report = stage.verify().await;
    let zorn = stage.contact("anna", "Max Zorn");
    assert_eq!(zorn.immutable_id, id);
    assert_eq!(zorn.fields["businessPhones"], json!(["+493023125002"]));
    assert_eq!(text(&zorn, "personalNotes"), "", "the CRM wins on what is ours");
    assert_eq!(text(&zorn, "spouseName"), "Uta", "all else is the user's");
    assert_eq!(of(&report, "anna").restored, 1);
    let again = stage.verify().await;
    assert!(again.folders.iter().all(|folder| !folder.has_changes()));
    stage.assert_exactly_once().await;
}

async fn what_a_user_deletes_of_ours_comes_back(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let id = stage.contact("anna", "Max Zorn").immutable_id;
    stage.act(Action::DeleteContact { mailbox: mail("anna"), contact: id.clone(), for_good: false });
    stage.verify().await;
    assert_eq!(stage.names("anna"), SOUTH);
    stage.assert_purged("anna", &id);
    stage.assert_exactly_once().await;
}

async fn what_a_user_moves_elsewhere_is_purged_there_and_restored(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let id = stage.contact("anna", "Max Zorn").immutable_id;
    stage.act(Action::MoveContact { mailbox: mail("anna"), contact: id.clone(), folder: None });
    stage.verify().await;
    assert_eq!(stage.names("anna"), SOUTH);
    stage.assert_purged("anna", &id);
    assert_eq!(default_folder(&stage, "anna").contacts, []);
    stage.assert_exactly_once().await;
}

async fn what_was_moved_elsewhere_is_withdrawn_there_too(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let id = stage.contact("anna", "Jan Öztürk").immutable_id;
    stage.act(Action::MoveContact { mailbox: mail("anna"), contact: id.clone(), folder: None });
    stage.sql("DELETE FROM access WHERE person = '105'").await;
    stage.pass().await;
    stage.assert_purged("anna", &id);
}

async fn a_copy_that_bears_our_marker_is_purged_when_the_mailbox_is_read_back(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let ours = folder_id(&stage, "anna", FOLDER);
    let original = stage.contact("anna", "Max Zorn");
    let marker = original.extended[CONTACT_MARKER].clone();
    let copy = json!({ "displayName": "Max Zorn", "singleValueExtendedProperties": [{ "id": CONTACT_MARKER, "value": marker }] });
    let mailbox = mail("anna");
    let here = stage.act(Action::CreateContact { mailbox: mailbox.clone(), folder: Some(ours), contact: copy.clone() });
    let elsewhere = stage.act(Action::CreateContact { mailbox, folder: None, contact: copy });
    stage.verify().await;
    stage.assert_purged("anna", &here);
    stage.assert_purged("anna", &elsewhere);
    assert_eq!(stage.contact("anna", "Max Zorn").immutable_id, original.immutable_id);
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn what_stands_under_another_id_is_not_known_to_be_as_it_is_due_before_it_was_written() {
    let stage = Stage::on(Base::Sqlite).await;
    stage.crowd(30).await;
    stage.pass().await;
    stage.pass().await;
    let (ours, original) = (folder_id(&stage, "anna", FOLDER), stage.contact("anna", "Max Zorn"));
    let marker = original.extended[CONTACT_MARKER].clone();
    let copy =
        json!({ "displayName": "Max Zorn", "personalNotes": "alt", "singleValueExtendedProperties": [{ "id": CONTACT_MARKER, "value": marker }] });
    stage.act(Action::DeleteContact { mailbox: mail("anna"), contact: original.immutable_id, for_good: true });
    stage.act(Action::CreateContact { mailbox: mail("anna"), folder: Some(ours), contact: copy });
    // Something new has the folder looked into. What stands there in Max Zorn's place is to be written, and Graph refuses that twice.
    stage.sql("INSERT INTO abo VALUES ('108', 'user:anna', 'anna')").await;
    let conflict = Effect::answer(412, "ErrorIrresolvableConflict");
    stage.sim.add_fault(Fault::next(2, conflict).in_mailbox(&stage.id("anna")).on_method("PATCH"));
    assert_eq!(of(&stage.pass().await, "anna").created, 1);
    assert_eq!(text(&stage.contact("anna", "Max Zorn"), "personalNotes"), "alt");
    stage.pass().await;
    assert_eq!(text(&stage.contact("anna", "Max Zorn"), "personalNotes"), "");
    stage.assert_exactly_once().await;
}

async fn a_copy_that_bears_our_marker_leaves_with_its_user_and_the_folder_can_be_taken_back(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let ours = folder_id(&stage, "anna", FOLDER);
    let marker = stage.contact("anna", "Max Zorn").extended[CONTACT_MARKER].clone();
    let copy = json!({ "displayName": "Max Zorn", "singleValueExtendedProperties": [{ "id": CONTACT_MARKER, "value": marker }] });
    let family = stage.act(Action::CreateFolder { mailbox: mail("anna"), name: "Familie".to_owned(), below: None, is_hidden: false });
    let elsewhere = stage.act(Action::CreateContact { mailbox: mail("anna"), folder: Some(family), contact: copy });
    let mother = own(&stage, "anna", None, "Mutter");
    stage.sql("UPDATE staff SET active = 0 WHERE id = 'anna'").await;
    let report = stage.pass().await;
    stage.assert_purged("anna", &elsewhere);
    assert_eq!(stage.whereabouts("anna", &mother).unwrap().0.kind, FolderKind::Contacts);
    assert_eq!(of(&report, "anna").restored, 0, "nothing was restored");
    // What Graph does not show of a folder, such as a distribution list, is not lost with it.
    let folder = stage.mailbox("anna").folders.into_iter().find(|folder| folder.id == ours);
    assert!(folder.is_some_and(|folder| folder.is_deleted && folder.contacts.is_empty()));
}

async fn a_renamed_folder_keeps_its_name_and_is_still_ours(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.act(Action::RenameFolder { mailbox: mail("anna"), folder: folder_id(&stage, "anna", FOLDER), name: "Kunden".to_owned() });
    stage.sql("INSERT INTO abo VALUES ('108', 'user:anna', 'anna')").await;
    stage.pass().await;
    stage.verify().await;
    assert_eq!(stage.names_in("anna", "Kunden").len(), 7);
    assert!(stage.folder("anna", FOLDER).is_none());
    stage.assert_exactly_once().await;
}

async fn a_deleted_folder_is_made_anew_and_what_lies_in_the_bin_is_purged(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let (folder, id) = (folder_id(&stage, "anna", FOLDER), stage.contact("anna", "Max Zorn").immutable_id);
    stage.act(Action::DeleteFolder { mailbox: mail("anna"), folder: folder.clone() });
    stage.verify().await;
    assert_eq!(stage.names("anna"), SOUTH);
    assert_ne!(folder_id(&stage, "anna", FOLDER), folder);
    stage.assert_purged("anna", &id);
    assert!(!stage.mailbox("anna").folders.iter().any(|one| one.id == folder), "the empty folder still lies in the bin");
    stage.assert_exactly_once().await;
}

async fn a_deleted_folder_is_made_anew_by_the_next_addition_and_his_own_contact_in_it_is_left_alone(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let folder = folder_id(&stage, "anna", FOLDER);
    let his = own(&stage, "anna", Some(&folder), "Zahnarzt");
    stage.act(Action::DeleteFolder { mailbox: mail("anna"), folder: folder.clone() });
    stage.sql("INSERT INTO abo VALUES ('108', 'user:anna', 'anna')").await;
    stage.pass().await;
    assert_eq!(stage.names("anna").len(), 7);
    assert_eq!(stage.whereabouts("anna", &his).map(|(where_, _)| where_.id), Some(folder));
    stage.assert_exactly_once().await;
}

async fn a_foreign_folder_of_our_name_is_not_adopted(base: Base) {
    let stage = Stage::on(base).await;
    let theirs = stage.act(Action::CreateFolder { mailbox: mail("anna"), name: FOLDER.to_owned(), below: None, is_hidden: false });
    own(&stage, "anna", Some(&theirs), "Zahnarzt");
    stage.act(Action::CreateFolder { mailbox: mail("berta"), name: FOLDER.to_owned(), below: None, is_hidden: true });
    stage.pass().await;
    assert_eq!(stage.names_in("anna", FOLDER), ["Zahnarzt"]);
    for user in ["anna", "berta"] {
        assert_eq!(stage.names_in(user, &format!("{FOLDER} (2)")), SOUTH, "{user}");
    }
    assert_eq!(stage.names("carl").len(), 4);
    stage.assert_exactly_once().await;
}

async fn a_folder_that_could_not_be_read_back_is_read_back_by_the_next_pass_that_can(base: Base) {
    let stage = Stage::on(base).await;
    let (app, graph, stop) = (stage.app().await.unwrap(), stage.graph(), CancellationToken::new());
    let order = |verifies| Order { kind: PassKind::Full, cause: "story", verifies, budget: None };
    stage.pass_by(&app, &graph, &order(false), &stop).await.unwrap();
    let id = stage.contact("anna", "Max Zorn").immutable_id;
    edit(&stage, &id, json!({ "businessPhones": ["+49 30 666"] }));
    stage.sim.add_fault(Fault::always(Effect::answer(503, "ErrorServerBusy")).in_mailbox(&stage.id("anna")));
    stage.pass_by(&app, &graph, &order(true), &stop).await.unwrap();
    stage.sim.clear_faults();
    stage.forget_requests();
    stage.pass_by(&app, &graph, &order(false), &stop).await.unwrap();
    assert_eq!(stage.contact("anna", "Max Zorn").fields["businessPhones"], json!(["+493023125002"]));
    assert_eq!(stage.requests_to("berta"), [], "the others were read back");
    stage.forget_requests();
    stage.pass_by(&app, &graph, &order(false), &stop).await.unwrap();
    assert_eq!(stage.sim.log(), [], "once");
}

async fn what_a_user_did_in_our_folder_is_told_of_all_together_only(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let (ours, id) = (folder_id(&stage, "anna", FOLDER), stage.contact("anna", "Max Zorn").immutable_id);
    own(&stage, "anna", Some(&ours), "Zahnarzt");
    stage.act(Action::MoveContact { mailbox: mail("anna"), contact: id, folder: None });
    let report = serde_json::to_value(stage.verify().await).unwrap();
    assert_eq!((&report["restored"], &report["foreign"]), (&json!(1), &json!(1)));
    let folders = report["folders"].as_array().unwrap();
    assert!(folders.iter().all(|folder| folder.get("restored").is_none() && folder.get("foreign").is_none()), "{report:#}");
    let alone = stage.try_pass(PassKind::User(UserKey::new("anna")), true, &CancellationToken::new()).await.unwrap();
    assert_eq!((alone.foreign, alone.restored), (0, 0), "of one folder the sum would tell of its user");
}
