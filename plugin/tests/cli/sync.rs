//! Passes from the command line: check, plan, sync, where, ledger, run.

use std::process::Stdio;
use std::time::{Duration, Instant};

use adressbote_schema::sample::Change;
use adressbote_simulator::{Action, NewUser};
use serde_json::Value;

use crate::office::{Office, USER, command, sample};

fn folder(report: &Value) -> &Value {
    &report["folders"][0]
}

#[test]
fn from_check_to_a_quiet_second_pass() {
    let office = Office::open();
    let check = office.json(&["check", "--user", USER]);
    let findings = check["findings"].as_array().unwrap();
    assert!(findings.iter().all(|one| one["state"] != "failed"), "{findings:#?}");
    assert!(findings.iter().any(|one| one["what"] == "mailbox" && one["state"] == "ok"), "{findings:#?}");

    let dry = office.json(&["sync", "--dry-run", "--user", USER]);
    assert_eq!(dry["pass"], Value::Null);
    assert_eq!(
        office.graph.as_ref().unwrap().mailbox("xaver.kirchner@seewerk.example").unwrap().folder("CRM Kontakte"),
        None,
        "a dry run changes nothing"
    );
    let plan = office.json(&["plan", "--user", USER]);
    let creations = plan["folders"][0]["changes"].as_array().unwrap();
    assert!(creations.iter().all(|one| one["change"] == "create"));
    assert_eq!(folder(&plan["summary"]), folder(&dry));
    assert!(office.text(&["plan", "--user", USER]).contains("create"));

    let first = office.json(&["sync", "--user", USER]);
    assert_eq!(folder(&first)["created"], creations.len());
    let mailbox = office.graph.as_ref().unwrap().mailbox("xaver.kirchner@seewerk.example").unwrap();
    assert_eq!(mailbox.folder("CRM Kontakte").unwrap().contacts.len(), creations.len());
    let second = office.text(&["sync", "--user", USER, "--verify"]);
    assert!(second.contains("nothing") && second.contains("1 folder; 0 contacts new, 0 changed, 0 removed"), "{second}");
}

/// The contact of a name, as it stands in the user's mailbox.
fn standing(office: &Office) -> usize {
    let mailbox = office.graph.as_ref().unwrap().mailbox("xaver.kirchner@seewerk.example").unwrap();
    mailbox.folder("CRM Kontakte").map_or(0, |folder| folder.contacts.len())
}

#[test]
fn a_record_brings_the_folders_up_to_date_that_it_concerns() {
    let office = Office::open();
    let due = sample().due.as_str();
    // Nobody's mailbox was found yet: whoever it is due to is concerned all the same, and nobody else.
    let dry = office.run(&["sync", "--record", due, "--dry-run", "--format", "json"]).json();
    let one = office.run(&["sync", "--record", due, "--format", "json"]).json();
    let users = |report: &Value| report["folders"].as_array().unwrap().iter().map(|one| one["user"].clone()).collect::<Vec<_>>();
    assert_eq!(users(&dry), users(&one));
    assert!(users(&one).contains(&USER.into()), "{one}");
    let all = office.run(&["sync", "--dry-run", "--format", "json"]).json();
    assert!(users(&one).len() < users(&all).len(), "{one}");
    assert!(standing(&office) > 1, "his whole folder is brought up to date");
    let unwanted = office.json(&["sync", "--record", &sample().hidden]);
    assert!(!users(&unwanted).contains(&USER.into()), "{unwanted}");

    // Its copies leave although the CRM no longer has it, and a later call is no error.
    let before = standing(&office);
    office.forget_record(due);
    let gone = office.run(&["sync", "--record", due, "--format", "json"]).json();
    let his = gone["folders"].as_array().unwrap().iter().find(|one| one["user"] == USER).unwrap();
    assert_eq!((&his["deleted"]["record gone"], &his["trouble"]), (&1.into(), &Value::Null), "{gone}");
    assert!(standing(&office) <= before, "{gone}");
    let again = office.json(&["sync", "--record", due]);
    assert_eq!(users(&again), Vec::<Value>::new());

    let mistyped = office.run(&["sync", "--record", "no-such-record"]);
    assert!(mistyped.code == 2 && mistyped.err.contains("there is no record `no-such-record`") && mistyped.err.contains("hint: "), "{mistyped:?}");
    let both = office.run(&["sync", "--record", due, "--user", USER]);
    assert!(both.code == 2 && both.err.contains("cannot be used with"), "{both:?}");
}

