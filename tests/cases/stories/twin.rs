//! Noninterference, over real HTTP: two companies that differ only in what Anna may not see send her mailbox the same requests.

use adressbote_servers::{Base, on_each_database};
use adressbote_tests::stage::Stage;
use serde_json::Value;

on_each_database!(what_anna_may_not_see_changes_no_request_to_her_mailbox,);

/// What is changed in the second company: records, rights, numbers and wishes that are none of Anna's business.
const HIDDEN: [&str; 6] = [
    "DELETE FROM person WHERE id IN ('106', '107')",
    "INSERT INTO person VALUES ('000', 'Aaron', 'Aaa', 'A', 'Konstanz', 'aktiv', '1970-01-01', 'x'), ('110', 'Zoe', 'Zzz', 'Z', 'Ulm', 'aktiv', NULL, NULL);
     INSERT INTO access (person, principal) VALUES ('000', 'user:berta'), ('110', 'group:nord')",
    "UPDATE person SET last_name = 'Aaaa', notes = 'ganz anders' WHERE id IN ('106', '107'); UPDATE phone SET number = '0171 39200 66' WHERE id = 't6'",
    "INSERT INTO abo VALUES ('106', 'user:anna', 'carl'), ('101', 'user:berta', 'berta'), ('107', 'everyone', 'carl'); INSERT INTO wish VALUES ('user:berta', 'Ort = ''Ulm''')",
    "DELETE FROM seat WHERE staff = 'carl'; INSERT INTO field_right VALUES ('user:berta', 'main.notes', 'deny'); UPDATE member SET team = 'nord' WHERE staff = 'berta'",
    "INSERT INTO secrecy VALUES ('106', 'user:carl'); UPDATE access SET valid_until = '2000-01-01 00:00:00' WHERE person = '107'; INSERT INTO bar VALUES ('104', 'user:carl')",
];

/// What happens later, in both.
const LATER: &str = "UPDATE phone SET number = '030 23125 777' WHERE id = 't3'; DELETE FROM access WHERE person = '102' AND principal = 'group:sued';
    INSERT INTO field_right VALUES ('user:anna', 'main.company', 'deny'); INSERT INTO abo VALUES ('108', 'user:anna', 'anna')";

/// The requests to Anna's mailbox: method, path without ids, body; in their order but for those that went together.
fn heard(stage: &Stage) -> Vec<String> {
    let mailbox = stage.mailbox("anna");
    let folders = mailbox.folders.iter().map(|folder| folder.id.clone());
    let contacts = mailbox.folders.iter().flat_map(|folder| &folder.contacts).flat_map(|contact| [contact.id.clone(), contact.immutable_id.clone()]);
    let ids: Vec<String> = folders.chain(contacts).collect();
    let mut said: Vec<(u64, String)> = Vec::new();
    for request in stage.requests_to("anna") {
        let mut path = request.path.replace("%3D", "=").replace("%3d", "=");
        for id in &ids {
            path = path.replace(id.as_str(), "ID");
        }
        let mut body = request.body.clone();
        if let Some(extended) = body.pointer_mut("/singleValueExtendedProperties/0/value") {
            *extended = Value::from("MARKER");
        }
        if let Some(at) = path.find("ep/value") {
            path.truncate(at);
        }
        said.push((request.batch.unwrap_or(request.number), format!("{} {path} {body}", request.method)));
    }
    said.sort();
    said.into_iter().map(|(_, text)| text).collect()
}

async fn story(base: Base, hidden: Option<&str>) -> Vec<String> {
    let stage = Stage::on(base).await;
    if let Some(hidden) = hidden {
        stage.sql(hidden).await;
    }
    stage.pass().await;
    stage.sql(LATER).await;
    stage.pass().await;
    stage.verify().await;
    heard(&stage)
}

async fn what_anna_may_not_see_changes_no_request_to_her_mailbox(base: Base) {
    let plain = story(base, None).await;
    assert!(plain.len() > 20, "{plain:#?}");
    for hidden in HIDDEN {
        assert_eq!(story(base, Some(hidden)).await, plain, "after {hidden}");
    }
}
