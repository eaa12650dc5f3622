//! Everything opened and checked before anything is done: configuration, profile, CRM, state, key, address books.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use adressbote_rules::book::Book;
use adressbote_rules::digest::DigestKey;
use adressbote_rules::filter::{Filter, FilterError, Names};
use adressbote_rules::key::Principal;
use adressbote_rules::map::{Mapping, MappingError};
use adressbote_rules::time::Moment;
use adressbote_schema::crm::{CrmError, CrmSource, Memory, Patience};
use adressbote_schema::profile::{CheckError, Profile, ProfileErrors};
use adressbote_schema::state::{BookKey, FolderKey, PassId, State, StateError};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::config::{BookConfig, Config, ConfigError, CrmConfig};
use crate::graph::{Graph, SettingsError};
use crate::key_file::{self, KeyError};
use crate::worker::recent::Recent;
use crate::worker::rest::Rest;

/// An address book with its rules.
#[derive(Debug)]
pub struct OpenBook {
    /// Its name in the state database.
    pub key: BookKey,
    /// What its configuration says.
    pub config: BookConfig,
    /// What it means.
    pub rules: Book,
}

/// Our own state and nothing else: for what asks only what was done, the CRM need not be readable.
#[derive(Debug)]
pub struct Ledger {
    /// Our own state.
    pub state: State,
    /// The installation's key.
    pub key: DigestKey,
}

/// The program, opened.
#[derive(Debug)]
pub struct App {
    /// The configuration.
    pub config: Config,
    /// How the CRM is read.
    pub profile: Profile,
    /// The CRM.
    pub source: CrmSource,
    /// Our own state.
    pub state: State,
    /// The installation's key.
    pub key: DigestKey,
    /// The address books, by name.
    pub books: Vec<OpenBook>,
    zone: Tz,
    listed: Mutex<Listed>,
    unread: Mutex<Unread>,
    rest: Mutex<Option<Rest>>,
    recent: Mutex<Option<Arc<Recent>>>,
    has_room: AtomicBool,
    /// What the last reading of the CRM left for the next one.
    pub memory: tokio::sync::Mutex<Memory>,
}

/// The folders of which this process has seen what of ours stands there, as long as the ledger has known since.
#[derive(Debug, Default)]
struct Listed {
    folders: BTreeSet<FolderKey>,
    /// The run of the state's server, as its lock tells; none where there is no server.
    server: Option<i64>,
}

/// The folders that are still to be read back.
#[derive(Debug, Default)]
struct Unread {
    folders: BTreeSet<FolderKey>,
    /// After which pass the state was brought back from a backup, if those of all users are among them for that.
    restored_after: Option<PassId>,
}