#[test]
fn while_another_process_makes_a_pass_it_is_waited_for() {
    let office = Office::open();
    assert_eq!(office.run(&["sync", "--user", USER]).code, 0);
    let lock = std::fs::OpenOptions::new().write(true).open(office.path().join("state.sqlite.lock")).unwrap();
    lock.lock().unwrap();
    let refused = office.run(&["sync", "--user", USER, "--wait-s", "0"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| office.run(&["sync", "--user", USER]));
        std::thread::sleep(Duration::from_secs(3));
        lock.unlock().unwrap();
        assert_eq!(waits.join().unwrap().code, 0);
    });
}

#[test]
fn what_was_done_can_be_looked_up() {
    let office = Office::open();
    office.json(&["sync", "--user", USER]);
    let due = sample().due.as_str();
    let found = office.json(&["where", "--record", due]);
    let line = &found["disclosures"][0];
    assert_eq!((&line["user"], &line["until"], &found["open"]), (&USER.into(), &Value::Null, &Value::Array(Vec::new())));
    assert!(line["properties"].as_array().unwrap().iter().any(|one| one == "displayName"));
    assert!(office.text(&["where", "--record", due]).contains(USER));
    assert!(office.text(&["where", "--record", &sample().hidden]).contains("Nobody has record"));

    let shown = office.json(&["ledger", "show", "--user", USER]);
    assert!(shown[0]["records"].as_array().unwrap().iter().any(|one| one["record"] == due), "{shown}");
    assert_eq!(shown[0]["folder"], "CRM Kontakte");
    assert!(office.text(&["ledger", "show"]).contains("CRM Kontakte"));
    assert_eq!(office.json(&["ledger", "intents"]), Value::Array(Vec::new()));
    let passes = office.json(&["ledger", "passes"]);
    assert_eq!((&passes[0]["kind"], &passes[0]["subject"]), (&"user".into(), &USER.into()));
    let bound = office.json(&["bind", "list"]);
    assert_eq!((&bound[0]["user"], &bound[0]["standing"]), (&USER.into(), &"active".into()));

    let explained = office.json(&["explain", "--user", USER, "--record", due]);
    assert_eq!(explained["standing"], "in_folder");
    assert!(explained["contact"]["written_at"].is_string(), "{explained}");
    let doubts = office.json(&["doubt", "list"]);
    assert!(doubts.as_array().unwrap().iter().any(|one| one["relation"] == "view" && one["rows"] == 1000), "{doubts}");
}

