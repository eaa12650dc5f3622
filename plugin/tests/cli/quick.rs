//! What needs no CRM: help, init, profiles.

use crate::office::{adressbote, command};

#[test]
fn help_and_version_are_no_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    let help = adressbote(folder.path(), &["--help"]);
    assert_eq!(help.code, 0);
    for command in [
        "demo",
        "init",
        "check",
        "sync",
        "run",
        "plan",
        "preview",
        "explain",
        "where",
        "filter",
        "subscribe",
        "bind",
        "ledger",
        "doubt",
        "profile",
        "simulate-graph",
    ] {
        assert!(help.out.contains(&format!("\n  {command} ")), "{command}: {}", help.out);
    }
    assert!(help.out.contains("Exit codes: 0 done, 1 failed, 2 wrong use or configuration, 3 done"), "{}", help.out);
    assert_eq!(adressbote(folder.path(), &["--version"]).code, 0);
}

#[test]
fn wrong_use_is_told_in_text_and_json() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["nonsense"][..],
        &[],
        &["sync", "--user"],
        &["explain", "--user", "a"],
        &["preview", "--user", "a", "--contents"],
        &["sync", "--user", "a", "--record", "b"],
    ] {
        let ended = adressbote(folder.path(), args);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{args:?}: {ended:?}");
        assert!(!ended.err.is_empty());
    }
    let ended = adressbote(folder.path(), &["--format", "json", "nonsense"]);
    assert_eq!(ended.code, 2);
    assert_eq!(ended.told()["exit"], 2);
    assert!(ended.told()["error"].as_str().unwrap().contains("nonsense"));
    let ended = adressbote(folder.path(), &["--format", "json", "explain"]);
    assert!(ended.told()["error"].as_str().unwrap().contains("--record"), "{ended:?}");
}

#[cfg(unix)]
#[test]
fn arguments_that_are_no_text_are_wrong_use() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    for format in ["text", "json"] {
        let mut command = command(folder.path());
        command.args(["--format", format, "explain", "--record", "1", "--user"]).arg(std::ffi::OsStr::from_bytes(b"\xff\xfe"));
        assert_eq!(command.output().unwrap().status.code(), Some(2), "{format}");
    }
}

#[test]
fn init_writes_once_and_never_over_anything() {
    let folder = tempfile::tempdir().unwrap();
    let first = adressbote(folder.path(), &["--format", "json", "init", "--folder", "here"]);
    assert_eq!(first.code, 0, "{first:?}");
    assert_eq!(first.json()["is_new_key"], true);
    let configuration = std::fs::read(folder.path().join("here/adressbote.toml")).unwrap();
    let key = std::fs::read(folder.path().join("here/adressbote.key")).unwrap();
    assert_eq!(key.len(), 65);
    let second = adressbote(folder.path(), &["init", "--folder", "here", "--profile", "tryton"]);
    assert_eq!(second.code, 2);
    assert!(second.err.contains("was left untouched"), "{}", second.err);
    assert_eq!(std::fs::read(folder.path().join("here/adressbote.toml")).unwrap(), configuration);
    std::fs::remove_file(folder.path().join("here/adressbote.toml")).unwrap();
    let third = adressbote(folder.path(), &["init", "--folder", "here"]);
    assert!(third.code == 0 && third.out.contains("was there and is kept"), "{third:?}");
    assert_eq!(std::fs::read(folder.path().join("here/adressbote.key")).unwrap(), key);
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_the_key() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(adressbote(folder.path(), &["init"]).code, 0);
    let mode = folder.path().join("adressbote.key").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn init_knows_its_profiles() {
    let folder = tempfile::tempdir().unwrap();
    let ended = adressbote(folder.path(), &["init", "--profile", "trytn"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("did you mean `tryton`?"), "{}", ended.err);
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing was written");
}

#[test]
fn profiles_are_listed_shown_and_written_out() {
    let folder = tempfile::tempdir().unwrap();
    let list = adressbote(folder.path(), &["--format", "json", "profile", "list"]).json();
    let names: Vec<&str> = list.as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert!(names.contains(&"reference") && names.contains(&"tryton"), "{names:?}");
    assert!(adressbote(folder.path(), &["profile", "list"]).out.contains("reference"));
    let shown = adressbote(folder.path(), &["--format", "json", "profile", "show", "reference"]).json();
    assert_eq!((&shown["filters_kept"], &shown["subscriptions_kept"]), (&"crm".into(), &"both".into()));
    assert!(shown["fields"].as_array().unwrap().iter().any(|field| field == "Größe"));
    assert!(adressbote(folder.path(), &["profile", "show", "reference"]).out.contains("territory"));
    assert_eq!(adressbote(folder.path(), &["profile", "export", "reference", "mine"]).code, 0);
    assert!(folder.path().join("mine/profile.toml").exists());
    let again = adressbote(folder.path(), &["profile", "export", "reference", "mine"]);
    assert!(again.code == 2 && again.err.contains("is not empty"), "{again:?}");
    let same = adressbote(folder.path(), &["--format", "json", "profile", "show", "./mine"]).json();
    assert_eq!(same["relations"], shown["relations"]);
    assert_eq!(adressbote(folder.path(), &["profile", "show", "smple"]).code, 2);
}

#[test]
fn a_reader_who_goes_away_is_no_error() {
    use std::io::Read;
    use std::process::Stdio;
    let folder = tempfile::tempdir().unwrap();
    let mut child =
        crate::office::command(folder.path()).args(["profile", "show", "reference"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{told}");
    assert_eq!(told, "");
}
