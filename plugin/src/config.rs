//! The configuration: one file, read and checked in full before anything is opened.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use adressbote_schema::crm::Address;
use adressbote_schema::state::StateError;
use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// What `adressbote.toml` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The CRM's database and how to read it.
    pub crm: CrmConfig,
    /// Where Adressbote keeps its own state.
    pub state: StateConfig,
    /// How the mailboxes are reached.
    pub graph: GraphConfig,
    /// When and for whom the worker works.
    #[serde(default)]
    pub worker: WorkerConfig,
    /// Where passes can be asked for over HTTP; without it, nowhere.
    pub api: Option<ApiConfig>,
    /// The address books, by name.
    pub books: BTreeMap<String, BookConfig>,
}

/// The CRM's database and how to read it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrmConfig {
    /// The name of a shipped profile, or the path of a profile folder (anything with a `/`).
    pub profile: String,
    /// The CRM's database, opened so that it cannot be written: the path of an SQLite file, or the address of a PostgreSQL, MariaDB or MySQL server.
    #[serde(deserialize_with = "address")]
    pub database: Address,
    /// Where the password stands of the account that the address names.
    pub password: Option<Secret>,
}

impl CrmConfig {
    /// The address of the database, with its password; reads that now.
    ///
    /// # Errors
    /// When the password cannot be read.
    pub fn address(&self) -> Result<Address, ConfigError> {
        with_password(&self.database, self.password.as_ref(), "crm.password")
    }
}

/// Where Adressbote keeps its own state.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateConfig {
    /// The state database, made on first use: the path of an SQLite file, or the address of a database on a PostgreSQL server.
    #[serde(deserialize_with = "address")]
    pub database: Address,
    /// Where the password stands of the account that the address names.
    pub password: Option<Secret>,
    /// The key file (64 hexadecimal digits): keep a copy apart from the state database's backups.
    pub key_file: PathBuf,
}

impl StateConfig {
    /// The address of the database, with its password; reads that now.
    ///
    /// # Errors
    /// When the password cannot be read.
    pub fn address(&self) -> Result<Address, ConfigError> {
        with_password(&self.database, self.password.as_ref(), "state.password")
    }
}

/// How the mailboxes are reached.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphConfig {
    /// The API's address.
    #[serde(default = "graph_base")]
    pub base: String,
    /// The token endpoint; without it, Entra's for the tenant.
    pub token_url: Option<String>,
    /// The tenant's id.
    pub tenant: String,
    /// The app registration's client id.
    pub client_id: String,
    /// How the app proves itself.
    pub credential: Credential,
    /// Addresses of shared, room, guest or disabled mailboxes that are served all the same.
    #[serde(default)]
    pub allow_mailboxes: Vec<String>,
}

impl GraphConfig {
    /// Whether the mailbox with this address is served whatever its kind.
    pub fn allows(&self, address: &str) -> bool {
        self.allow_mailboxes.iter().any(|allowed| allowed.eq_ignore_ascii_case(address))
    }
}

/// How the app proves itself to Entra.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case", tag = "kind")]
pub enum Credential {
    /// A client secret.
    Secret {
        /// Where it stands.
        value: Secret,
    },
    /// A certificate with its private key (PEM), the better way.
    Certificate {
        /// The file of the certificate.
        certificate: PathBuf,
        /// Where the private key stands.
        private_key: Secret,
    },
}

/// Where a secret stands; never the secret itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "where the secret stands: `{ file = 'graph.secret' }` or `{ env = 'NAME' }`")]
pub struct Secret {
    /// A file that holds nothing else.
    pub file: Option<PathBuf>,
    /// An environment variable.
    pub env: Option<String>,
}

/// When and for whom the worker works.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerConfig {
    /// How often a pass is made, in seconds.
    #[serde(default = "every_s", deserialize_with = "count")]
    pub every_s: NonZeroU32,
    /// How often the folders are read back for what users changed in them, in seconds.
    #[serde(default = "verify_every_s", deserialize_with = "count")]
    pub verify_every_s: NonZeroU32,
    /// How many users are served at most; without it, every candidate.
    pub seats: Option<u32>,
    /// The company's time zone, in which `today()` counts; without it, the profile's.
    pub time_zone: Option<String>,
    /// After how many hours removals that rest on a doubtful relation are carried out all the same, counted since it has as few rows as it has now;
    /// without it, never.
    #[serde(default, deserialize_with = "count_if_any")]
    pub doubt_deadline_h: Option<NonZeroU32>,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self { every_s: every_s(), verify_every_s: verify_every_s(), seats: None, time_zone: None, doubt_deadline_h: None }
    }
}