#[test]
fn a_mailbox_that_is_missing_needs_attention() {
    let office = Office::open();
    // The simulator has no mailbox for this user of the CRM.
    let ended = office.run(&["sync", "--user", "urs.camenzind", "--format", "json"]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(folder(&ended.json())["trouble"].as_str().unwrap().contains("the directory has nobody with his mail address"));
}

#[test]
fn an_emptied_rights_relation_is_told_and_confirmed() {
    let office = Office::with_own_filters();
    office.json(&["sync", "--user", USER]);
    let due = sample().due.as_str();
    let own = |args: &[&str]| office.run(&[args, &["--as-user", USER]].concat());
    let before = own(&["explain", "--record", due]);
    assert!(before.code == 0 && before.out.contains("into your folder"), "{before:?}");

    let bars = std::fs::read_to_string(office.path().join("reading/bars.sql")).unwrap();
    std::fs::write(office.path().join("reading/bars.sql"), format!("SELECT * FROM ({bars}) WHERE 0")).unwrap();
    let ended = office.run(&["sync", "--user", USER]);
    assert_eq!(ended.code, 3, "{ended:?}");
    assert!(ended.out.contains("in doubt: bars: it is empty"), "{}", ended.out);
    let doubts = office.run(&["doubt", "list", "--format", "json"]);
    assert_eq!(doubts.code, 3);
    assert!(doubts.json().as_array().unwrap().iter().any(|one| one["relation"] == "bars" && one["doubt"].is_string()));
    // While what he may see cannot be told, a user learns nothing, of whatever record.
    let told = own(&["explain", "--record", due]);
    assert_eq!((told.code, told.out.as_str()), (1, ""));
    assert_eq!(told, own(&["explain", "--record", &sample().hidden]));
    assert_eq!(told, own(&["explain", "--record", "no-such-record"]));
    assert_eq!(told, own(&["preview"]));
    assert_eq!(told, own(&["filter", "try", "Ort = 'Ulm'"]));

    let told = office.run(&["doubt", "list"]).out;
    assert!(told.contains("if that is right: adressbote doubt confirm bars --rows 0 --why TEXT"), "{told}");
    let refused = office.run(&["doubt", "confirm", "bars", "--rows", "7", "--why", "the bars were lifted"]);
    assert!(refused.code == 2 && refused.err.contains("bars has 0 rows by now, not 7; nothing was changed"), "{refused:?}");
    let confirmed = office.run(&["doubt", "confirm", "bars", "--rows", "0", "--why", "the bars were lifted"]);
    assert_eq!(confirmed.code, 0, "{confirmed:?}");
    assert_eq!(office.run(&["sync", "--user", USER]).code, 0);
    let audit = office.json(&["ledger", "audit"]);
    assert!(audit.as_array().unwrap().iter().any(|one| one["action"] == "confirm relation" && one["why"] == "the bars were lifted"), "{audit}");
}

#[test]
fn a_withdrawn_right_is_planned_with_its_reason() {
    let office = Office::open();
    // The same sample gives the same answer: tried on a copy of its own.
    let applied = Office::open().apply(Change::RecordRightWithdrawn);
    let (user, record) = (applied.user.unwrap(), applied.record.unwrap());
    office.change("adressbote.toml", "cap = 15", "cap = 1000");
    office.change("adressbote.toml", "caps = ", "# caps = ");
    let (graph, address) = (office.graph.as_ref().unwrap(), format!("{user}@seewerk.example"));
    if graph.user_id(&address).is_none() {
        graph.act(Action::AddUser { new: NewUser::named(&address) }).unwrap();
    }
    office.json(&["sync", "--user", &user]);
    assert!(office.text(&["explain", "--as-user", &user, "--record", &record]).contains("into your folder"));
    office.apply(Change::RecordRightWithdrawn);
    let plan = office.json(&["plan", "--user", &user]);
    let changes = plan["folders"][0]["changes"].as_array().unwrap();
    assert!(changes.iter().any(|one| one["record"] == *record && one["change"] == "delete" && one["reason"] == "right lost"), "{changes:?}");
    // Its copy still stands in his mailbox, and yet he is told what he is told of any record that there is not.
    let hidden = office.run(&["explain", "--as-user", &user, "--record", &record]);
    assert_eq!(hidden, office.run(&["explain", "--as-user", &user, "--record", "no-such-record"]));
    let synced = office.json(&["sync", "--user", &user]);
    assert_eq!(folder(&synced)["deleted"]["right lost"], 1, "{synced}");
}

#[cfg(unix)]
#[test]
fn the_worker_runs_until_it_is_told_to_stop() {
    let office = Office::open();
    office.change("adressbote.toml", "[books.contacts]", "[worker]\nseats = 1\n\n[books.contacts]");
    let mut child = command(office.path()).arg("run").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    loop {
        let passes = office.run(&["ledger", "passes", "--format", "json"]);
        if passes.code == 0 && passes.json().as_array().unwrap().iter().any(|pass| pass["finished_at"].is_string()) {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "no pass within two minutes");
        std::thread::sleep(Duration::from_millis(300));
    }
    assert!(std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let told = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    let code = child.wait().unwrap().code();
    // The one seat went to a user without a mailbox in the simulator.
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("Told to stop"), "{told}");
}
