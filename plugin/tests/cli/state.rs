//! The state in a PostgreSQL database: the same commands, and what is told when it does not let us in.

use std::process::Command;

use crate::office::{Office, USER, sample};

const PASSWORD: &str = "only-for-tests";

/// A database of its own on the server of the tests, with an account that may do what our documentation asks for; it goes with the test.
struct Server {
    name: String,
}

impl Server {
    fn new() -> Self {
        let server = Self { name: format!("cli_{}", std::process::id()) };
        let name = &server.name;
        psql(&admin(), &[&format!("CREATE DATABASE {name}"), &format!("CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")]);
        psql(&server.url("tester"), &[&format!("CREATE SCHEMA adressbote AUTHORIZATION {name}")]);
        server
    }

    fn host(&self) -> String {
        let admin = admin();
        admin.split_once('@').unwrap().1.split('/').next().unwrap().to_owned()
    }

    fn url(&self, user: &str) -> String {
        format!("postgres://{user}@{}/{}", self.host(), self.name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let scripts = [format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name), format!("DROP ROLE IF EXISTS {}", self.name)];
        for script in scripts {
            let _ = Command::new("psql").args([&admin(), "-X", "-q", "-c", &script]).status();
        }
    }
}

fn admin() -> String {
    let name = "ADRESSBOTE_POSTGRES";
    std::env::var(name).unwrap_or_else(|_| panic!("this test needs a server: run it as `tests/servers/run cargo test …` ({name} is not set)"))
}

fn psql(place: &str, scripts: &[&str]) {
    for script in scripts {
        let output = Command::new("psql").args([place, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", script]).output().expect("psql");
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// What `init` writes, for the office's CRM and Graph, with the state on the server.
fn configure(office: &Office, server: &Server) {
    assert_eq!(office.run(&["init", "--folder", "new"]).code, 0);
    let graph = office.graph.as_ref().unwrap();
    let file = "new/adressbote.toml";
    office.change(file, "database = \"crm.sqlite\"", "database = \"../crm.sqlite\"");
    office.change(
        file,
        "database = \"state.sqlite\"",
        &format!("database = \"{}\"\npassword = {{ file = \"state.password\" }}", server.url(&server.name)),
    );
    office.change(file, "tenant = \"contoso.example\"", &format!("tenant = \"{}\"", graph.tenant()));
    office.change(file, "00000000-0000-0000-0000-000000000000", &graph.client_id());
    office.change(file, "{ file = \"graph.secret\" }", "{ file = \"../graph.secret\" }");
    office.change(file, "# base = \"https://graph.microsoft.com/v1.0\"", &format!("base = \"{}\"", graph.base()));
    let token = "# token_url = \"https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token\"";
    office.change(file, token, &format!("token_url = \"{}\"", graph.token_url()));
    std::fs::write(office.path().join("new/state.password"), PASSWORD).unwrap();
}

#[test]
fn the_state_on_a_server_is_used_as_the_one_in_a_file() {
    let (office, server) = (Office::open(), Server::new());
    configure(&office, &server);
    let run = |args: &[&str]| office.run(&[&["--config", "new/adressbote.toml"], args].concat());
    let synced = run(&["sync", "--user", USER]);
    assert_eq!(synced.code, 0, "{synced:?}");
    let found = run(&["--format", "json", "where", "--record", &sample().due]).json();
    assert_eq!(found["disclosures"][0]["user"], USER, "{found}");
    let doubts = run(&["doubt", "list"]);
    assert_eq!((doubts.code, doubts.err.as_str()), (0, ""), "{doubts:?}");
    let checked = run(&["check", "--user", USER]);
    let place = format!("state database {} at {}, which may be written", server.name, server.host());
    let told: String = checked.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains(&place) && !told.contains(PASSWORD), "{checked:?}");
    assert!(!office.path().join("state.sqlite").exists() && !office.path().join("new/state.sqlite").exists());

    std::fs::write(office.path().join("new/state.password"), "hunter2").unwrap();
    let refused = run(&["sync", "--user", USER]);
    assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{refused:?}");
    let said = format!("does not let `{}` in: wrong password", server.name);
    assert!(refused.err.contains(&said) && !refused.err.contains("hunter2") && !refused.err.contains(PASSWORD), "{refused:?}");
    assert_eq!(refused.err.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{refused:?}");
}
