//! `simulate-graph`: Microsoft Graph alone, for other programs.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::office::{Office, adressbote, command};

fn start(folder: &Path, args: &[&str]) -> (Child, Value) {
    let args = [&["simulate-graph", "--listen", "127.0.0.1:0"], args].concat();
    let mut child = command(folder).args(args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
    let info = serde_json::from_str(&first).unwrap_or_else(|error| panic!("{error}: {first:?}"));
    (child, info)
}

#[cfg(unix)]
fn stop(mut child: Child) -> Option<i32> {
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    child.wait().unwrap().code()
}

#[cfg(unix)]
#[test]
fn its_first_line_is_what_a_client_needs() {
    let folder = tempfile::tempdir().unwrap();
    let (child, info) = start(folder.path(), &["--state", "graph.state"]);
    for name in ["base", "token_url", "tenant", "client_id", "client_secret"] {
        assert!(info[name].as_str().is_some_and(|value| !value.is_empty()), "{name}: {info}");
    }
    assert!(info["users"][0]["id"].is_string() && info["users"][0]["userPrincipalName"].is_string(), "{info}");
    assert_eq!(stop(child), Some(0));
    let (child, again) = start(folder.path(), &["--state", "graph.state"]);
    assert_eq!((&again["client_secret"], &again["users"]), (&info["client_secret"], &info["users"]), "the state survives");
    assert_eq!(stop(child), Some(0));
}

#[cfg(unix)]
#[test]
fn users_come_from_a_file_or_from_the_crm() {
    let office = Office::open();
    std::fs::write(office.path().join("users.json"), r#"[{"userPrincipalName": "ida@bodensee.example"}]"#).unwrap();
    let (child, info) = start(office.path(), &["--users", "users.json"]);
    assert_eq!(info["users"].as_array().unwrap().len(), 1);
    assert_eq!(stop(child), Some(0));
    let (child, info) = start(office.path(), &["--crm"]);
    let users = info["users"].as_array().unwrap();
    assert!(users.len() > 50 && users.iter().any(|user| user["userPrincipalName"] == "urs.camenzind@seewerk.example"), "{}", users.len());
    assert_eq!(stop(child), Some(0));
}

#[test]
fn what_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("users.json"), "[{\"name\": 1}]").unwrap();
    for (args, words) in [
        (&["--listen", "0.0.0.0:0"][..], "is no loopback address"),
        (&["--users", "gone.json"], "cannot be read; nothing was started"),
        (&["--users", "users.json"], "is no list of users; nothing was started"),
        (&["--crm"], "there is no configuration"),
    ] {
        let ended = adressbote(folder.path(), &[&["simulate-graph"], args].concat());
        assert!(ended.code == 2 && ended.out.is_empty() && ended.err.contains(words), "{ended:?}");
    }
}
