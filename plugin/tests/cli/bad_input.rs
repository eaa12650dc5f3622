//! What stops the program: one clear sentence, a hint, an exit code, nothing half done.

use crate::office::{Ended, Office, USER};

fn refused(ended: &Ended, code: i32, words: &[&str]) {
    assert_eq!((ended.code, ended.out.as_str()), (code, ""), "{ended:?}");
    assert!(ended.err.starts_with("error: "), "{}", ended.err);
    for word in words {
        assert!(ended.err.contains(word), "{word:?} is missing in {}", ended.err);
    }
    assert!(!ended.err.contains("panicked") && !ended.err.contains("hunter2"), "{}", ended.err);
}

#[test]
fn the_configuration() {
    let office = Office::open();
    let toml = office.path().join("adressbote.toml");
    let good = std::fs::read_to_string(&toml).unwrap();
    refused(
        &office.run(&["sync", "--config", "elsewhere.toml"]),
        2,
        &["there is no configuration `elsewhere.toml`", "hint: write one with `adressbote init`"],
    );
    let told = office.run(&["sync", "--config", "elsewhere.toml", "--format", "json"]).told();
    assert_eq!(told["exit"], 2);
    assert!(told["hint"].as_str().unwrap().contains("init"));
    for (from, to, words) in [
        ("profile = \"reference\"", "profile = \"reference", &["is not right", "line 2, column"][..]),
        ("client_id", "clint_id", &["line", "unknown field `clint_id`", "client_id"]),
        ("cap = 15", "cap = \"hunter2\"", &["line", "invalid type"]),
        ("credential = {", "client_secret = \"hunter2\"\ncredential = {", &["unknown field `client_secret`"]),
        ("profile = \"reference\"", "profile = \"refrence\"", &["profile `refrence`", "did you mean `reference`?"]),
        ("cap = 15", "bound = \"Orf = 'hunter2'\"", &["`bound` of book `contacts` is no filter", "cause: no field is called `Orf`; did you mean"]),
        ("[books.contacts]", "[worker]\ntime_zone = \"Europe/Konstanz\"\n[books.contacts]", &["`Europe/Konstanz` is no time zone"]),
        ("database = \"crm.sqlite\"", "database = \"gone.sqlite\"", &["gone.sqlite does not exist", "never created here"]),
        ("database = \"crm.sqlite\"", "database = \"adressbote.toml\"", &["is no SQLite database"]),
        ("database = \"state.sqlite\"", "database = \"crm.sqlite\"", &["is the database of another program and was left untouched"]),
        ("key_file = \"adressbote.key\"", "key_file = \"gone.key\"", &["there is no key file", "bring back the old file"]),
        ("key_file = \"adressbote.key\"", "key_file = \"graph.secret\"", &["does not hold 64 hexadecimal digits"]),
        (
            "file = \"graph.secret\"",
            "file = \"gone.secret\"",
            &["the secret `graph.credential.value` cannot be read", "gone.secret", "nothing was sent"],
        ),
        ("file = \"graph.secret\"", "env = \"ADRESSBOTE_NO_SUCH\"", &["environment variable `ADRESSBOTE_NO_SUCH`"]),
        ("tenant = ", "# tenant = ", &["missing field `tenant`"]),
    ] {
        assert!(good.contains(from), "{from}");
        std::fs::write(&toml, good.replace(from, to)).unwrap();
        refused(&office.run(&["sync", "--user", USER]), 2, words);
    }
    assert_eq!(office.graph.as_ref().unwrap().log().len(), 0, "nothing was sent");
}

#[test]
fn users_records_books_and_relations_that_do_not_exist() {
    let office = Office::open();
    for (args, words) in [
        (&["sync", "--user", "xaver.kirchne"][..], &["there is no user `xaver.kirchne`", "did you mean `xaver.kirchner`?"][..]),
        (&["sync", "--dry-run", "--user", "nobody-at-all"], &["there is no user"]),
        (&["plan", "--user", "xkirchner"], &["there is no user `xkirchner`", "there is `xaver.kirchner`"]),
        (&["preview", "--user", "xaver.kirchne"], &["did you mean `xaver.kirchner`?"]),
        (&["explain", "--user", USER, "--record", "1OOO0"], &["there is no record `1OOO0`"]),
        (&["explain", "--user", USER, "--record", "10000", "--book", "contcts"], &["there is no address book `contcts`", "did you mean `contacts`?"]),
        (&["where", "--record", "none"], &["there is no record `none`"]),
        (&["subscribe", "add", "--user", USER, "--record", "none"], &["there is no record `none`"]),
        (&["subscribe", "add", "--group", "vertrib", "--record", "10000"], &["there is no group `vertrib`", "did you mean `vertrieb`?"]),
        (&["bind", "confirm", "--user", USER], &["has no mailbox here"]),
        (&["doubt", "confirm", "bars", "--rows", "0", "--why", "x"], &["no pass has read a relation `bars`"]),
        (&["ledger", "show", "--user", USER], &["the ledger holds nothing of user"]),
        (&["ledger", "erase", "--record", "none", "--why", "x"], &["there is no record `none`"]),
        (&["check", "--offline", "--config", "x", "--user", "y"], &[]),
    ] {
        if words.is_empty() {
            assert_eq!(office.run(args).code, 2, "{args:?}");
        } else {
            refused(&office.run(args), 2, words);
        }
    }
}

#[test]
fn graph_that_fails() {
    let mut office = Office::open();
    std::fs::write(office.path().join("graph.secret"), "hunter2").unwrap();
    refused(&office.run(&["sync", "--user", USER]), 1, &["Microsoft Graph cannot be used", "the client secret is wrong"]);
    let check = office.run(&["check", "--format", "json"]);
    assert_eq!(check.code, 1, "{check:?}");
    let failed = |what: &str| check.json()["findings"].as_array().unwrap().iter().any(|one| one["what"] == what && one["state"] == "failed");
    assert!(failed("Graph"), "{check:?}");
    assert!(!check.out.contains("hunter2"));
    office.close_graph();
    // Who cannot be reached is not served; the pass is made, and somebody should look.
    let unreached = office.run(&["sync", "--user", USER]);
    assert!(unreached.code == 3 && unreached.out.contains("the token endpoint did not answer"), "{unreached:?}");
    let show = office.json(&["ledger", "show"]);
    assert_eq!(show.as_array().unwrap().len(), 0, "nothing half done");
}

#[test]
fn a_profile_that_does_not_fit() {
    let office = Office::with_own_filters();
    office.change("reading/users.sql", "mail, is_active AS active", "mail, is_activ AS active");
    refused(&office.run(&["sync", "--user", USER]), 2, &["users.sql:1", "is_activ"]);
    refused(&office.run(&["profile", "check"]), 2, &["users.sql:1"]);
    let check = office.run(&["check", "--offline"]);
    assert!(check.code == 2 && check.out.contains("users.sql:1"), "{check:?}");
    // That the server lets us in does not depend on the profile.
    assert!(check.out.contains("CRM database") && check.out.contains("reached: "), "{check:?}");
}
