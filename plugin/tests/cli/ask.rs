//! `explain` and `preview`, by an operator and by a user.

use serde_json::Value;

use crate::office::{Office, USER, sample};

fn audit(office: &Office) -> Vec<Value> {
    office.json(&["ledger", "audit"]).as_array().unwrap().clone()
}

#[test]
fn an_operator_gets_everything_but_contents() {
    let office = Office::open();
    let hidden = office.json(&["explain", "--user", USER, "--record", &sample().hidden]);
    assert_eq!(hidden["standing"], "hidden");
    assert!(hidden["rights"].as_array().unwrap().iter().any(|one| one["rule"] == "territory" || one["rule"] == "confidentiality"), "{hidden}");
    assert!(hidden["contact"].is_null());
    let unwanted = office.json(&["explain", "--user", USER, "--record", &sample().unwanted]);
    assert_eq!(unwanted["standing"], "unwanted");
    let clause = &unwanted["filters"][0]["clauses"][0];
    assert!(clause["text"].is_string() && clause.get("values").is_none(), "{unwanted}");
    assert!(office.text(&["explain", "--user", USER, "--record", &sample().unwanted]).contains("neither a subscription nor a filter wants it"));
    assert!(audit(&office).is_empty(), "nothing was looked at");
}

#[test]
fn contents_stand_in_the_audit() {
    let office = Office::open();
    let bare = office.json(&["preview", "--user", USER]);
    let first = &bare["contacts"][0];
    assert!(first.get("properties").is_none() && first["place"] == 1 && first["record"].is_string(), "{first}");
    assert!(bare["matched"].as_u64() > Some(20) && bare["cap"] == 40, "{bare}");
    assert!(audit(&office).is_empty());
    let full = office.json(&["preview", "--user", USER, "--first", "2", "--contents", "--why", "a complaint about a number"]);
    assert_eq!(full["contacts"].as_array().unwrap().len(), 2);
    assert!(full["contacts"][0]["properties"]["displayName"].is_string(), "{full}");
    let audit = audit(&office);
    assert_eq!((&audit[0]["action"], &audit[0]["why"]), (&"show contents: preview".into(), &"a complaint about a number".into()));
    assert!(audit[0]["subjects"].as_array().unwrap().contains(&USER.into()) && !audit[0]["actor"].as_str().unwrap().is_empty());

    let values = office.json(&["explain", "--user", USER, "--record", &sample().unwanted, "--contents", "--why", "why not?"]);
    assert!(values["filters"][0]["clauses"][0]["values"].is_object(), "{values}");
    let brought = if first["brought"] == "filter" { "by filter" } else { "subscribed" };
    assert!(office.text(&["preview", "--user", USER, "--first", "1"]).contains(brought), "{first}");
}

#[test]
fn a_user_sees_his_own_folder_and_no_other() {
    let office = Office::open();
    let own = office.json(&["preview", "--as-user", USER, "--first", "1"]);
    assert!(own["contacts"][0]["properties"].is_object() && own["contacts"][0].get("withheld").is_none() && own.get("withheld").is_none(), "{own}");
    let due = office.json(&["explain", "--as-user", USER, "--record", &sample().due]);
    assert_eq!((&due["answer"], &due["brought"]), (&"in_your_folder".into(), &"subscription".into()));
    let unwanted = office.json(&["explain", "--as-user", USER, "--user", USER, "--record", &sample().unwanted]);
    assert_eq!(unwanted["answer"], "not_wanted");
    assert!(unwanted["filters"][0].get("text").is_none(), "the group's filter has no text for him: {unwanted}");
    // Of others he learns nothing, not even whether there is such a user.
    let other = office.run(&["preview", "--as-user", USER, "--user", "greta.albers"]);
    assert_eq!(other.code, 2);
    assert_eq!(other, office.run(&["preview", "--as-user", USER, "--user", "no.such.user"]));
    let unknown = office.run(&["preview", "--as-user", "xaver.kirchne"]);
    assert!(unknown.code == 2 && !unknown.err.contains("xaver.kirchner"), "no name of a colleague is proposed: {unknown:?}");
}
