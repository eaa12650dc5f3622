//! A company for a test: a copy of the sample CRM, a simulated Graph with a mailbox per user, and a configuration.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::Duration;

use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_rules::sight::Snapshot;
use adressbote_rules::time::Moment;
use adressbote_schema::crm::{CrmSource, Own, read};
use adressbote_schema::profile::Profile;
use adressbote_schema::sample;
use adressbote_simulator::{NewUser, Options, Running, Simulator};
use chrono::Utc;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The user whom most tests ask about: bound to a region, with a seat, subscriptions and his group's filter.
pub const USER: &str = "xaver.kirchner";

/// A fifth of the demo's contacts: each command reads all of them.
const SIZE: sample::Size = sample::Size { contacts: 1_000, ..sample::Size::SAMPLE };

/// A program that ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The JSON on standard output.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The JSON on the error stream.
    pub fn told(&self) -> Value {
        serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Runs the binary in a folder.
pub fn adressbote(folder: &Path, args: &[&str]) -> Ended {
    let mut command = command(folder);
    Ended::of(command.args(args).output().expect("the binary runs"))
}

/// The binary in a folder, without what the surroundings might tell it.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_adressbote"));
    command.current_dir(folder).env_remove("RUST_LOG").env_remove("COLUMNS");
    command
}

/// The sample CRM, made once for all tests of a run, with keys to ask about.
pub struct Sample {
    path: PathBuf,
    /// A record in the user's folder.
    pub due: String,
    /// A record that he sees and does not want.
    pub unwanted: String,
    /// A record that he may not see.
    pub hidden: String,
}

/// The sample.
pub fn sample() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(|| runtime().block_on(make_sample()))
}

