//! The first fill, what follows it, and what a change costs.

use adressbote::graph::{CONTACT_MARKER, FOLDER_MARK};
use adressbote_servers::{Base, on_each_database};
use adressbote_tests::stage::{FOLDER, NORTH, SOUTH, Stage, of, text};
use serde_json::json;

on_each_database!(
    the_first_pass_gives_everybody_what_he_may_see_and_wants,
    a_contact_has_all_that_the_mapping_says_and_its_marker,
    every_contact_comes_with_its_marker_in_the_same_request,
    nothing_hidden_is_in_any_request_to_a_mailbox,
    a_second_pass_without_changes_sends_nothing_at_all,
    rows_in_another_order_change_nothing,
    a_changed_number_is_written_to_those_who_have_it_and_to_nobody_else,
    a_change_of_what_nobody_may_see_sends_nothing,
    a_value_emptied_in_the_crm_is_emptied_in_the_mailbox,
    a_pass_for_one_user_leaves_the_others_for_later,
);

async fn the_first_pass_gives_everybody_what_he_may_see_and_wants(base: Base) {
    let stage = Stage::on(base).await;
    let report = stage.pass().await;
    assert!(!report.needs_attention(), "{report:#?}");
    assert_eq!(stage.names("anna"), SOUTH);
    assert_eq!(stage.names("berta"), SOUTH);
    assert_eq!(stage.names("carl"), NORTH);
    for (user, visible, count) in [("anna", 7, 6), ("berta", 7, 6), ("carl", 4, 4)] {
        let folder = of(&report, user);
        assert_eq!(
            (folder.figures.visible, folder.figures.matched, folder.created, folder.figures.standing),
            (visible, count, count, count),
            "{user}"
        );
    }
    stage.assert_exactly_once().await;
}

async fn a_contact_has_all_that_the_mapping_says_and_its_marker(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let ida = stage.contact("anna", "Ida Österle");
    let fields = serde_json::Value::Object(ida.fields.clone());
    for (property, expected) in [
        ("displayName", json!("Ida Österle")),
        ("fileAs", json!("Österle, Ida")),
        ("givenName", json!("Ida")),
        ("surname", json!("Österle")),
        ("companyName", json!("Müller & Söhne KG")),
        ("businessPhones", json!(["+493023125001"])),
        ("mobilePhone", json!("+491713920001")),
        ("personalNotes", json!("segelt gern")),
        ("categories", json!(["CRM"])),
    ] {
        assert_eq!(fields[property], expected, "{property}");
    }
    assert_eq!(fields["businessAddress"]["city"], json!("Konstanz"));
    assert!(text(&ida, "birthday").starts_with("1980-02-29T"), "{fields}");
    // Marker and mark are hashes of this mailbox: what stands in another one is not the same, and tells no key.
    let bertas = stage.contact("berta", "Ida Österle");
    assert!(ida.extended[CONTACT_MARKER].len() == 32 && ida.extended[CONTACT_MARKER] != bertas.extended[CONTACT_MARKER]);
    assert!(stage.folder("anna", FOLDER).unwrap().extended.contains_key(FOLDER_MARK));
}

async fn every_contact_comes_with_its_marker_in_the_same_request(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let creations: Vec<_> = stage.requests_to("anna").into_iter().filter(|one| one.method == "POST" && one.path.ends_with("/contacts")).collect();
    assert_eq!(creations.len(), SOUTH.len());
    for creation in creations {
        assert_eq!(creation.body["singleValueExtendedProperties"][0]["id"], json!(CONTACT_MARKER));
        assert!(creation.headers["prefer"].contains("ImmutableId"), "{:?}", creation.headers);
    }
}

