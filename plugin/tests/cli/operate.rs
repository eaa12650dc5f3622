//! `bind`, `ledger erase`, `ledger forget`, `ledger tombstones`: what operators change.

use crate::office::{Office, USER, sample};

#[test]
fn a_binding_is_released_and_confirmed_anew() {
    let office = Office::open();
    office.json(&["sync", "--user", USER]);
    assert!(office.text(&["bind", "list"]).contains("active"));
    let released = office.json(&["bind", "release", "--user", USER, "--why", "he has a new mailbox"]);
    assert_eq!(released[0]["standing"], "leaving");
    let ended = office.run(&["sync", "--user", USER, "--format", "json"]);
    let folders = ended.json()["folders"].as_array().unwrap().clone();
    assert!(folders.iter().any(|folder| folder["deleted"]["binding changed"].as_u64() > Some(0)), "{folders:#?}");
    assert_eq!(ended.code, 3, "he waits for a person's yes");
    let waits = office.run(&["bind", "list", "--format", "json"]);
    assert_eq!(waits.code, 3, "{waits:?}");
    assert!(waits.json().as_array().unwrap().iter().any(|one| one["standing"] == "waiting"), "{waits:?}");
    let confirmed = office.json(&["bind", "confirm", "--user", USER]);
    assert!(confirmed.as_array().unwrap().iter().any(|one| one["standing"] == "active"), "{confirmed}");
    let again = office.json(&["sync", "--user", USER]);
    assert!(again["folders"].as_array().unwrap().iter().any(|folder| folder["created"].as_u64() > Some(0)), "{again}");
    let mistyped = office.run(&["bind", "release", "--user", "xaver.kirchne"]);
    assert!(mistyped.code == 2 && mistyped.err.contains("did you mean `xaver.kirchner`?"), "{mistyped:?}");
}

#[test]
fn who_is_erased_leaves_and_does_not_come_back() {
    let office = Office::open();
    office.json(&["sync", "--user", USER]);
    let due = sample().due.as_str();
    let erased = office.json(&["ledger", "erase", "--record", due, "--why", "Art. 17"]);
    assert_eq!((&erased["is_new"], &erased["standing_with"][0]), (&true.into(), &USER.into()));
    assert!(office.text(&["ledger", "erase", "--record", due, "--why", "again"]).contains("was erased before"));
    let pass = office.json(&["sync", "--user", USER]);
    assert_eq!(pass["folders"][0]["deleted"]["erased"], 1, "{pass}");
    assert_eq!(office.json(&["explain", "--user", USER, "--record", due])["standing"], "erased");
    assert_eq!(office.json(&["explain", "--as-user", USER, "--record", due])["answer"], "not_offered");

    assert_eq!(office.run(&["ledger", "tombstones", "export", "stones.txt"]).code, 0);
    assert_eq!(office.run(&["ledger", "tombstones", "export", "stones.txt"]).code, 2, "nothing is overwritten");
    let list = office.text(&["ledger", "tombstones", "export"]);
    assert_eq!(list, std::fs::read_to_string(office.path().join("stones.txt")).unwrap());
    assert!(!list.contains(due), "keyed hashes only");
    let audit = office.json(&["ledger", "audit"]);
    let exports = audit.as_array().unwrap().iter().filter(|one| one["action"] == "export tombstones" && one["subjects"][0] == "1");
    assert!(exports.count() >= 2, "{audit}");
    let restored = Office::open();
    std::fs::write(restored.path().join("stones.txt"), &list).unwrap();
    assert_eq!(restored.json(&["ledger", "tombstones", "import", "stones.txt"])["new"], 1);
    assert_eq!(restored.json(&["explain", "--user", USER, "--record", due])["standing"], "erased");
    std::fs::write(restored.path().join("stones.txt"), "nonsense").unwrap();
    let bad = restored.run(&["ledger", "tombstones", "import", "stones.txt"]);
    assert!(bad.code == 2 && bad.err.contains("line 1"), "{bad:?}");
    assert_eq!(restored.json(&["ledger", "restored", "--why", "the disk failed"])["restored_after"], "0");
    let audit = restored.text(&["ledger", "audit"]);
    assert!(audit.contains("import tombstones") && audit.contains("note restore") && audit.contains("the disk failed"), "{audit}");
    assert_eq!(restored.run(&["ledger", "erase", "--record", "gone-long-ago", "--why", "Art. 17", "--absent"]).code, 0);
}

