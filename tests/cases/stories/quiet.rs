//! Folders in which nothing is to be done are not looked into, and whatever makes something to be done wakes them.

use adressbote_servers::{Base, on_each_database};
use adressbote_tests::stage::{SOUTH, Stage, of};

on_each_database!(whatever_changes_what_is_due_wakes_the_folder,);

/// Whose folders are known to be as they are due.
async fn quiet(stage: &Stage) -> Vec<String> {
    stage.state("SELECT user_key FROM block ORDER BY user_key").await
}

/// Makes the ledger forget what it knows of contents: whoever looks at a contact writes it anew.
async fn forget_contents(stage: &Stage) {
    stage.state_sql("UPDATE contact SET digest = NULL").await;
}

#[tokio::test]
async fn a_folder_in_which_nothing_is_to_be_done_is_not_looked_into_and_is_told_of_all_the_same() {
    let stage = Stage::all_on(Base::Sqlite).await;
    let filled = stage.pass().await;
    assert!(quiet(&stage).await.is_empty(), "what was just written was not compared yet");
    let compared = stage.pass().await;
    assert_eq!(quiet(&stage).await, ["anna", "berta", "carl"]);
    forget_contents(&stage).await;
    let still = stage.pass().await;
    assert_eq!(format!("{:?}", compared.folders), format!("{:?}", still.folders));
    assert_eq!(of(&filled, "anna").figures, of(&still, "anna").figures);
    let passes = stage.state("SELECT DISTINCT CAST(pass_id AS TEXT) FROM folder_status").await;
    assert_eq!(passes, [still.pass.unwrap()], "the pass stands with each folder");
    let read_back = stage.verify().await;
    assert!(read_back.folders.iter().all(|folder| folder.updated > 0), "reading back looks into every folder: {:?}", read_back.folders);
}

async fn whatever_changes_what_is_due_wakes_the_folder(base: Base) {
    let stage = Stage::on(base).await;
    stage.pass().await;
    for (change, count) in [
        ("UPDATE person SET notes = 'neu' WHERE id = '100'", SOUTH.len()),
        ("DELETE FROM access WHERE person = '105' AND principal = 'group:sued'", SOUTH.len() - 1),
        ("INSERT INTO abo VALUES ('108', 'user:anna', 'anna')", SOUTH.len()),
    ] {
        stage.pass().await;
        assert_eq!(quiet(&stage).await.len(), 3, "before {change}");
        stage.sql(change).await;
        let report = stage.pass().await;
        assert!(of(&report, "anna").has_changes() && !of(&report, "carl").has_changes(), "{change}");
        assert_eq!(stage.names("anna").len(), count, "{change}");
        assert_eq!(quiet(&stage).await, ["anna", "berta", "carl"], "{change}");
    }
    stage.pass().await;
    stage.assert_exactly_once().await;
}

#[tokio::test]
async fn what_is_changed_in_the_configuration_wakes_every_folder() {
    let stage = Stage::on(Base::Sqlite).await;
    stage.pass().await;
    stage.pass().await;
    assert_eq!(quiet(&stage).await.len(), 3);
    stage.replace("klein/profile.toml", "personalNotes = { first = [\"$.Bemerkung\"] }\n", "");
    let report = stage.pass().await;
    assert_eq!(of(&report, "anna").cleared.keys().collect::<Vec<_>>(), ["personalNotes: mapping changed"]);
}

#[tokio::test]
async fn a_user_who_is_no_longer_served_is_not_quiet() {
    let stage = Stage::on(Base::Sqlite).await;
    stage.pass().await;
    stage.pass().await;
    assert_eq!(quiet(&stage).await.len(), 3);
    stage.sql("UPDATE staff SET active = 0 WHERE id = 'anna'").await;
    stage.pass().await;
    assert!(stage.folder("anna", adressbote_tests::stage::FOLDER).is_none());
    assert_eq!(quiet(&stage).await, ["berta", "carl"]);
}

#[tokio::test]
async fn of_a_folder_that_differs_in_little_only_that_is_looked_at() {
    let stage = Stage::on(Base::Sqlite).await;
    stage.crowd(30).await;
    stage.pass().await;
    stage.pass().await;
    forget_contents(&stage).await;
    let mut count = SOUTH.len() + 30;
    for (change, made, written, gone) in [
        ("UPDATE person SET notes = 'neu' WHERE id = '100'", 0, 1, 0),
        ("DELETE FROM access WHERE person = 'm3'; UPDATE person SET last_name = 'Aal' WHERE id = 'm4'", 0, 1, 1),
        ("INSERT INTO abo VALUES ('108', 'user:anna', 'anna')", 1, 0, 0),
        ("INSERT INTO wish VALUES ('user:anna', 'Status = ''aktiv'' AND Vorname <> ''Vorname9''')", 0, 0, 1),
    ] {
        stage.sql(change).await;
        let report = stage.pass().await;
        let anna = of(&report, "anna");
        assert_eq!((anna.created, anna.updated, anna.deleted.values().sum::<usize>()), (made, written, gone), "{change}");
        count = count + made - gone;
        assert_eq!((anna.figures.standing, anna.figures.matched, stage.names("anna").len()), (count, count, count), "{change}");
        assert_eq!(quiet(&stage).await, ["anna", "berta", "carl"], "what was sent is known to stand as it is due");
    }
    stage.sql("UPDATE person SET notes = 'neu' WHERE id LIKE 'm1%'").await;
    assert_eq!(of(&stage.pass().await, "anna").updated, count - 3, "where much differs all is looked at; of three it is known what stands in them");
    assert_eq!(quiet(&stage).await, ["carl"], "what was written where all was looked at was not compared yet");
    stage.verify().await;
    stage.assert_exactly_once().await;
}
