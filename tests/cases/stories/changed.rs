//! The configuration changes: books, folders, mapping.

use std::collections::BTreeMap;

use adressbote_servers::{Base, on_each_database};
use adressbote_tests::stage::{FOLDER, NORTH, SOUTH, Stage, of, text};

on_each_database!(
    a_second_book_has_its_own_folder_and_goes_when_it_is_removed_from_the_configuration,
    another_name_of_the_folder_in_the_configuration_renames_nothing,
    a_property_that_is_no_longer_mapped_is_emptied_once_and_then_is_the_users,
    a_property_that_is_mapped_anew_is_written,
);

const SECOND: &str = "
[books.ulm]
target = { folder = \"Ulm\" }
purpose = \"Visits\"
legal_basis = \"Art. 6 (1) f GDPR\"
retention_days = 30
default_filter = \"Ort = 'Ulm'\"
";

async fn a_second_book_has_its_own_folder_and_goes_when_it_is_removed_from_the_configuration(base: Base) {
    let stage = Stage::on(base).await;
    stage.configure("default_filter = \"Status = 'aktiv'\"\n", &format!("default_filter = \"Status = 'aktiv'\"\n{SECOND}"));
    stage.pass().await;
    assert_eq!(stage.names_in("carl", "Ulm"), ["Rosa Binder", "Tom Weiß"]);
    assert_eq!(stage.names_in("anna", "Ulm"), ["Kurt Alt"]);
    assert_eq!((stage.names("carl"), stage.names("anna")), (NORTH.map(str::to_owned).to_vec(), SOUTH.map(str::to_owned).to_vec()));
    let id = stage.folder("carl", "Ulm").unwrap().contacts[0].immutable_id.clone();
    stage.configure(SECOND, "");
    let report = stage.pass().await;
    let gone = report.folders.iter().filter(|folder| folder.book == "ulm").map(|folder| (folder.user.as_str(), folder.deleted.clone()));
    let removed = |count: usize| BTreeMap::from([("book removed".to_owned(), count)]);
    let expected = [("anna", removed(1)), ("berta", removed(1)), ("carl", removed(2))];
    assert_eq!(gone.collect::<BTreeMap<_, _>>(), expected.into(), "the first book's filter says nothing of the second's contacts");
    stage.assert_purged("carl", &id);
    assert!(stage.folder("carl", "Ulm").is_none() && stage.folder("anna", "Ulm").is_none());
    assert_eq!(stage.names("carl"), NORTH);
    stage.assert_exactly_once().await;
}

async fn another_name_of_the_folder_in_the_configuration_renames_nothing(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.configure(&format!("folder = \"{FOLDER}\""), "folder = \"Kunden\"");
    stage.sql("INSERT INTO abo VALUES ('108', 'user:anna', 'anna')").await;
    stage.pass().await;
    assert_eq!(stage.names("anna").len(), 7);
    assert!(stage.folder("anna", "Kunden").is_none());
}

async fn a_property_that_is_no_longer_mapped_is_emptied_once_and_then_is_the_users(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.replace("klein/profile.toml", "personalNotes = { first = [\"$.Bemerkung\"] }\n", "");
    let report = stage.pass().await;
    assert_eq!(text(&stage.contact("anna", "Ida Österle"), "personalNotes"), "");
    assert_eq!(of(&report, "anna").cleared.keys().collect::<Vec<_>>(), ["personalNotes: mapping changed"]);
    stage.forget_requests();
    stage.pass().await;
    assert_eq!(stage.sim.log(), [], "it is emptied once");
    let id = stage.contact("anna", "Ida Österle").immutable_id;
    let changes = serde_json::json!({ "personalNotes": "meine Notiz" });
    stage.act(adressbote_simulator::Action::EditContact { mailbox: adressbote_tests::stage::mail("anna"), contact: id, changes });
    stage.sql("UPDATE person SET city = 'Lindau' WHERE id = '100'").await;
    stage.verify().await;
    let ida = stage.contact("anna", "Ida Österle");
    assert_eq!((text(&ida, "personalNotes").as_str(), ida.fields["businessAddress"]["city"].as_str()), ("meine Notiz", Some("Lindau")));
}

async fn a_property_that_is_mapped_anew_is_written(base: Base) {
    let stage = Stage::on(base).await;
    stage.replace("klein/profile.toml", "companyName = { first = [\"$.Firma\"] }\n", "");
    stage.pass().await;
    assert_eq!(text(&stage.contact("anna", "Max Zorn"), "companyName"), "");
    stage.replace("klein/profile.toml", "surname = {", "companyName = { first = [\"$.Firma\"] }\nsurname = {");
    let report = stage.pass().await;
    assert_eq!(text(&stage.contact("anna", "Max Zorn"), "companyName"), "Zorn GmbH");
    assert_eq!((of(&report, "anna").updated, of(&report, "anna").created), (6, 0));
}
