//! `subscribe`: reserving records.

use crate::office::{Office, USER, sample};

#[test]
fn a_record_is_reserved_for_a_time_and_taken_back() {
    let office = Office::open();
    let record = sample().unwanted.as_str();
    let made = office.json(&["subscribe", "add", "--user", USER, "--record", record, "--until", "2999-12-31"]);
    assert_eq!((&made["principal"], &made["kept"], &made["until"]), (&"user:xaver.kirchner".into(), &"ours".into(), &"2999-12-30T23:00:00Z".into()));
    assert_eq!(office.json(&["explain", "--user", USER, "--record", record])["standing"], "in_folder");
    let list = office.json(&["subscribe", "list", "--record", record, "--user", USER]);
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    assert!(office.text(&["subscribe", "list", "--user", USER]).contains(record));
    assert!(office.text(&["subscribe", "remove", "--user", USER, "--record", record]).contains("no longer reserved"));
    assert_eq!(office.json(&["explain", "--user", USER, "--record", record])["standing"], "unwanted");
    let again = office.run(&["subscribe", "remove", "--user", USER, "--record", record]);
    assert!(again.code == 2 && again.err.contains("nothing was done"), "{again:?}");
}

#[test]
fn for_groups_for_everyone_and_by_a_user_for_himself() {
    let office = Office::open();
    let record = sample().unwanted.as_str();
    for (args, holder) in
        [(&["--group", "vertrieb"][..], "group:vertrieb"), (&["--everyone"], "everyone"), (&["--as-user", USER], "user:xaver.kirchner")]
    {
        let made = office.json(&[&["subscribe", "add", "--record", record], args].concat());
        assert_eq!(made["principal"], holder);
    }
    let list = office.json(&["subscribe", "list", "--as-user", USER]);
    let made = list.as_array().unwrap().iter().find(|one| one["record"] == record).unwrap();
    assert!(made["by"].as_str().unwrap().starts_with("user xaver.kirchner (through "), "{made}");
    for args in [&["--as-user", USER, "--user", "greta.albers"][..], &["--as-user", USER, "--everyone"], &[]] {
        assert_eq!(office.run(&[&["subscribe", "add", "--record", record], args].concat()).code, 2, "{args:?}");
    }
    for args in [&["--from", "yesterday"][..], &["--from", "2026-02-01", "--until", "2026-01-01"]] {
        let ended = office.run(&[&["subscribe", "add", "--user", USER, "--record", record], args].concat());
        assert!(ended.code == 2 && ended.err.contains("nothing was done"), "{ended:?}");
    }
}
