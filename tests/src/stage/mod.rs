//! A small company: a CRM that stories change by SQL, mailboxes in the Graph simulator, and the worker with its real state database. The CRM stands on each
//! kind of database, the state in a file or beside the CRM on PostgreSQL.
//!
//! Each pass opens the program anew, as a CRM's task server would by calling `adressbote sync`. Start reading at [`Stage::new`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use adressbote::app::App;
use adressbote::graph::{CONTACT_MARKER, Credential, Graph, GraphSettings, Patience};
use adressbote::key_file;
use adressbote::worker::error::sentence;
use adressbote::worker::pass::{self, Order, Unwatched};
use adressbote::worker::report::{FolderReport, PassReport};
use adressbote_schema::crm::{CrmSource, Patience as CrmPatience};
use adressbote_schema::state::PassKind;
use adressbote_servers::{Base, Served, Writer};
use adressbote_simulator::{Action, ContactView, FolderKind, FolderView, Logged, MailboxView, NewUser, Options, Running, Simulator};
use chrono::Utc;
use reqwest::Url;
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

mod crm;
mod place;
mod state;

use place::Place;
use state::State;

/// The name of our folder in the mailboxes.
pub const FOLDER: &str = "CRM Kontakte";

/// What Anna and Berta get, by display name.
pub const SOUTH: [&str; 6] = ["Eva Abel", "Ida Österle", "Jan Öztürk", "Max Zorn", "Pia Lang", "Udo Kurz"];

/// What Carl gets.
pub const NORTH: [&str; 4] = ["Jan Öztürk", "Pia Lang", "Rosa Binder", "Tom Weiß"];

/// The company.
pub struct Stage {
    folder: TempDir,
    crm: Place,
    state: State,
    /// Its mailboxes.
    pub sim: Running,
}

impl Stage {
    /// Everything as it stands before the first pass, the CRM in a file.
    pub async fn new() -> Self {
        Self::on(Base::Sqlite).await
    }

    /// The same with the CRM on some kind of database.
    pub async fn on(base: Base) -> Self {
        Self::with(base, company()).await
    }

    /// The same with the state there too, if that is PostgreSQL.
    pub async fn all_on(base: Base) -> Self {
        let kept = if base == Base::Postgres { base } else { Base::Sqlite };
        Self::made(base, kept, company()).await
    }

    /// With a simulator of another kind.
    pub async fn with(base: Base, options: Options) -> Self {
        Self::made(base, Base::Sqlite, options).await
    }

    async fn made(base: Base, kept: Base, options: Options) -> Self {
        let sim = Simulator::start(options).await.unwrap();
        let folder = TempDir::new().unwrap();
        let crm = Place::new(base, folder.path(), "crm.sqlite").await;
        let state = State::new(kept, folder.path()).await;
        let stage = Self { folder, crm, state, sim };
        stage.sql(&crm::database(base)).await;
        crm::write_profile(base, &stage.path("klein"));
        place::write_password(stage.folder.path());
        stage.write("secret", &stage.sim.client_secret());
        key_file::create(&stage.path("adressbote.key")).unwrap();
        stage.write("adressbote.toml", &configuration(&stage.sim, &stage.crm.settings(), &stage.state.settings()));
        stage
    }

    /// A file of the stage.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Replaces a text in a file, which must be there once.
    pub fn replace(&self, file: &str, old: &str, new: &str) {
        let text = std::fs::read_to_string(self.path(file)).unwrap();
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {file}");
        self.write(file, &text.replace(old, new));
    }

    /// Changes the configuration.
    pub fn configure(&self, old: &str, new: &str) {
        self.replace("adressbote.toml", old, new);
    }

    /// Changes the CRM.
    pub async fn sql(&self, script: &str) {
        self.crm.sql(script).await;
    }

    /// A connection of the CRM's own, which may write.
    pub async fn writer(&self) -> Writer {
        self.crm.writer().await
    }

    /// The CRM's database and the account that reads it, on a server.
    pub fn served(&self) -> &Served {
        self.crm.served()
    }

    /// Adds so many persons whom the south sees and wants.
    pub async fn crowd(&self, persons: u32) {
        self.sql(&format!(
            "INSERT INTO person WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {persons})
             SELECT 'm' || i, 'Vorname' || i, 'Menge' || i, NULL, 'Singen', 'aktiv', NULL, NULL FROM n;
             INSERT INTO access (person, principal) SELECT id, 'group:sued' FROM person WHERE id LIKE 'm%';"
        ))
        .await;
    }

    /// Changes our own state behind the program's back.
    pub async fn state_sql(&self, script: &str) {
        self.state.sql(script).await;
    }

    /// A column of our own state, as text.
    pub async fn state(&self, query: &str) -> Vec<String> {
        self.state.column(query).await
    }