async fn nothing_hidden_is_in_any_request_to_a_mailbox(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.verify().await;
    for hidden in ["Binder", "Rosa", "streng vertraulich", "39200 06", "3920006", "Weiß", "\"Alt\""] {
        stage.assert_never_sent("anna", hidden);
    }
    for hidden in ["3920001", "Binder"] {
        stage.assert_never_sent("berta", hidden);
    }
    for hidden in ["1975-", "1961-", "Österle", "Konstanz GmbH", "segelt"] {
        stage.assert_never_sent("carl", hidden);
    }
    assert_eq!(text(&stage.contact("carl", "Pia Lang"), "birthday"), "");
    assert_eq!(text(&stage.contact("carl", "Rosa Binder"), "mobilePhone"), "+491713920006");
}

async fn a_second_pass_without_changes_sends_nothing_at_all(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let before = stage.mailbox("anna");
    stage.forget_requests();
    let report = stage.pass().await;
    assert!(report.folders.iter().all(|folder| !folder.has_changes()));
    assert_eq!(stage.sim.log(), []);
    assert_eq!(stage.mailbox("anna"), before);
}

async fn rows_in_another_order_change_nothing(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.sql("CREATE TABLE turned AS SELECT * FROM person ORDER BY id DESC; DROP TABLE person; ALTER TABLE turned RENAME TO person;").await;
    stage
        .sql("CREATE TABLE turned AS SELECT * FROM access ORDER BY principal DESC, person; DROP TABLE access; ALTER TABLE turned RENAME TO access;")
        .await;
    stage.forget_requests();
    stage.pass().await;
    assert_eq!(stage.sim.log(), []);
}

async fn a_changed_number_is_written_to_those_who_have_it_and_to_nobody_else(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    let (before, carl) = (stage.contact("anna", "Eva Abel"), stage.mailbox("carl"));
    stage.sql("UPDATE phone SET number = '030 23125 099' WHERE id = 't4'").await;
    stage.forget_requests();
    let report = stage.pass().await;
    let after = stage.contact("anna", "Eva Abel");
    assert_eq!(after.fields["businessPhones"], json!(["+493023125099"]));
    assert_eq!(after.immutable_id, before.immutable_id);
    assert_eq!((of(&report, "anna").updated, of(&report, "anna").created), (1, 0));
    assert_eq!(stage.requests_to("anna").iter().filter(|one| one.method != "GET").count(), 1);
    assert!(!of(&report, "carl").has_changes());
    assert_eq!(stage.requests_to("carl"), []);
    assert_eq!(stage.mailbox("carl"), carl);
    stage.forget_requests();
    stage.pass().await;
    assert_eq!(stage.sim.log(), []);
}

async fn a_change_of_what_nobody_may_see_sends_nothing(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.forget_requests();
    stage.sql("UPDATE person SET birthday = '1960-01-01', notes = 'anders' WHERE id = '108'; UPDATE person SET birthday = '1960-01-01' WHERE id = '106'").await;
    stage.pass().await;
    assert_eq!(stage.sim.log(), []);
}

async fn a_value_emptied_in_the_crm_is_emptied_in_the_mailbox(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    stage.sql("UPDATE person SET notes = NULL WHERE id = '100'; DELETE FROM phone WHERE id = 't1'").await;
    let report = stage.pass().await;
    let ida = stage.contact("anna", "Ida Österle");
    assert_eq!((text(&ida, "personalNotes").as_str(), text(&ida, "businessPhones").as_str()), ("", ""));
    assert_eq!(of(&report, "anna").cleared.len(), 2, "{report:#?}");
}

async fn a_pass_for_one_user_leaves_the_others_for_later(base: Base) {
    let stage = Stage::on(base).await;
    let kind = adressbote_schema::state::PassKind::User(adressbote_rules::key::UserKey::new("berta"));
    stage.try_pass(kind, false, &Default::default()).await.unwrap();
    assert_eq!((stage.names("anna"), stage.names("berta").len()), (Vec::new(), 6));
    stage.pass().await;
    assert_eq!(stage.names("anna"), SOUTH);
    stage.assert_exactly_once().await;
}
