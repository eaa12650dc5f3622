//! `bind`, `ledger erase`, `ledger tombstones`: what operators change.

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
    let restored = Office::open();
    std::fs::write(restored.path().join("stones.txt"), &list).unwrap();
    assert_eq!(restored.json(&["ledger", "tombstones", "import", "stones.txt"])["new"], 1);
    assert_eq!(restored.json(&["explain", "--user", USER, "--record", due])["standing"], "erased");
    std::fs::write(restored.path().join("stones.txt"), "nonsense").unwrap();
    let bad = restored.run(&["ledger", "tombstones", "import", "stones.txt"]);
    assert!(bad.code == 2 && bad.err.contains("line 1"), "{bad:?}");
    assert!(restored.text(&["ledger", "audit"]).contains("import tombstones"));
    assert_eq!(restored.run(&["ledger", "erase", "--record", "gone-long-ago", "--why", "Art. 17", "--absent"]).code, 0);
}