    /// Takes our own state away, as if its disk had failed.
    pub async fn lose_state(&self) {
        self.state.lose().await;
    }

    /// Keeps a copy of our own state, as a backup does.
    pub async fn keep_copy_of_state(&self) {
        self.state.keep_copy().await;
    }

    /// Loses our own state and brings the copy back.
    pub async fn bring_back_state(&self) {
        self.state.bring_back().await;
    }

    /// Opens the program.
    pub async fn app(&self) -> Result<App, String> {
        App::open(&self.path("adressbote.toml"), Utc::now()).await.map_err(|error| sentence(&error))
    }

    /// Opens the program; it waits no longer than a second for a lock in the CRM.
    pub async fn impatient_app(&self) -> App {
        let mut app = self.app().await.unwrap();
        let patience = CrmPatience { lock: Duration::from_secs(1), ..CrmPatience::default() };
        app.source = CrmSource::open(&app.config.crm.address().unwrap(), patience).await.unwrap();
        app
    }

    /// A client of the simulator that is not patient: a second of `Retry-After` is the shortest there is, our own waits are far below.
    pub fn graph(&self) -> Graph {
        self.graph_with(|_| {})
    }

    /// The same with other settings.
    pub fn graph_with(&self, change: impl FnOnce(&mut GraphSettings)) -> Graph {
        let url = |text: String| Url::parse(&text).unwrap();
        let secret = std::fs::read_to_string(self.path("secret")).unwrap();
        let mut settings =
            GraphSettings::new(url(self.sim.base()), url(self.sim.token_url()), &self.sim.client_id(), Credential::Secret(secret.into()));
        let ms = Duration::from_millis;
        settings.patience =
            Patience { first: ms(20), longest: ms(100), tries: 4, throttled_tries: 6, held: ms(3_000), refusal: ms(200), late: ms(300) };
        settings.call_timeout = ms(10_000);
        change(&mut settings);
        Graph::new(settings).unwrap()
    }

    /// A pass, or the sentence of the error that ended it.
    pub async fn try_pass(&self, kind: PassKind, verifies: bool, stop: &CancellationToken) -> Result<PassReport, String> {
        let order = Order { kind, cause: "story", verifies, budget: None };
        self.pass_by(&self.app().await?, &self.graph(), &order, stop).await
    }

    /// A pass by a program and a client that stay the same over several, as the worker's do.
    pub async fn pass_by(&self, app: &App, graph: &Graph, order: &Order, stop: &CancellationToken) -> Result<PassReport, String> {
        pass::run(app, graph, order, &Unwatched, stop).await.map_err(|error| sentence(&error))
    }

