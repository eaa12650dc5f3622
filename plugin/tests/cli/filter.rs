//! `filter`: looking, trying, storing.

use crate::office::{Office, USER};

#[test]
fn trying_tells_who_comes_and_goes_and_writes_nothing() {
    let office = Office::open();
    let before = office.json(&["filter", "list"]);
    let trial = office.json(&["-v", "filter", "try", "--user", USER, "\"Ort\" LIKE 'K%'"]);
    let line = &trial["users"][0];
    assert_eq!((&line["user"], &trial["filter"]), (&USER.into(), &"\"Ort\" LIKE 'K%'".into()));
    let numbers = |name: &str| line[name].as_u64().unwrap();
    assert_eq!(line["coming"].as_array().unwrap().len() as u64, numbers("come"));
    assert_eq!(line["going"].as_array().unwrap().len() as u64, numbers("go"));
    assert!(numbers("come") > 0 && numbers("go") > 0 && numbers("matched_then") > numbers("capped_then"), "{line}");
    let group = office.json(&["filter", "try", "--group", "vertrieb-ch", "Betreuer = user.id"]);
    assert!(group["users"].as_array().unwrap().len() > 1, "{group}");
    assert!(group["users"][0].get("coming").is_none(), "keys only with -v");
    assert!(office.text(&["filter", "try", "--as-user", USER, "Region = user.region"]).contains("Nothing was stored."));
    assert_eq!(office.json(&["filter", "list"]), before);
    assert!(office.json(&["ledger", "audit"]).as_array().unwrap().is_empty());
}

#[test]
fn a_broken_filter_is_shown_with_its_place() {
    let office = Office::open();
    let ended = office.run(&["filter", "try", "--user", USER, "Region = 'Süd' AND Orf = 'hunter2'"]);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    assert!(ended.err.contains("no field is called `Orf`; did you mean `\"Ort\"`? at character 20"), "{}", ended.err);
    let lines: Vec<&str> = ended.err.lines().collect();
    let place = lines.iter().position(|line| line.contains("AND Orf")).unwrap();
    let column = |line: &str, what: char| line.chars().position(|one| one == what).unwrap();
    assert_eq!(column(lines[place + 1], '^'), column(lines[place], 'O'), "{}", ended.err);
}

#[test]
fn what_is_wrong_with_a_filter_in_the_crm_is_told_to_an_operator_alone() {
    let office = Office::with_own_filters();
    office.change("reading/profile.toml", "[filters]\nkept = \"ours\"", "[filters]\nkept = \"crm\"");
    let sql = format!("SELECT 'user:{USER}' AS holder, 'Umsaz > 1' AS filter");
    std::fs::write(office.path().join("reading/filters.sql"), sql).unwrap();
    let broken = |args: &[&str]| office.json(args)["broken"].as_str().unwrap().to_owned();
    let told = broken(&["filter", "show", "--user", USER]);
    assert!(told.contains("Umsatz"), "{told}");
    let told = broken(&["filter", "show", "--as-user", USER]);
    assert!(told.contains("cannot be understood") && !told.contains("Umsatz"), "{told}");
}

#[test]
fn where_the_crm_keeps_filters_none_is_stored_here() {
    let office = Office::open();
    for args in [&["filter", "set", "--user", USER, "Ort = 'Ulm'"][..], &["filter", "remove", "--user", USER]] {
        let ended = office.run(args);
        assert!(ended.code == 2 && ended.err.contains("profile `reference` keeps filters in the CRM; nothing was stored here"), "{ended:?}");
    }
}

#[test]
fn filters_are_stored_in_versions() {
    let office = Office::with_own_filters();
    let first = office.json(&["filter", "set", "--user", USER, "ort = 'Ulm'   and region=user.region", "--why", "his wish"]);
    assert_eq!((&first["version"], &first["text"]), (&1.into(), &"\"Ort\" = 'Ulm' AND \"Region\" = user.region".into()));
    let second = office.json(&["filter", "set", "--as-user", USER, "Ort = 'Konstanz'"]);
    assert_eq!(second["version"], 2);
    let shown = office.json(&["filter", "show", "--user", USER]);
    assert_eq!((&shown["text"], &shown["kept"], &shown["version"]), (&"\"Ort\" = 'Konstanz'".into(), &"ours".into(), &2.into()));
    assert!(shown["author"].as_str().unwrap().starts_with("user xaver.kirchner (through "), "{shown}");
    assert!(office.text(&["filter", "show", "--user", USER]).contains("'Konstanz'"));
    let own = office.json(&["filter", "list", "--as-user", USER]);
    assert_eq!(own[0]["text"], "\"Ort\" = 'Konstanz'");
    assert_eq!(office.run(&["filter", "set", "--as-user", USER, "--group", "vertrieb", "Ort = 'Ulm'"]).code, 2);
    assert!(office.text(&["filter", "remove", "--user", USER]).contains("is removed"));
    let history = office.json(&["filter", "history", "--user", USER]);
    let texts: Vec<bool> = history.as_array().unwrap().iter().map(|one| one["text"].is_null()).collect();
    assert_eq!(texts, [false, false, true]);
    assert!(office.text(&["filter", "history", "--user", USER]).contains("removed"));
    assert_eq!(office.run(&["filter", "remove", "--user", USER]).code, 2);
    office.json(&["filter", "set", "--group", "vertrieb", "Betreuer = user.id"]);
    let others = office.json(&["filter", "list", "--as-user", USER]);
    assert!(others[0]["holder"] == "group:vertrieb" && others[0]["text"].is_null(), "{others}");
    assert!(office.text(&["filter", "fields"]).contains("\"Letzte Aktivität\""));
}