/// Where passes can be asked for over HTTP, by the CRM's side.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiConfig {
    /// The address; port 0 takes a free one.
    #[serde(deserialize_with = "socket")]
    pub listen: SocketAddr,
    /// What whoever asks must know.
    pub token: Secret,
    /// Whether a proxy with TLS stands before it; without one, nothing but this machine may reach it, as the token would travel in the clear.
    #[serde(default)]
    pub behind_tls_proxy: bool,
}

impl ApiConfig {
    fn is_reached_in_the_clear(&self) -> bool {
        !self.listen.ip().is_loopback() && !self.behind_tls_proxy
    }
}

/// An address book.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookConfig {
    /// Where in each mailbox its contacts stand.
    pub target: Target,
    /// What the folder is for, for the data-protection officer.
    #[serde(deserialize_with = "said")]
    pub purpose: String,
    /// On which legal basis.
    #[serde(deserialize_with = "said")]
    pub legal_basis: String,
    /// How long it stays on record who had which contact, what was subscribed and by which filters, in days.
    #[serde(deserialize_with = "count")]
    pub retention_days: NonZeroU32,
    /// The most contacts in a folder.
    #[serde(default = "cap", deserialize_with = "count")]
    pub cap: NonZeroU32,
    /// Caps of single users (`user:KEY`) and groups (`group:KEY`).
    #[serde(default, deserialize_with = "caps")]
    pub caps: BTreeMap<String, NonZeroU32>,
    /// Whether subscriptions take their places before what only filters want.
    #[serde(default)]
    pub pinned: bool,
    /// A filter that every record must fulfil, for everybody.
    pub bound: Option<String>,
    /// The filter of users without one of their own or their groups'.
    pub default_filter: Option<String>,
    /// Filters that keep records out for everybody; they see the whole record, unmasked.
    #[serde(default)]
    pub suppressions: Vec<String>,
}

/// Where in each mailbox a book's contacts stand.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// In a folder of their own, of this name.
    Folder(#[serde(deserialize_with = "said")] String),
    /// In the default folder among the user's own contacts, told apart by our marker alone: the only one that Outlook on a phone saves to the phone's
    /// own address book.
    DefaultFolder,
}

fn graph_base() -> String {
    "https://graph.microsoft.com/v1.0".to_owned()
}

fn every_s() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(299)
}

fn verify_every_s() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(86_399)
}

fn cap() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(1_999)
}

/// An address with the password that stands elsewhere.
fn with_password(database: &Address, password: Option<&Secret>, what: &'static str) -> Result<Address, ConfigError> {
    let password = password.map(|secret| secret.read(what)).transpose()?;
    Ok(database.clone().with_password(password))
}

/// Where a database is; a mistake in it is said without what stands there.
fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Address, D::Error> {
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

/// A number that is not 0: a folder without contacts, or a pass without a pause, is nobody's wish.
fn count<'de, D: Deserializer<'de>>(from: D) -> Result<NonZeroU32, D::Error> {
    let number = i64::deserialize(from)?;
    u32::try_from(number).ok().and_then(NonZeroU32::new).ok_or_else(|| D::Error::custom(format!("{number} is no whole number from 1 on")))
}

fn count_if_any<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NonZeroU32>, D::Error> {
    count(from).map(Some)
}

/// An address with a port.
fn socket<'de, D: Deserializer<'de>>(from: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(|_| D::Error::custom("this is no IP address with a port, such as `127.0.0.1:8470`"))
}

/// A text that says something.
fn said<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.trim().is_empty() { Err(D::Error::custom("this must not be empty")) } else { Ok(text) }
}

/// Caps by whom they are for.
fn caps<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, NonZeroU32>, D::Error> {
    let named = BTreeMap::<String, i64>::deserialize(from)?;
    let one = |(name, number): (String, i64)| {
        if !["user:", "group:"].iter().any(|kind| name.strip_prefix(kind).is_some_and(|key| !key.is_empty())) {
            return Err(D::Error::custom("a cap is for `user:KEY` or `group:KEY`"));
        }
        let cap = u32::try_from(number).ok().and_then(NonZeroU32::new);
        cap.map(|cap| (name, cap)).ok_or_else(|| D::Error::custom(format!("{number} is no whole number from 1 on")))
    };
    named.into_iter().map(one).collect()
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is missing.
    #[error("there is no configuration `{}`; `adressbote init` writes one", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("the configuration `{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("the configuration `{}` is not right:\n{message}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Where and what, several lines.
        message: String,
    },
    /// A secret is named in no way, or in two.
    #[error("`{what}` must name either `file` or `env`")]
    SecretSource {
        /// Which secret.
        what: &'static str,
    },
    /// A secret cannot be had.
    #[error("the secret `{what}` cannot be read from {from}; nothing was sent")]
    SecretMissing {
        /// Which secret.
        what: &'static str,
        /// The file or variable.
        from: String,
    },
}

