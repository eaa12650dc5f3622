//! An office with a Tryton database, a mailbox for each of its users, and Adressbote between them.

use adressbote::app::App;
use adressbote::key_file;
use adressbote::marker::Marker;
use adressbote::worker::pass::{self, Order, Unwatched};
use adressbote::worker::report::PassReport;
use adressbote_schema::state::PassKind;
use adressbote_simulator::{FolderView, NewUser, Options, Running, Simulator};
use chrono::Utc;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::oracle::OracleUser;

/// The folder in each mailbox.
pub const FOLDER: &str = "Parteien";
const BOOK: &str = "parties";

/// Everything that runs.
pub struct Office {
    pub app: App,
    pub graph: Running,
    _folder: TempDir,
}

impl Office {
    /// Opens Adressbote on the database, for users with a mailbox each, inactive ones too.
    pub async fn open(database: &str, users: &[OracleUser], cap: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let users = users.iter().map(|user| NewUser::named(&user.mail)).collect();
        let graph = Simulator::start(Options { users, tenant_domain: "tryton.example".to_owned(), ..Options::default() }).await.unwrap();
        std::fs::write(folder.path().join("secret"), graph.client_secret()).unwrap();
        key_file::create(&folder.path().join("adressbote.key")).unwrap();
        let config = folder.path().join("adressbote.toml");
        std::fs::write(&config, configuration(database, &graph, cap)).unwrap();
        let app = App::open(&config, Utc::now()).await.unwrap();
        Self { app, graph, _folder: folder }
    }

    /// Makes a full pass.
    pub async fn pass(&self) -> PassReport {
        let order = Order { kind: PassKind::Full, cause: "test", verifies: false, budget: None };
        pass::run(&self.app, &self.app.graph().unwrap(), &order, &Unwatched, &CancellationToken::new()).await.unwrap()
    }

    /// The object id of a user's mailbox.
    pub fn mailbox_id(&self, user: &OracleUser) -> String {
        self.graph.user_id(&user.mail).unwrap()
    }

    /// The marks that ours bear in a user's mailbox.
    pub fn marker(&self, user: &OracleUser) -> Marker {
        Marker::new(self.app.key.clone(), &self.mailbox_id(user), BOOK)
    }

    /// Our folder in a user's mailbox. Nothing of ours stands elsewhere.
    pub fn folder(&self, user: &OracleUser) -> Option<FolderView> {
        let mailbox = self.graph.mailbox(&user.mail).unwrap();
        let (ours, others): (Vec<_>, Vec<_>) = mailbox.folders.into_iter().partition(|folder| folder.name == FOLDER);
        assert!(others.iter().all(|folder| folder.contacts.is_empty()), "{} has contacts outside of our folder", user.login);
        assert!(ours.len() <= 1, "{} has {} folders", user.login, ours.len());
        ours.into_iter().next()
    }
}

fn configuration(database: &str, graph: &Running, cap: u32) -> String {
    let (base, token_url, tenant, client_id) = (graph.base(), graph.token_url(), graph.tenant(), graph.client_id());
    format!(
        r#"[crm]
profile = "tryton"
database = '{database}'

[state]
database = "state.sqlite"
key_file = "adressbote.key"

[graph]
base = "{base}"
token_url = "{token_url}"
tenant = "{tenant}"
client_id = "{client_id}"
credential = {{ kind = "secret", value = {{ file = "secret" }} }}

[books.{BOOK}]
target = {{ folder = "{FOLDER}" }}
purpose = "Reaching business partners by phone and mail"
legal_basis = "Art. 6 (1) f GDPR"
retention_days = 365
cap = {cap}
default_filter = "TRUE"
"#
    )
}