/// Why the program cannot work at all; nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The profile.
    #[error(transparent)]
    Profile(#[from] ProfileErrors),
    /// The profile does not fit the database.
    #[error(transparent)]
    Columns(#[from] CheckError),
    /// The CRM.
    #[error(transparent)]
    Crm(#[from] CrmError),
    /// The state database.
    #[error(transparent)]
    State(#[from] StateError),
    /// The key file.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The mapping of the profile.
    #[error("the mapping of profile `{profile}` is not right")]
    Mapping {
        /// The profile.
        profile: String,
        /// What is wrong.
        source: Box<MappingError>,
    },
    /// A filter of a book.
    #[error("`{what}` of book `{book}` is no filter; nothing was done")]
    BookFilter {
        /// The book.
        book: String,
        /// Which filter.
        what: &'static str,
        /// What is wrong with it.
        source: FilterError,
    },
    /// The time zone.
    #[error("`{0}` is no time zone; write an IANA name such as `Europe/Berlin`")]
    TimeZone(String),
    /// The settings of Graph.
    #[error("Microsoft Graph cannot be reached with this configuration")]
    Graph(#[from] SettingsError),
    /// The credential for Graph.
    #[error("the credential for Microsoft Graph cannot be used")]
    Credential(#[from] crate::graph::CredentialError),
    /// An address in the configuration.
    #[error("`{0}` is no address; write one such as `https://graph.microsoft.com/v1.0`")]
    Address(String),
    /// A file of the credential.
    #[error("`{}` cannot be read", path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Ledger {
    /// Reads the configuration and opens the state that it names.
    ///
    /// # Errors
    /// The first thing that is not right, in the order configuration, key, state.
    pub async fn open(path: &Path, now: DateTime<Utc>) -> Result<Self, AppError> {
        Self::of(&Config::load(path)?, now).await
    }

    async fn of(config: &Config, now: DateTime<Utc>) -> Result<Self, AppError> {
        let key = key_file::read(&config.state.key_file)?;
        let state = State::open(&config.state.address()?, now).await?;
        state.check_key(key.digest("fingerprint", [])).await?;
        Ok(Self { state, key })
    }
}

impl App {
    /// The book of that name.
    pub fn book(&self, name: &str) -> Option<&OpenBook> {
        self.books.iter().find(|book| book.key.as_str() == name)
    }

    /// Reads the configuration and opens everything it names.
    ///
    /// # Errors
    /// The first thing that is not right, in the order configuration, profile, CRM, books, key, state.
    pub async fn open(path: &Path, now: DateTime<Utc>) -> Result<Self, AppError> {
        let mut config = Config::load(path)?;
        let profile = load_profile(&config.crm.profile)?;
        let source = open_crm(&config.crm).await?;
        profile.check_columns(&source).await?;
        let named = config.worker.time_zone.as_deref().map(|name| name.parse().map_err(|_| AppError::TimeZone(name.to_owned())));
        let zone: Tz = named.transpose()?.unwrap_or(profile.zone());
        let profile = profile.in_zone(zone);
        let books = std::mem::take(&mut config.books);
        let books: Vec<OpenBook> = books.into_iter().map(|(name, book)| open_book(&profile, name, book)).collect::<Result<_, _>>()?;
        let Ledger { state, key } = Ledger::of(&config, now).await?;
        Ok(Self {
            config,
            profile,
            source,
            state,
            key,
            books,
            zone,
            listed: Mutex::default(),
            unread: Mutex::default(),
            rest: Mutex::default(),
            recent: Mutex::default(),
            has_room: AtomicBool::new(false),
            memory: Default::default(),
        })
    }

    /// The moment of `now`: its day is the company's.
    pub fn moment(&self, now: DateTime<Utc>) -> Moment {
        Moment { now, today: now.with_timezone(&self.zone).date_naive() }
    }

    /// The company's time zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// Whether this process has seen what of ours stands in a folder. Before it has, the ledger may be older than the folder: it may come from a backup.
    pub fn is_listed(&self, folder: &FolderKey) -> bool {
        self.listed().folders.contains(folder)
    }

    /// Notes that this process has seen what of ours stands in a folder.
    pub fn note_listed(&self, folder: &FolderKey) {
        self.listed().folders.insert(folder.clone());
    }

    /// Notes which run of which server the state stands on now. On another one than before it may lack what was written last, as a standby does that took
    /// over: nothing counts as seen any longer.
    pub fn note_server(&self, server: Option<i64>) {
        let mut listed = self.listed();
        if listed.server != server {
            *listed = Listed { folders: BTreeSet::new(), server };
        }
    }

    /// Forgets what was seen of folders, because the ledger may have lost what was written last.
    pub fn forget_listed(&self) {
        self.listed().folders.clear();
    }

    fn listed(&self) -> MutexGuard<'_, Listed> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes folders that are to be read back as soon as that can be done.
    pub fn owe_read_back(&self, folders: impl IntoIterator<Item = FolderKey>) {
        self.unread().folders.extend(folders);
    }

    /// Notes folders that are to be read back because the state was brought back from a backup after a pass, unless they were noted for that before.
    pub fn owe_read_back_after(&self, restored_after: PassId, folders: impl IntoIterator<Item = FolderKey>) {
        let mut unread = self.unread();
        if unread.restored_after.replace(restored_after) != Some(restored_after) {
            unread.folders.extend(folders);
        }
    }

    /// Whether a folder is still to be read back.
    pub fn owes_read_back(&self, folder: &FolderKey) -> bool {
        self.unread().folders.contains(folder)
    }

    /// Notes that a folder was read back, or that there is none.
    pub fn note_read_back(&self, folder: &FolderKey) {
        self.unread().folders.remove(folder);
    }

    /// Whether any folder is still to be read back.
    pub fn owes_any_read_back(&self) -> bool {
        !self.unread().folders.is_empty()
    }

    /// Whether it is known that what is read has room in memory.
    pub fn has_room(&self) -> bool {
        self.has_room.load(Ordering::Relaxed)
    }

    /// Notes that what is read has room in memory.
    pub fn note_room(&self) {
        self.has_room.store(true, Ordering::Relaxed);
    }

    /// The last reading that was kept; it is kept no longer.
    pub fn take_recent(&self) -> Option<Arc<Recent>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The last reading that was kept, for a question; it stays kept.
    pub fn recent(&self) -> Option<Arc<Recent>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps a reading for the next pass.
    pub fn keep_recent(&self, recent: Arc<Recent>) {
        *self.recent.lock().unwrap_or_else(PoisonError::into_inner) = Some(recent);
    }

    /// What is known after the last pass, if anything; it is known no longer.
    pub fn take_rest(&self) -> Option<Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Notes what is known after a pass.
    pub fn note_rest(&self, rest: Rest) {
        *self.rest.lock().unwrap_or_else(PoisonError::into_inner) = Some(rest);
    }

    fn unread(&self) -> MutexGuard<'_, Unread> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client of Microsoft Graph; reads the credential now.
    ///
    /// # Errors
    /// When a secret is missing or the settings cannot work.
    pub fn graph(&self) -> Result<Graph, AppError> {
        crate::graph_settings::client(&self.config.graph)
    }

    /// The names that filters may use; `known` limits them to what an asker may know.
    pub fn names<'a>(&'a self, known: Option<&'a adressbote_rules::mask::FieldMask>) -> Names<'a> {
        Names { view: self.profile.view(), user_columns: self.profile.user_columns(), known }
    }
}

/// Loads the profile that the configuration names: a folder if there is a `/` in it, else one that is part of the program.
///
/// # Errors
/// Every mistake found in its files.
pub fn load_profile(name: &str) -> Result<Profile, ProfileErrors> {
    if name.contains('/') { Profile::load(Path::new(name)) } else { Profile::embedded(name) }
}

/// Opens the CRM's database, with the password that the configuration names.
///
/// # Errors
/// When the password cannot be read, or the database not be opened.
pub async fn open_crm(config: &CrmConfig) -> Result<CrmSource, AppError> {
    Ok(CrmSource::open(&config.address()?, Patience::default()).await?)
}

fn open_book(profile: &Profile, name: String, config: BookConfig) -> Result<OpenBook, AppError> {
    let names = Names { view: profile.view(), user_columns: profile.user_columns(), known: None };
    let parse =
        |what: &'static str, text: &String| Filter::parse(text, names).map_err(|source| AppError::BookFilter { book: name.clone(), what, source });
    let mapping = Mapping::new(profile.mapping(), profile.view());
    let rules = Book {
        name: name.clone(),
        cap: config.cap.get(),
        caps: config.caps.iter().map(|(holder, cap)| (Principal::new(holder), cap.get())).collect(),
        bound: config.bound.as_ref().map(|text| parse("bound", text)).transpose()?,
        default_filter: config.default_filter.as_ref().map(|text| parse("default_filter", text)).transpose()?,
        suppressions: config.suppressions.iter().map(|text| parse("suppressions", text)).collect::<Result<_, _>>()?,
        is_pinned: config.pinned,
        mapping: mapping.map_err(|source| AppError::Mapping { profile: profile.name().to_owned(), source: Box::new(source) })?,
    };
    Ok(OpenBook { key: BookKey::new(&name), config, rules })
}
