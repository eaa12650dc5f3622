//! What is the user's own is never touched and never read; what he changes in ours is restored when folders are read back.

use adressbote::graph::CONTACT_MARKER;
use adressbote_simulator::{Action, FolderKind, FolderView};
use adressbote_tests::stage::{FOLDER, SOUTH, Stage, mail, of, text};
use serde_json::{Value, json};

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

#[tokio::test]
async fn his_own_contacts_are_neither_touched_nor_read_wherever_they_stand() {
    let stage = Stage::new().await;
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

#[tokio::test]
async fn what_a_user_edits_in_ours_is_restored_and_what_is_his_in_it_stays() {
    let stage = Stage::new().await;
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

#[tokio::test]
async fn what_a_user_deletes_of_ours_comes_back() {
    let stage = Stage::new().await;
    stage.pass().await;
    let id = stage.contact("anna", "Max Zorn").immutable_id;
    stage.act(Action::DeleteContact { mailbox: mail("anna"), contact: id.clone(), for_good: false });
    stage.verify().await;
    assert_eq!(stage.names("anna"), SOUTH);
    stage.assert_purged("anna", &id);
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn what_a_user_moves_elsewhere_is_purged_there_and_restored() {
    let stage = Stage::new().await;
    stage.pass().await;
    let id = stage.contact("anna", "Max Zorn").immutable_id;
    stage.act(Action::MoveContact { mailbox: mail("anna"), contact: id.clone(), folder: None });
    stage.verify().await;
    assert_eq!(stage.names("anna"), SOUTH);
    stage.assert_purged("anna", &id);
    assert_eq!(default_folder(&stage, "anna").contacts, []);
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn what_was_moved_elsewhere_is_withdrawn_there_too() {
    let stage = Stage::new().await;
    stage.pass().await;
    let id = stage.contact("anna", "Jan Öztürk").immutable_id;
    stage.act(Action::MoveContact { mailbox: mail("anna"), contact: id.clone(), folder: None });
    stage.sql("DELETE FROM access WHERE person = '105'").await;
    stage.pass().await;
    stage.assert_purged("anna", &id);
}

#[tokio::test]
async fn a_copy_that_bears_our_marker_is_purged_when_the_mailbox_is_read_back() {
    let stage = Stage::new().await;
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
async fn a_renamed_folder_keeps_its_name_and_is_still_ours() {
    let stage = Stage::new().await;
    stage.pass().await;
    stage.act(Action::RenameFolder { mailbox: mail("anna"), folder: folder_id(&stage, "anna", FOLDER), name: "Kunden".to_owned() });
    stage.sql("INSERT INTO abo VALUES ('108', 'user:anna', 'anna')").await;
    stage.pass().await;
    stage.verify().await;
    assert_eq!(stage.names_in("anna", "Kunden").len(), 7);
    assert!(stage.folder("anna", FOLDER).is_none());
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn a_deleted_folder_is_made_anew_and_what_lies_in_the_bin_is_purged() {
    let stage = Stage::new().await;
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

#[tokio::test]
async fn a_deleted_folder_is_made_anew_by_the_next_addition_and_his_own_contact_in_it_is_left_alone() {
    let stage = Stage::new().await;
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

#[tokio::test]
async fn a_foreign_folder_of_our_name_is_not_adopted() {
    let stage = Stage::new().await;
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