/// Where a mistake stands and what it is. A value is never repeated: somebody may have written a secret there.
fn described(text: &str, error: &toml::de::Error) -> String {
    let message = without_values(error.message());
    let Some(start) = error.span().map(|span| span.start) else { return format!("  {message}") };
    let before = text.get(..start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|one| *one != '\n').count() + 1;
    format!("  line {line}, column {column}: {message}")
}

/// A message of the parser without the values that it found, which it puts in double quotes.
fn without_values(message: &str) -> String {
    match (message.find('"'), message.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            format!("{}…{}", message.get(..first).unwrap_or_default(), message.get(last + 1..).unwrap_or_default())
        }
        _ => message.to_owned(),
    }
}

impl Config {
    /// Reads and checks the file. Paths in it count from the file's own folder.
    ///
    /// # Errors
    /// [`ConfigError`], naming the place.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => ConfigError::Missing { path: path.to_owned() },
            _ => ConfigError::Unreadable { path: path.to_owned(), source },
        })?;
        let mut config: Self =
            toml::from_str(&text).map_err(|error| ConfigError::Wrong { path: path.to_owned(), message: described(&text, &error) })?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        config.resolve(&folder);
        for (section, database, password) in
            [("crm", &config.crm.database, &config.crm.password), ("state", &config.state.database, &config.state.password)]
        {
            if password.is_some() && matches!(database, Address::Sqlite(_)) {
                let message = format!("section [{section}] names a password, but its database is an SQLite file, which has none");
                return Err(ConfigError::Wrong { path: path.to_owned(), message });
            }
        }
        if matches!(config.state.database, Address::Mysql(_)) {
            return Err(ConfigError::Wrong { path: path.to_owned(), message: format!("section [state]: {}", StateError::Mysql) });
        }
        if config.books.is_empty() {
            return Err(ConfigError::Wrong { path: path.to_owned(), message: "no address book: write a section [books.NAME]".to_owned() });
        }
        if config.api.as_ref().is_some_and(ApiConfig::is_reached_in_the_clear) {
            let message = "section [api]: other machines can reach the address in `listen`, so that the token would travel in the clear: listen on \
                           127.0.0.1, or put a proxy with TLS before it and say `behind_tls_proxy = true`";
            return Err(ConfigError::Wrong { path: path.to_owned(), message: message.to_owned() });
        }
        Ok(config)
    }

    fn resolve(&mut self, folder: &Path) {
        let absolute = |path: &mut PathBuf| *path = folder.join(&*path);
        self.crm.database = self.crm.database.clone().within(folder);
        self.state.database = self.state.database.clone().within(folder);
        for password in [&mut self.crm.password, &mut self.state.password].into_iter().flatten() {
            password.resolve(folder);
        }
        absolute(&mut self.state.key_file);
        if self.crm.profile.contains('/') {
            self.crm.profile = folder.join(&self.crm.profile).to_string_lossy().into_owned();
        }
        if let Some(api) = &mut self.api {
            api.token.resolve(folder);
        }
        match &mut self.graph.credential {
            Credential::Secret { value } => value.resolve(folder),
            Credential::Certificate { certificate, private_key } => {
                absolute(certificate);
                private_key.resolve(folder);
            }
        }
    }
}

impl Secret {
    fn resolve(&mut self, folder: &Path) {
        if let Some(file) = &mut self.file {
            *file = folder.join(&*file);
        }
    }

