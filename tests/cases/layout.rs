//! The arrow plugin → schema → rules → nothing, read from the manifests. A further edge between our crates is a decision and is made here first.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value as Json;

/// Who may depend on whom. The tests may see everything; no more than tests depend on them.
const ARROW: [(&str, &[&str]); 8] = [
    ("adressbote", &["adressbote-rules", "adressbote-schema", "adressbote-simulator"]),
    ("adressbote-rules", &[]),
    ("adressbote-schema", &["adressbote-rules", "adressbote-servers"]),
    ("adressbote-servers", &[]),
    ("adressbote-simulator", &[]),
    ("adressbote-evaluation", &["adressbote", "adressbote-rules", "adressbote-schema", "adressbote-servers", "adressbote-simulator"]),
    ("adressbote-judge", &["adressbote-rules"]),
    ("adressbote-tests", &["adressbote", "adressbote-rules", "adressbote-schema", "adressbote-servers", "adressbote-simulator"]),
];

/// What no crate but these may speak to: the database and the network.
const WRAPPED: [(&str, &[&str]); 2] = [
    ("sqlx", &["adressbote-evaluation", "adressbote-schema", "adressbote-servers", "adressbote-tests"]),
    ("reqwest", &["adressbote", "adressbote-simulator", "adressbote-tests"]),
];

fn packages() -> Vec<Json> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path", manifest])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Json = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn dependencies(package: &Json) -> BTreeSet<String> {
    package["dependencies"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn our_crates_depend_on_each_other_as_the_arrow_points() {
    let packages = packages();
    let ours: BTreeSet<String> = packages.iter().map(|package| package["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ours, ARROW.iter().map(|(name, _)| (*name).to_owned()).collect());
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        let (_, allowed) = ARROW.iter().find(|(one, _)| *one == name).unwrap();
        let edges: BTreeSet<String> = dependencies(package).intersection(&ours).cloned().collect();
        assert_eq!(edges, allowed.iter().map(|one| (*one).to_owned()).collect(), "what {name} depends on");
    }
}

#[test]
fn database_and_network_are_spoken_to_in_their_crates_only() {
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        for (wrapped, allowed) in WRAPPED {
            assert!(!dependencies(&package).contains(wrapped) || allowed.contains(&name), "{name} depends on {wrapped}");
        }
    }
}

#[test]
fn the_servers_of_tests_are_no_part_of_the_program() {
    let is_built_in = |one: &Json| one["name"] == "adressbote-servers" && one["kind"] != "dev";
    let packages = packages();
    let users = packages.iter().filter(|package| package["dependencies"].as_array().unwrap().iter().any(is_built_in));
    assert_eq!(users.map(|package| package["name"].as_str().unwrap()).collect::<Vec<_>>(), ["adressbote-tests"]);
}

#[test]
fn only_the_command_line_knows_the_simulator() {
    fn look(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && std::fs::read_to_string(&path).unwrap().contains("adressbote_simulator")
            {
                found.push(path.display().to_string());
            }
        }
    }
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/../plugin/src");
    let mut found = Vec::new();
    look(std::path::Path::new(sources), &mut found);
    found.retain(|path| !path.contains("/plugin/src/cli/") && !path.contains("/tests"));
    assert_eq!(found, Vec::<String>::new());
}
