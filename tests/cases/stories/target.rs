//! Books whose contacts stand in the default folder, among the user's own: what is ours is told by its marker alone.

use adressbote_servers::{Base, on_each_database};
use adressbote_simulator::{Action, FolderKind};
use adressbote_tests::stage::{FOLDER, NORTH, SOUTH, Stage, mail, of};
use serde_json::json;

on_each_database!(
    contacts_live_among_his_own_and_leave_without_touching_them,
    what_is_ours_is_found_again_by_its_marker_after_the_state_was_lost,
    a_book_that_moves_takes_its_contacts_along_and_leaves_his_own_behind,
    a_book_does_not_move_while_the_rights_are_in_doubt,
    what_he_moves_out_of_the_default_folder_is_purged_there_and_restored,
);

/// The default folder's name in the mailboxes.
const DEFAULT: &str = "Contacts";

fn own(stage: &Stage, user: &str, folder: Option<String>) -> String {
    let contact = json!({ "displayName": "Mutter", "mobilePhone": "+49 171 3920099" });
    stage.act(Action::CreateContact { mailbox: mail(user), folder, contact })
}

fn to_default(stage: &Stage) {
    stage.configure(&format!("target = {{ folder = \"{FOLDER}\" }}"), "target = \"default_folder\"");
}

fn to_folder(stage: &Stage) {
    stage.configure("target = \"default_folder\"", &format!("target = {{ folder = \"{FOLDER}\" }}"));
}

fn with_mother(names: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = names.iter().map(|name| (*name).to_owned()).chain(["Mutter".to_owned()]).collect();
    all.sort();
    all
}

async fn contacts_live_among_his_own_and_leave_without_touching_them(base: Base) {
    let stage = Stage::on(base).await;
    to_default(&stage);
    let mother = own(&stage, "anna", None);
    let before = stage.whereabouts("anna", &mother);
    stage.pass().await;
    assert_eq!(stage.names_in("anna", DEFAULT), with_mother(&SOUTH));
    assert_eq!(stage.names_in("carl", DEFAULT), NORTH);
    assert!(stage.folder("anna", FOLDER).is_none(), "a folder of our own was made");
    let again = stage.pass().await;
    assert!(again.folders.iter().all(|folder| !folder.has_changes()));

    stage.sql("DELETE FROM access WHERE person = '105'; UPDATE person SET notes = 'neu' WHERE id = '100'").await;
    stage.pass().await;
    let left: Vec<&str> = SOUTH.into_iter().filter(|name| *name != "Jan Öztürk").collect();
    assert_eq!(stage.names_in("anna", DEFAULT), with_mother(&left));
    let report = stage.verify().await;
    assert_eq!(of(&report, "anna").foreign, None, "how many contacts of his own a user has is nobody's business");

    stage.sql("UPDATE staff SET active = 0 WHERE id = 'anna'").await;
    stage.pass().await;
    assert_eq!(stage.names_in("anna", DEFAULT), ["Mutter"]);
    assert_eq!(stage.whereabouts("anna", &mother), before);
    for request in stage.requests_to("anna") {
        assert!(!request.path.contains(&mother), "his own contact was asked for: {}", request.path);
        assert!(!(request.method == "DELETE" && request.path.contains("/contactFolders/")), "a folder was removed: {}", request.path);
    }
    stage.assert_exactly_once().await;
}

async fn what_is_ours_is_found_again_by_its_marker_after_the_state_was_lost(base: Base) {
    let stage = Stage::on(base).await;
    to_default(&stage);
    own(&stage, "anna", None);
    stage.pass().await;
    let id = |stage: &Stage| {
        let folder = stage.folder("anna", DEFAULT).unwrap();
        folder.contacts.into_iter().find(|contact| contact.fields["displayName"] == "Max Zorn").unwrap().immutable_id
    };
    let zorn = id(&stage);
    stage.lose_state().await;
    stage.sql("DELETE FROM access WHERE person = '105'").await;
    stage.pass().await;
    let left: Vec<&str> = SOUTH.into_iter().filter(|name| *name != "Jan Öztürk").collect();
    assert_eq!(stage.names_in("anna", DEFAULT), with_mother(&left));
    assert_eq!(id(&stage), zorn);
    stage.assert_exactly_once().await;
}

async fn a_book_that_moves_takes_its_contacts_along_and_leaves_his_own_behind(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let ours = stage.folder("anna", FOLDER).unwrap().id;
    let dentist = own(&stage, "anna", Some(ours.clone()));
    to_default(&stage);
    let report = stage.pass().await;
    assert!(report.folders.iter().all(|folder| folder.restored == 0), "nobody changed anything: {report:#?}");
    let ended = stage.state("SELECT DISTINCT ended_why FROM disclosure WHERE until_at IS NOT NULL").await;
    assert_eq!(ended, ["moved with its book"]);
    assert_eq!(stage.names_in("anna", DEFAULT), SOUTH);
    assert_eq!(stage.names("anna"), ["Mutter"], "only his own contact is left where ours were");
    assert!(stage.folder("carl", FOLDER).is_none(), "the empty folder still stands");
    assert_eq!(stage.whereabouts("anna", &dentist).map(|(folder, _)| folder.id), Some(ours));
    stage.assert_exactly_once().await;

    to_folder(&stage);
    stage.pass().await;
    assert!(stage.mailbox("anna").known(FolderKind::Contacts).unwrap().contacts.is_empty());
    assert_eq!(stage.names("carl"), NORTH);
    assert_eq!(stage.names_in("anna", FOLDER).len() + stage.names_in("anna", &format!("{FOLDER} (2)")).len(), SOUTH.len() + 1);
    stage.assert_exactly_once().await;
}

async fn a_book_does_not_move_while_the_rights_are_in_doubt(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    to_default(&stage);
    stage.sql("CREATE TABLE kept AS SELECT * FROM access; DELETE FROM access").await;
    stage.pass().await;
    assert_eq!(stage.names("anna"), SOUTH);
    stage.sql("INSERT INTO access SELECT * FROM kept").await;
    stage.pass().await;
    assert_eq!(stage.names_in("anna", DEFAULT), SOUTH);
    stage.assert_exactly_once().await;
}

async fn what_he_moves_out_of_the_default_folder_is_purged_there_and_restored(base: Base) {
    let stage = Stage::on(base).await;
    to_default(&stage);
    stage.pass().await;
    let elsewhere = stage.act(Action::CreateFolder { mailbox: mail("anna"), name: "Familie".to_owned(), below: None, is_hidden: false });
    let folder = stage.folder("anna", DEFAULT).unwrap();
    let id = folder.contacts.into_iter().find(|contact| contact.fields["displayName"] == "Max Zorn").unwrap().immutable_id;
    stage.act(Action::MoveContact { mailbox: mail("anna"), contact: id.clone(), folder: Some(elsewhere) });
    stage.verify().await;
    stage.assert_purged("anna", &id);
    assert_eq!(stage.names_in("anna", DEFAULT), SOUTH);
    assert!(stage.folder("anna", "Familie").is_some());
    stage.assert_exactly_once().await;
}
