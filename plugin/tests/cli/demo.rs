//! The demo, as the first thing that a newcomer runs.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::office::command;

fn start(folder: &Path, args: &[&str]) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut demo = command(folder);
    demo.args(args).env("TMPDIR", folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = demo.spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

/// Reads one JSON value that is printed over several lines.
fn json(out: &mut impl BufRead) -> Value {
    let mut text = String::new();
    loop {
        assert!(out.read_line(&mut text).unwrap() > 0, "the demo ended: {text}");
        if text.ends_with("\n}\n") {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

fn changed(pass: &Value) -> usize {
    let folders = pass["folders"].as_array().unwrap();
    let of = |folder: &Value, what: &str| folder[what].as_u64().unwrap();
    let has_changes = |folder: &&Value| of(folder, "created") + of(folder, "updated") > 0 || !folder["deleted"].as_object().unwrap().is_empty();
    folders.iter().filter(has_changes).count()
}

#[test]
fn it_fills_changes_and_settles_and_then_stays_until_it_is_told_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, mut out) = start(folder.path(), &["demo", "--keep", "--format", "json"]);
    let shown = json(&mut out);
    let first = shown["first"]["folders"].as_array().unwrap();
    assert_eq!(first.len(), 50);
    assert!(first.iter().map(|folder| folder["standing"].as_u64().unwrap()).sum::<u64>() > 5_000);
    assert!(first.iter().any(|folder| folder["capped"].as_u64().unwrap() > 0));
    assert!(first.iter().any(|folder| !folder["withheld"].as_object().unwrap().is_empty()));
    assert_eq!(shown["changes"].as_array().unwrap().len(), 6);
    let second = shown["second"]["folders"].as_array().unwrap();
    let reasons: Vec<&String> = second.iter().flat_map(|folder| folder["deleted"].as_object().unwrap().keys()).collect();
    assert!(reasons.iter().any(|reason| *reason == "right lost") && reasons.iter().any(|reason| *reason == "user left"), "{reasons:?}");
    assert!(changed(&shown["second"]) > 2);
    assert_eq!(changed(&shown["third"]), 0);
    assert!(child.try_wait().unwrap().is_none(), "it should stay");
    assert!(Path::new(shown["configuration"].as_str().unwrap()).exists());
    assert_eq!(shown["try_next"].as_array().unwrap().len(), 3);
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(is_empty(folder.path()), "its folder is left");
}

#[test]
fn interrupted_at_work_it_ends_at_once_and_claims_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut child, mut out) = start(folder.path(), &["demo"]);
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    assert!(first.starts_with("The sample CRM stands ready"), "{first}");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let (mut said, mut told) = (String::new(), String::new());
    out.read_to_string(&mut said).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!((said.as_str(), told.as_str()), ("", "The demo was stopped; its folder is removed.\n"));
    assert!(is_empty(folder.path()), "its folder is left");
}