    /// Reads the secret now.
    ///
    /// # Errors
    /// [`ConfigError`] naming the file or variable, never the secret.
    pub fn read(&self, what: &'static str) -> Result<SecretString, ConfigError> {
        let (text, from) = match (&self.file, &self.env) {
            (Some(file), None) => (std::fs::read_to_string(file).ok(), format!("the file `{}`", file.display())),
            (None, Some(name)) => (std::env::var(name).ok(), format!("the environment variable `{name}`")),
            (Some(_), Some(_)) | (None, None) => return Err(ConfigError::SecretSource { what }),
        };
        match text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) {
            Some(text) => Ok(SecretString::from(text)),
            None => Err(ConfigError::SecretMissing { what, from }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_has_a_place_and_repeats_no_value() {
        for (text, place) in [
            ("[graph]\ncredential = { kind = \"secret\", value = \"hunter2\" }\n", "line 2, column"),
            ("[graph]\nclient_secret = \"hunter2\"\n", "line 2, column 1"),
            ("[graph]\ntenant = \"t\"\nclient_id = \"hunter2\n", "line 3, column"),
        ] {
            let message = described(text, &toml::from_str::<Config>(text).unwrap_err());
            assert!(message.contains(place), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn the_crm_is_a_file_or_a_server_whose_password_stands_elsewhere() {
        let crm = |text: &str| toml::from_str::<CrmConfig>(&format!("profile = 'p'\n{text}\n"));
        assert!(matches!(crm("database = 'a/crm.sqlite'").unwrap().database, Address::Sqlite(path) if path == Path::new("a/crm.sqlite")));
        let server = crm("database = 'postgres://reader@db.example/crm'\npassword = { env = 'NO_SUCH_VARIABLE' }").unwrap();
        let missing = server.address().unwrap_err().to_string();
        assert_eq!(missing, "the secret `crm.password` cannot be read from the environment variable `NO_SUCH_VARIABLE`; nothing was sent");
        for (text, said) in [
            ("database = 'postgres://reader:hunter2@db/crm'", "line 2, column 12: a password must not stand in the address"),
            ("database = 'mysql://reader@db/crm?sslmode=hunter2'", "line 2, column 12: `sslmode` is `verify-full`"),
            ("database = 'hunter2://db/crm'", "line 2, column 12: the database is the path of an SQLite file"),
            ("database = 'mysql://r@db/crm'\npassword = 'hunter2'", "line 3, column 12: "),
        ] {
            let text = format!("profile = 'p'\n{text}\n");
            let message = described(&text, &toml::from_str::<CrmConfig>(&text).unwrap_err());
            assert!(message.contains(said) && !message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn the_state_is_a_file_or_a_postgresql_server() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("adressbote.toml");
        let load = |state: &str| {
            let text = format!(
                "[crm]\nprofile = 'p'\ndatabase = 'crm.sqlite'\n[state]\n{state}\nkey_file = 'k'\n[graph]\ntenant = 't'\nclient_id = 'c'\n\
                 credential = {{ kind = 'secret', value = {{ env = 'S' }} }}\n[books.b]\ntarget = {{ folder = 'CRM' }}\npurpose = 'Calls'\n\
                 legal_basis = 'Art. 6'\nretention_days = 30\n"
            );
            std::fs::write(&path, text).unwrap();
            Config::load(&path)
        };
        let file = load("database = 'state.sqlite'").unwrap().state.address().unwrap();
        assert!(matches!(file, Address::Sqlite(found) if found == folder.path().join("state.sqlite")));
        let server = load("database = 'postgres://bote@db.example/bote'\npassword = { file = 'state.password' }").unwrap();
        assert!(server.state.address().unwrap_err().to_string().contains("`state.password` cannot be read from the file"));
        std::fs::write(folder.path().join("state.password"), "hunter2\n").unwrap();
        assert!(matches!(server.state.address().unwrap(), Address::Postgres(_)));
        for (state, said) in [
            ("database = 'mysql://bote@db.example/bote'", "section [state]: the state database cannot stand on MariaDB or MySQL"),
            ("database = 'state.sqlite'\npassword = { env = 'S' }", "section [state] names a password, but its database is an SQLite file"),
            ("database = 'postgres://bote:hunter2@db/bote'", "a password must not stand in the address"),
        ] {
            let message = load(state).unwrap_err().to_string();
            assert!(message.contains(said) && !message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn a_book_says_what_it_is_for_and_has_room() {
        const BOOK: &str = "[books.b]\ntarget = { folder = 'CRM' }\npurpose = 'Calls'\nlegal_basis = 'Art. 6'\nretention_days = 30\n";
        #[derive(Debug, Deserialize)]
        struct Only {
            books: BTreeMap<String, BookConfig>,
        }
        let book = toml::from_str::<Only>(BOOK).unwrap().books.remove("b").unwrap();
        assert_eq!(book.cap.get(), 2_000);
        for (from, to, said) in [
            ("'Calls'", "' '", "line 3, column 11: this must not be empty"),
            ("'Art. 6'", "''", "line 4, column 15: this must not be empty"),
            ("'CRM'", "''", "this must not be empty"),
            ("= 30", "= 0", "line 5, column 18: 0 is no whole number from 1 on"),
            ("= 30", "= 30\ncap = -1", "line 6, column 7: -1 is no whole number from 1 on"),
            ("= 30", "= 30\ncaps = { anna = 5 }", "line 6, column 8: a cap is for `user:KEY` or `group:KEY`"),
            ("= 30", "= 30\ncaps = { 'user:anna' = 0 }", "0 is no whole number from 1 on"),
        ] {
            let text = BOOK.replace(from, to);
            let message = described(&text, &toml::from_str::<Only>(&text).unwrap_err());
            assert!(message.contains(said), "{message}");
        }
    }
}