#[test]
fn a_mailbox_that_is_gone_for_good_is_forgotten() {
    let office = Office::open();
    office.json(&["sync", "--user", USER]);
    let stood = office.json(&["ledger", "show", "--user", USER]);
    let (mailbox, contacts) = (stood[0]["mailbox"].as_str().unwrap(), &stood[0]["contacts"]);
    let other = office.run(&["ledger", "forget", "--user", USER, "--mailbox", "another", "--why", "gone"]);
    assert!(other.code == 2 && other.err.contains(mailbox), "{other:?}");
    let nobody = office.run(&["ledger", "forget", "--user", "xaver.kirchne", "--mailbox", mailbox, "--why", "gone"]);
    assert!(nobody.code == 2 && nobody.err.contains("did you mean `xaver.kirchner`?"), "{nobody:?}");
    assert_eq!(office.json(&["ledger", "show", "--user", USER]), stood);
    let forgotten = office.json(&["ledger", "forget", "--user", USER, "--mailbox", mailbox, "--why", "he left, and his mailbox was deleted"]);
    assert_eq!(&forgotten["contacts"], contacts);
    assert_eq!(office.json(&["ledger", "show"]).as_array().unwrap().len(), 0);
    let had = office.json(&["where", "--record", &sample().due]);
    assert_eq!(had["disclosures"][0]["ended_why"], "mailbox given up", "{had}");
    assert!(office.text(&["where", "--record", &sample().due]).contains(mailbox), "the text names the mailbox");
    assert_eq!(office.json(&["ledger", "audit"])[0]["action"], "forget mailbox");
}

#[test]
fn what_only_we_know_is_told_without_the_crm() {
    let office = Office::open();
    office.json(&["sync", "--user", USER]);
    let mailbox = office.json(&["ledger", "show"])[0]["mailbox"].as_str().unwrap().to_owned();
    std::fs::remove_file(office.path().join("crm.sqlite")).unwrap();
    let due = sample().due.as_str();
    for args in [
        &["where", "--record", due][..],
        &["bind", "list"],
        &["bind", "release", "--user", USER],
        &["ledger", "show"],
        &["ledger", "show", "--user", USER],
        &["ledger", "intents"],
        &["ledger", "passes"],
        &["ledger", "audit"],
        &["ledger", "erase", "--record", due, "--why", "Art. 17"],
        &["ledger", "tombstones", "export"],
        &["ledger", "restored", "--why", "the disk failed"],
        &["ledger", "forget", "--user", USER, "--mailbox", &mailbox, "--why", "gone"],
        &["doubt", "list"],
    ] {
        let ended = office.run(args);
        assert!(ended.code == 0 && ended.err.is_empty(), "{args:?}: {ended:?}");
    }
    let unknown = office.run(&["where", "--record", "never-heard-of"]);
    assert!(unknown.code == 2 && unknown.err.contains("crm.sqlite"), "whether there is such a record only the CRM knows: {unknown:?}");
}

#[test]
#[cfg(unix)]
fn a_key_that_everybody_may_read_needs_attention() {
    use std::os::unix::fs::PermissionsExt;
    let office = Office::open();
    let check = ["check", "--offline", "--format", "json"];
    let before = office.run(&check);
    assert_eq!(before.code, 0, "{before:?}");
    let key = office.path().join("adressbote.key");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o604)).unwrap();
    let after = office.run(&check);
    assert_eq!(after.code, 3, "{after:?}");
    let found = after.json()["findings"].as_array().unwrap().iter().find(|one| one["what"] == "key file").cloned().unwrap();
    assert_eq!(found["state"], "warning", "{found}");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o640)).unwrap();
    assert_eq!(office.run(&check).code, 0, "a group may be the service's own");
}
