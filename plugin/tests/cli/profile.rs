//! `profile check`: what it finds, and that it shows no contents unless asked; `explain` names rules by their titles.

use adressbote_rules::sight::{LossCause, RuleAnswer, Viewer};
use serde_json::Value;

use crate::office::{Ended, Office, USER, adressbote, sample, snapshot_of_sample};

/// The findings whose sentence has some words.
fn found<'f>(checked: &'f Value, words: &str) -> Vec<&'f Value> {
    let findings = checked["findings"].as_array().unwrap_or_else(|| panic!("{checked}"));
    findings.iter().filter(|one| one["sentence"].as_str().unwrap().contains(words)).collect()
}

fn checked(office: &Office, args: &[&str]) -> Ended {
    office.run(&[&["profile", "check", "--format", "json"], args].concat())
}

#[test]
fn a_good_profile_is_told_in_numbers() {
    let office = Office::open();
    let ended = checked(&office, &[]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let json = ended.json();
    let statements = json["statements"]["relations"].as_array().unwrap();
    let view = statements.iter().find(|one| one["name"] == "view").unwrap();
    assert_eq!((&view["rows"], &view["keys"]["distinct"], &view["keys"]["double"]["count"]), (&1000.into(), &1000.into(), &0.into()));
    let birthday = view["columns"].as_array().unwrap().iter().find(|one| one["name"] == "birthday").unwrap();
    assert!(birthday["kind"] == "date" && birthday["nulls"].as_u64() > Some(0) && birthday["unfit"]["count"] == 0, "{birthday}");
    assert_eq!(json["sight"]["records"], 1000);
    let weights: Vec<&str> = json["findings"].as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    let order = |state: &&str| ["failed", "warning", "information", "ok"].iter().position(|one| one == state);
    assert!(weights.is_sorted_by_key(order), "{weights:?}");
    let unused = found(&json, "never mapped");
    assert!(unused.len() == 1 && unused[0]["sentence"].as_str().unwrap().contains("Anrede") && unused[0]["hint"].is_string(), "{unused:?}");
    assert!(!ended.out.contains("@seewerk.example"), "no contents");
    // The whole program's check finds the same by the same words.
    let whole = office.run(&["check", "--offline", "--format", "json"]).json();
    assert_eq!(found(&whole, "no active internal user may see"), found(&json, "no active internal user may see"));
    assert_eq!(found(&whole, "no field is made of"), found(&json, "no field is made of"));
    let text = office.text(&["profile", "check"]);
    assert!(text.contains("birthday") && text.contains("for information"), "{text}");
}

#[test]
fn what_is_wrong_is_found() {
    let office = Office::open();
    office.read_otherwise("holds", "SELECT * FROM {} UNION ALL SELECT 'nobody.at.all', 'group:vertrieb', NULL, NULL");
    let columns = "record, salutation, academic_title, first_name, last_name, full_name, department, job_title, customer_no, region, region_country, \
                   owner, revenue, newsletter, confidentiality, last_activity, notes, changed_at";
    office.read_otherwise("view", &format!("SELECT {columns}, CASE record WHEN 10001 THEN '31.12.1980' ELSE birthday END AS birthday FROM {{}}"));
    office.read_otherwise("users", "SELECT * FROM {} UNION ALL SELECT 'twin', 'twin', 'xaver.kirchner@seewerk.example', 1, 1, NULL, NULL");
    office.read_otherwise("field_rights", "SELECT * FROM {} UNION ALL SELECT 'everyone', 'main.nonsense', 'deny', NULL, NULL");
    let ended = checked(&office, &["--slow", "0"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    let json = ended.json();
    for (words, state) in [
        ("holds.user names users or groups that there are not, in 1 row: nobody.at.all", "warning"),
        ("view.sql: 1 value of `birthday` (date), the first `birthday` is no date (YYYY-MM-DD); rows ", "warning"),
        ("users with one mail address together: twin = xaver.kirchner", "warning"),
        ("the database's plan:\nSCAN contact", "warning"),
        ("field rights speak of what the view does not have: main.nonsense", "warning"),
    ] {
        let found = found(&json, words);
        assert!(!found.is_empty() && found.iter().all(|one| one["state"] == state && one["hint"].is_string()), "{words}: {:#}", json["findings"]);
    }
    assert!(!ended.out.contains("31.12.1980"), "no contents");
    assert!(office.json(&["ledger", "audit"]).as_array().unwrap().is_empty());
    assert_eq!(office.run(&["profile", "check", "--contents"]).code, 2, "contents need a reason");
    let shown = checked(&office, &["--contents", "--why", "which dates are wrong?"]);
    assert!(shown.out.contains("such as 31.12.1980"), "{shown:?}");
    let audit = office.json(&["ledger", "audit"]);
    assert_eq!((&audit[0]["action"], &audit[0]["why"]), (&"show contents: profile check".into(), &"which dates are wrong?".into()));
    let crm = office.path().join("crm.sqlite");
    let elsewhere = tempfile::tempdir().unwrap();
    let args = ["profile", "check", "reference", "--database", crm.to_str().unwrap(), "--contents", "--why", "dates", "--format", "json"];
    let unwritten = adressbote(elsewhere.path(), &args);
    assert!(found(&unwritten.json(), "written down nowhere").len() == 1, "{unwritten:?}");
}

#[test]
fn rights_that_cannot_be_told_stop() {
    let office = Office::open();
    office.read_otherwise("implies", "SELECT 'role:a' AS principal, 'role:b' AS implied UNION ALL SELECT 'role:b', 'role:a'");
    let ended = checked(&office, &[]);
    let json = ended.json();
    assert!(ended.code == 1 && json["findings"][0]["state"] == "failed" && json["sight"].is_null(), "{json:#}");
    assert!(found(&json, "contain each other in a circle").len() == 1, "{json:#}");
}

#[test]
fn the_rule_that_decided_is_named_by_its_title() {
    let office = Office::open();
    let hidden = office.json(&["explain", "--user", USER, "--record", &sample().hidden]);
    let rule = &hidden["decided"][0]["rule"];
    let titles = [("territory", "Region, Betreuung und Freigaben"), ("confidentiality", "Vertraulichkeit")];
    assert!(hidden["decided"][0]["by"] == "rule" && titles.iter().any(|(name, title)| rule["name"] == *name && rule["title"] == *title), "{hidden}");
    let title = rule["title"].as_str().unwrap();
    assert!(hidden["sentence"].as_str().unwrap().contains(title), "{hidden}");
    assert!(hidden["rights"].as_array().unwrap().iter().all(|one| one["title"].is_string()), "{hidden}");
    assert!(office.text(&["explain", "--user", USER, "--record", &sample().hidden]).contains(&format!("({title})")));

    // A user is told the titles of what lets him see a record, and nothing of one that he does not see.
    let due = office.json(&["explain", "--as-user", USER, "--record", &sample().due]);
    assert_eq!(due["rights"][0]["title"], "Region, Betreuung und Freigaben", "{due}");
    assert!(due["rights"][0].as_object().unwrap().keys().eq(["applies", "title"]), "{due}");
    let not_his = |record: &str| office.run(&["explain", "--as-user", USER, "--record", record]);
    assert_eq!(not_his(&sample().hidden), not_his("never-heard-of"));
    assert!(!not_his(&sample().hidden).out.contains("Vertraulichkeit"));
}

#[test]
fn an_exemption_and_a_bar_are_named() {
    let office = Office::open();
    let snapshot = snapshot_of_sample();
    let viewers = || snapshot.users().filter(|user| user.is_active).filter_map(|user| snapshot.viewer(&user.key));
    let seated = |user: &str| office.json(&["explain", "--user", user, "--record", &sample().due])["licence"] == "seated";
    let is_barred = |cause: &LossCause| matches!(cause, LossCause::Bar(_));
    let mut barred = viewers().filter_map(|viewer| {
        let record = snapshot.record_keys().find(|record| viewer.causes(record).iter().any(is_barred))?;
        Some((viewer.person().id.to_string(), record.to_string()))
    });
    let (user, record) = barred.find(|(user, _)| seated(user)).unwrap();
    let told = office.json(&["explain", "--user", &user, "--record", &record]);
    let bar = told["decided"].as_array().unwrap().iter().find(|one| one["by"] == "bar").unwrap_or_else(|| panic!("{told}"));
    assert!(bar["principal"].as_str().unwrap().starts_with("group:"), "{told}");

    let record = snapshot.record_keys().next().unwrap();
    let is_exempt = |viewer: &Viewer<'_>| viewer.rule_answers(record).iter().any(|(_, answer)| matches!(answer, RuleAnswer::Exempt(_)));
    let user = viewers().find(is_exempt).unwrap().person().id.to_string();
    let told = office.json(&["explain", "--user", &user, "--record", record.as_str()]);
    let right = told["rights"].as_array().unwrap().iter().find(|one| one["answer"] == "exempt").unwrap_or_else(|| panic!("{told}"));
    assert!(right["title"].is_string() && right["principals"][0].as_str().unwrap().starts_with("group:"), "{told}");
}

#[test]
fn a_profile_is_drafted_from_a_database_and_lets_nobody_see_anything() {
    let office = Office::open();
    let drafted = office.text(&["profile", "new", "mine"]);
    assert!(drafted.contains("the records are `contact` with about 1000 rows") && drafted.contains("users: `crm_user`"), "{drafted}");
    assert!(drafted.contains("Nobody sees anything until you have written who sees which record"), "{drafted}");
    assert!(drafted.trim_end().ends_with("profile check ./mine"), "{drafted}");
    let again = office.run(&["profile", "new", "mine"]);
    assert!(again.code == 2 && again.err.contains("is not empty; nothing was written"), "{again:?}");
    let crm = office.path().join("crm.sqlite");
    let json = office.json(&["profile", "new", "other", "--name", "werk", "--database", crm.to_str().unwrap()]);
    assert_eq!((&json["profile"], &json["found"]["memberships"][0]), (&"werk".into(), &"group_member".into()));
    assert!(json["files"].as_array().unwrap().contains(&"rule_records.sql".into()), "{json}");
    let ended = office.run(&["profile", "check", "./mine", "--database", crm.to_str().unwrap(), "--format", "json"]);
    let checked = ended.json();
    assert_eq!(ended.code, 3, "{ended:?}");
    assert_eq!((&checked["sight"]["unseen"], &checked["sight"]["see_all"]), (&checked["sight"]["records"], &0.into()));
    for words in ["no active internal user may see any record", "silence means masked"] {
        assert_eq!(found(&checked, words).len(), 1, "{words}: {checked:#}");
    }
    assert!(checked["findings"].as_array().unwrap().iter().all(|one| one["state"] != "failed"), "{checked:#}");
    assert!(checked["report"]["relations"].as_array().unwrap().iter().all(|one| one["doubt"].is_null()), "{checked:#}");

    let refused = |place: &str| office.run(&["profile", "new", "third", "--database", place]);
    assert!(refused("no-such.sqlite").err.contains("does not exist"));
    office.json(&["ledger", "audit"]);
    let nobody = refused("state.sqlite");
    assert!(
        nobody.code == 2 && nobody.err.contains("looks like people or companies with names and a key") && !office.path().join("third").exists(),
        "{nobody:?}"
    );
}
