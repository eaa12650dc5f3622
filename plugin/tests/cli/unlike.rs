//! To a user, what is hidden and what there is not are one: the same bytes on both streams and the same exit code, whatever he asks.

use serde_json::Value;

use crate::office::{Ended, Office, USER, sample};

/// What two runs may differ by.
fn alike(office: &Office, args: &[&str]) -> Ended {
    let ask = |record: &str| office.run(&args.iter().map(|arg| if *arg == "RECORD" { record } else { arg }).collect::<Vec<_>>());
    let hidden = ask(&sample().hidden);
    for nothing in ["no-such-record", "99999999", ""] {
        assert_eq!(hidden, ask(nothing), "{args:?}");
    }
    // The question is not one that has the same answer for everything.
    assert_ne!(hidden, ask(&sample().unwanted), "{args:?}");
    hidden
}

#[test]
fn explain() {
    let office = Office::open();
    let text = alike(&office, &["explain", "--as-user", USER, "--record", "RECORD"]);
    assert_eq!((text.code, text.out.as_str(), text.err.as_str()), (0, "There is no such record in your view.\n", ""));
    let json = alike(&office, &["explain", "--as-user", USER, "--record", "RECORD", "--format", "json"]);
    assert_eq!(json.json().to_string(), r#"{"answer":"not_in_your_view"}"#);
}

#[test]
fn subscribing_and_taking_back() {
    let office = Office::open();
    for format in ["text", "json"] {
        let add = alike(&office, &["subscribe", "add", "--as-user", USER, "--record", "RECORD", "--format", format]);
        assert_eq!((add.code, add.out.as_str()), (2, ""));
        assert!(add.err.contains("there is no such record in your view; nothing was done"), "{}", add.err);
        let remove = alike(&office, &["subscribe", "remove", "--as-user", USER, "--record", "RECORD", "--format", format]);
        assert_eq!(remove.err, add.err);
        // `alike` reserved the record that he sees; it is taken back for the next round.
        office.run(&["subscribe", "remove", "--user", USER, "--record", &sample().unwanted]);
    }
    // Not even a subscription that others made for him tells of a record that he may not see.
    assert_eq!(office.run(&["subscribe", "add", "--user", USER, "--record", &sample().hidden]).code, 0);
    let remove = office.run(&["subscribe", "remove", "--as-user", USER, "--record", &sample().hidden]);
    assert_eq!(remove, office.run(&["subscribe", "remove", "--as-user", USER, "--record", "no-such-record"]));
    let list = office.json(&["subscribe", "list", "--as-user", USER]);
    assert!(list.as_array().unwrap().iter().all(|one| one["record"] != sample().hidden.as_str()), "{list}");
    let one = office.run(&["subscribe", "list", "--as-user", USER, "--record", &sample().hidden]);
    assert_eq!(one, office.run(&["subscribe", "list", "--as-user", USER, "--record", "no-such-record"]));
}

#[test]
fn masked_fields_and_missing_ones() {
    let office = Office::with_own_filters();
    let all = office.json(&["filter", "fields"]);
    let known = office.json(&["filter", "fields", "--as-user", "zoe.wyss"]);
    let names = |list: &Value| list.as_array().unwrap().iter().filter_map(|one| one["name"].as_str().map(str::to_owned)).collect::<Vec<_>>();
    let masked: Vec<String> = names(&all).into_iter().filter(|name| !names(&known).contains(name)).collect();
    assert!(masked.contains(&"Umsatz".to_owned()), "{masked:?}");
    for command in [&["filter", "try"][..], &["filter", "set"]] {
        let ask = |field: &str| {
            let filter = format!("{field} > 1");
            let ended = office.run(&[command, &[&filter, "--as-user", "zoe.wyss"]].concat());
            (ended.code, ended.out, ended.err.replace(field, "FIELD"))
        };
        // Six letters each, so that even the caret stands alike.
        let hidden = ask("Umsatz");
        assert_eq!(hidden.0, 2, "{hidden:?}");
        assert_eq!(hidden, ask("Xqvwyz"));
    }
}