    /// A pass that goes through.
    pub async fn pass(&self) -> PassReport {
        self.try_pass(PassKind::Full, false, &CancellationToken::new()).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// A pass that also reads the folders back.
    pub async fn verify(&self) -> PassReport {
        self.try_pass(PassKind::Full, true, &CancellationToken::new()).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The error that ends a pass.
    pub async fn failure(&self) -> String {
        self.try_pass(PassKind::Full, false, &CancellationToken::new()).await.expect_err("the pass should fail")
    }

    /// Does what a user or an administrator might do; answers the id of what was made, if anything was.
    pub fn act(&self, action: Action) -> String {
        let done = self.sim.act(action).unwrap();
        done.get("immutable_id").or_else(|| done.get("id")).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The object id of a user, which is his mailbox's.
    pub fn id(&self, user: &str) -> String {
        self.sim.user_id(&mail(user)).unwrap_or_else(|| panic!("the directory has no {user}"))
    }

    /// A user's mailbox.
    pub fn mailbox(&self, user: &str) -> MailboxView {
        self.sim.mailbox(&mail(user)).unwrap()
    }

    /// A folder of that name.
    pub fn folder(&self, user: &str, name: &str) -> Option<FolderView> {
        self.mailbox(user).folder(name).cloned()
    }

    /// The display names in our folder, in order of the alphabet; none if there is no folder.
    pub fn names(&self, user: &str) -> Vec<String> {
        self.names_in(user, FOLDER)
    }

    /// The display names in a folder.
    pub fn names_in(&self, user: &str, folder: &str) -> Vec<String> {
        let mut names: Vec<String> =
            self.folder(user, folder).into_iter().flat_map(|folder| folder.contacts).map(|one| text(&one, "displayName")).collect();
        names.sort();
        names
    }

    /// The one contact of that name in our folder.
    pub fn contact(&self, user: &str, name: &str) -> ContactView {
        let folder = self.folder(user, FOLDER).unwrap_or_else(|| panic!("{user} has no folder"));
        let mut found = folder.contacts.into_iter().filter(|contact| text(contact, "displayName") == name);
        let one = found.next().unwrap_or_else(|| panic!("{user} has no {name}"));
        assert!(found.next().is_none(), "{user} has {name} twice");
        one
    }

    /// Where a contact lies, Deleted Items and what is behind it included.
    pub fn whereabouts(&self, user: &str, immutable_id: &str) -> Option<(FolderView, ContactView)> {
        self.mailbox(user).folders.into_iter().find_map(|folder| {
            let found = folder.contacts.iter().find(|contact| contact.immutable_id == immutable_id).cloned();
            found.map(|contact| (folder, contact))
        })
    }

    /// Asserts that a contact left the mailbox for good: no client reaches it, and it did not go to Deleted Items.
    pub fn assert_purged(&self, user: &str, immutable_id: &str) {
        let kind = self.whereabouts(user, immutable_id).map(|(folder, _)| folder.kind);
        assert!(matches!(kind, None | Some(FolderKind::Purges)), "{user}'s contact lies in {kind:?}");
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.sim.clear_log();
    }

    /// The requests to a user's mailbox, items of batches singly.
    pub fn requests_to(&self, user: &str) -> Vec<Logged> {
        let all = self.sim.log_since(0, Some(&self.id(user)));
        all.into_iter().filter(|one| one.path != "/$batch").collect()
    }

    /// Asserts that a text occurs in no request since they were last forgotten.
    pub fn assert_never_sent(&self, to: &str, text: &str) {
        for request in self.requests_to(to) {
            let said = format!("{} {} {}", request.method, request.path, request.body);
            assert!(!said.contains(text), "`{text}` was sent to {to}: {said}");
        }
    }

    /// Asserts that ledger and mailboxes agree: each contact of the ledger stands there once, nothing else bears our marker where a client could see it,
    /// and no change is open.
    pub async fn assert_exactly_once(&self) {
        assert_eq!(self.state("SELECT record_key FROM intent").await, Vec::<String>::new(), "open changes");
        for user in self.sim.users() {
            let mailbox = self.sim.mailbox(&user.id).unwrap();
            let visible = mailbox.folders.iter().filter(|folder| !matches!(folder.kind, FolderKind::Purges | FolderKind::Deletions));
            let marked = visible.flat_map(|folder| &folder.contacts).filter_map(|contact| Some((contact.extended.get(CONTACT_MARKER)?, contact)));
            let marked: Vec<(&String, &ContactView)> = marked.collect();
            let markers: BTreeSet<&String> = marked.iter().map(|(marker, _)| *marker).collect();
            assert_eq!(markers.len(), marked.len(), "a marker stands twice in the mailbox of {}", user.user_principal_name);
            let here: BTreeSet<String> = marked.iter().map(|(_, contact)| contact.immutable_id.clone()).collect();
            let ledger = self.state(&format!("SELECT contact_id FROM contact WHERE mailbox = '{}'", user.id)).await;
            assert_eq!(here, ledger.into_iter().collect(), "ledger and mailbox of {}", user.user_principal_name);
        }
    }
}

/// A user's address.
pub fn mail(user: &str) -> String {
    if user.contains('@') { user.to_owned() } else { format!("{user}@firma.example") }
}

/// A property of a contact, as text; empty if it is not set.
pub fn text(contact: &ContactView, property: &str) -> String {
    match contact.fields.get(property) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// What a report says of a user's folder.
pub fn of<'r>(report: &'r PassReport, user: &str) -> &'r FolderReport {
    let mut found = report.folders.iter().filter(|folder| folder.user == user);
    let one = found.next().unwrap_or_else(|| panic!("the report says nothing of {user}: {report:#?}"));
    assert!(found.next().is_none(), "the report has {user} twice: {report:#?}");
    one
}

/// The removals of a report, by user and reason.
pub fn removals(report: &PassReport) -> BTreeMap<(&str, &str), usize> {
    report.folders.iter().flat_map(|folder| folder.deleted.iter().map(|(reason, count)| ((folder.user.as_str(), reason.as_str()), *count))).collect()
}

fn company() -> Options {
    let users = ["anna", "berta", "carl"].map(|name| NewUser::named(&mail(name))).to_vec();
    Options { users, ..Options::default() }
}

fn configuration(sim: &Running, crm: &str, state: &str) -> String {
    let (base, token_url, tenant, client_id) = (sim.base(), sim.token_url(), sim.tenant(), sim.client_id());
    format!(
        r#"[crm]
profile = "./klein"
{crm}

[state]
{state}
key_file = "adressbote.key"

[graph]
base = "{base}"
token_url = "{token_url}"
tenant = "{tenant}"
client_id = "{client_id}"
credential = {{ kind = "secret", value = {{ file = "secret" }} }}

[worker]
every_s = 600

[books.contacts]
target = {{ folder = "{FOLDER}" }}
purpose = "Reaching customers"
legal_basis = "Art. 6 (1) f GDPR"
retention_days = 365
cap = 2000
default_filter = "Status = 'aktiv'"
"#
    )
}