fn runtime() -> Runtime {
    // The simulator is asked over HTTP by another process: one thread of its own is enough.
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

async fn make_sample() -> Sample {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join("sample-crm.sqlite");
    let age = path.metadata().and_then(|found| found.modified()).ok().and_then(|at| at.elapsed().ok());
    if age.is_none_or(|age| age > Duration::from_secs(600)) {
        let new = folder.join(format!("sample-crm.{}.sqlite", std::process::id()));
        sample::create(&new, SIZE, 1, Utc::now()).await.expect("a sample");
        std::fs::rename(&new, &path).expect("the sample is put in place");
    }
    let snapshot = snapshot(&path).await;
    let viewer = snapshot.viewer(&UserKey::new(USER)).expect("the user");
    let hides = |record: &&RecordKey| snapshot.record_is_hidden(&viewer, record);
    let hidden = snapshot.record_keys().find(hides).expect("a hidden record").to_string();
    let subscribed = |record: &&RecordKey| !hides(record) && viewer.subscription(record, "contacts").is_some();
    let due = snapshot.record_keys().find(subscribed).expect("a subscribed record").to_string();
    let is_wanted = |record: &RecordKey| viewer.subscription(record, "contacts").is_some();
    let unwanted = snapshot.record_keys().find(|record| !hides(record) && !is_wanted(record) && !is_his(&viewer, record)).expect("one").to_string();
    Sample { path, due, unwanted, hidden }
}

/// Whether the user looks after the record, which his group's filter wants.
fn is_his(viewer: &adressbote_rules::sight::Viewer<'_>, record: &RecordKey) -> bool {
    let snapshot = viewer.snapshot();
    let owner = snapshot.view().field_named("Betreuer").expect("a field");
    match viewer.look(record) {
        adressbote_rules::sight::Sighting::Visible(seen) => {
            let stands_for = |user: &str| user == USER || viewer.person().stands_for.iter().any(|one| one.as_str() == user);
            matches!(seen.see(owner), adressbote_rules::value::Seen::Value(value) if value.to_json().as_str().is_none_or(stands_for))
        }
        _ => true,
    }
}

/// The sample as the program reads it.
pub fn snapshot_of_sample() -> Snapshot {
    runtime().block_on(snapshot(&sample().path))
}

async fn snapshot(path: &Path) -> Snapshot {
    let profile = Profile::embedded("reference").expect("the profile");
    let source = CrmSource::open_sqlite(path).await.expect("the sample");
    let crm = read(&profile, &source, &Own::default(), None).await.expect("a reading").crm;
    let now = Utc::now();
    Snapshot::build(crm, Moment { now, today: now.date_naive() }).expect("a snapshot")
}

/// A company.
pub struct Office {
    folder: TempDir,
    /// The simulated Graph.
    pub graph: Option<Running>,
    runtime: Runtime,
}

impl Office {
    /// A company with the sample CRM.
    pub fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::copy(&sample().path, folder.path().join("crm.sqlite")).expect("a copy of the sample");
        let runtime = runtime();
        let users = ["xaver.kirchner", "greta.albers", "wiebke.dircks", "tiziana.ferrari"];
        let users = users.map(|user| NewUser::named(&format!("{user}@seewerk.example"))).to_vec();
        let graph = runtime.block_on(Simulator::start(Options { users, ..Options::default() })).expect("a simulator");
        std::fs::write(folder.path().join("graph.secret"), graph.client_secret()).expect("a secret");
        std::fs::write(folder.path().join("adressbote.toml"), configuration(&graph)).expect("a configuration");
        let key = "0123456789abcdef".repeat(4);
        std::fs::write(folder.path().join("adressbote.key"), key).expect("a key");
        #[cfg(unix)]
        {
            let mine = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(folder.path().join("adressbote.key"), mine).expect("a key of its own");
        }
        Self { folder, graph: Some(graph), runtime }
    }

    /// The same, with a profile of its own in which filters are ours.
    pub fn with_own_filters() -> Self {
        let office = Self::open();
        let ended = office.run(&["profile", "export", "reference", "reading"]);
        assert_eq!(ended.code, 0, "{ended:?}");
        office.change("reading/profile.toml", "[filters]\nkept = \"crm\"", "[filters]\nkept = \"ours\"");
        std::fs::remove_file(office.path().join("reading/filters.sql")).expect("the CRM's filters");
        office.change("adressbote.toml", "profile = \"reference\"", "profile = \"./reading\"");
        office
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Changes a file.
    pub fn change(&self, file: &str, from: &str, to: &str) {
        let path = self.path().join(file);
        let text = std::fs::read_to_string(&path).expect("the file");
        assert!(text.contains(from), "{file} has no {from:?}:\n{text}");
        std::fs::write(path, text.replace(from, to)).expect("the file");
    }

    /// Makes a change in the CRM.
    pub fn apply(&self, change: sample::Change) -> sample::Applied {
        let crm = self.path().join("crm.sqlite");
        self.runtime.block_on(sample::apply(&crm, change, Utc::now())).expect("a change")
    }

    /// Takes a record out of the CRM's view.
    pub fn forget_record(&self, record: &str) {
        self.read_only("view", &format!("CAST(record AS TEXT) <> '{record}'"));
    }

    /// Gives a seat to this user alone.
    pub fn only_user(&self, user: &str) {
        self.read_only("seats", &format!("user = '{user}'"));
    }

    /// Lets a relation give other rows: `{}` in the SQL stands for what it gives now.
    pub fn read_otherwise(&self, relation: &str, sql: &str) {
        self.with_own_profile();
        let path = self.path().join(format!("reading/{relation}.sql"));
        let now = std::fs::read_to_string(&path).expect("the relation");
        std::fs::write(&path, sql.replace("{}", &format!("({now})"))).expect("the relation");
    }

    fn with_own_profile(&self) {
        if !self.path().join("reading").exists() {
            assert_eq!(self.run(&["profile", "export", "reference", "reading"]).code, 0);
            self.change("adressbote.toml", "profile = \"reference\"", "profile = \"./reading\"");
        }
    }

    /// Leaves rows of a relation out.
    fn read_only(&self, relation: &str, condition: &str) {
        self.with_own_profile();
        let path = self.path().join(format!("reading/{relation}.sql"));
        let sql = std::fs::read_to_string(&path).expect("the relation");
        std::fs::write(&path, format!("SELECT * FROM ({sql}) WHERE {condition}")).expect("the relation");
    }

    /// Runs a command.
    pub fn run(&self, args: &[&str]) -> Ended {
        adressbote(self.path(), args)
    }

    /// Runs a command that ends well, for its JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        let ended = self.run(&[&["--format", "json"], args].concat());
        assert_eq!(ended.code, 0, "{args:?}: {ended:?}");
        assert_eq!(ended.err, "", "{args:?}");
        ended.json()
    }

    /// Runs a command that ends well, for its text.
    pub fn text(&self, args: &[&str]) -> String {
        let ended = self.run(args);
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{args:?}: {ended:?}");
        ended.out
    }

    /// Stops the simulator: Graph cannot be reached any longer.
    pub fn close_graph(&mut self) {
        if let Some(graph) = self.graph.take() {
            self.runtime.block_on(graph.stop());
        }
    }
}

fn configuration(graph: &Running) -> String {
    let (base, token_url, tenant, client_id) = (graph.base(), graph.token_url(), graph.tenant(), graph.client_id());
    format!(
        r#"[crm]
profile = "reference"
database = "crm.sqlite"

[state]
database = "state.sqlite"
key_file = "adressbote.key"

[graph]
base = "{base}"
token_url = "{token_url}"
tenant = "{tenant}"
client_id = "{client_id}"
credential = {{ kind = "secret", value = {{ file = "graph.secret" }} }}

[books.contacts]
target = {{ folder = "CRM Kontakte" }}
purpose = "Reaching customers"
legal_basis = "Art. 6 (1) f GDPR"
retention_days = 365
cap = 15
caps = {{ "user:xaver.kirchner" = 40 }}
"#
    )
}
