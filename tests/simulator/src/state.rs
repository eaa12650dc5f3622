//! Everything the simulator remembers: tenant, app, users, groups, mailboxes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id;
use crate::mailbox::Mailbox;

/// A tenant and the key that signs its tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Tenant {
    pub id: String,
    pub domain: String,
    pub token_key: String,
    /// How far the simulator's clock was moved ahead.
    pub clock_ahead_s: i64,
}

/// An app registration with its credentials and granted roles.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct App {
    pub id: String,
    pub name: String,
    pub secrets: Vec<Secret>,
    pub certificates: Vec<Certificate>,
    pub roles: BTreeSet<String>,
    pub is_disabled: bool,
    /// Tokens of another generation are refused.
    pub token_generation: u32,
    /// Exchange's own roles: for these mailboxes the app needs no consent.
    pub exchange: Option<ExchangeScope>,
}

/// A client secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Secret {
    pub value: String,
    pub is_expired: bool,
}

/// A registered certificate, by its two thumbprints.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Certificate {
    /// base64url of SHA-256 and of SHA-1 over the DER form.
    pub sha256: String,
    pub sha1: String,
    /// The RSA public key (PKCS#1 DER), base64.
    pub key: String,
}

/// Roles that Exchange grants for some mailboxes only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeScope {
    /// Such as `Contacts.ReadWrite`.
    pub roles: BTreeSet<String>,
    /// Object ids of the users whose mailboxes are in scope.
    pub users: BTreeSet<String>,
}

/// What kind of mailbox a user has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A person's mailbox.
    #[default]
    User,
    /// A shared mailbox.
    Shared,
    /// A room.
    Room,
    /// Equipment.
    Equipment,
}

impl Purpose {
    pub(crate) fn graph(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Shared => "shared",
            Self::Room => "room",
            Self::Equipment => "equipment",
        }
    }
}

/// A user of the directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub id: String,
    pub upn: String,
    pub mail: Option<String>,
    pub proxies: Vec<String>,
    pub display_name: String,
    pub given_name: Option<String>,
    pub surname: Option<String>,
    pub job_title: Option<String>,
    pub department: Option<String>,
    pub is_enabled: bool,
    pub is_guest: bool,
    pub has_mailbox: bool,
    pub purpose: Purpose,
    /// An application access policy keeps apps out of the mailbox.
    pub is_policy_denied: bool,
    pub created: DateTime<Utc>,
}

/// A group; members are ids of users and groups.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Group {
    pub id: String,
    pub name: String,
    pub members: Vec<String>,
}

/// What the journal has not seen yet, beside the mailboxes' own lists.
#[derive(Debug, Clone)]
pub(crate) enum Unsaved {
    Tenant,
    App(String),
    User(String),
    UserGone(String),
    Group(String),
}

/// The whole.
#[derive(Debug)]
pub(crate) struct State {
    pub tenant: Tenant,
    pub apps: BTreeMap<String, App>,
    pub users: BTreeMap<String, User>,
    pub groups: BTreeMap<String, Group>,
    pub mailboxes: HashMap<String, Mailbox>,
    pub unsaved: Vec<Unsaved>,
    /// Mailboxes with unsaved changes.
    pub touched: BTreeSet<String>,
    by_upn: HashMap<String, String>,
}

impl State {
    /// A tenant without anything in it.
    pub(crate) fn new(domain: &str) -> Self {
        let tenant =
            Tenant { id: id::directory(domain), domain: domain.to_owned(), token_key: format!("{}{}", id::fresh(), id::fresh()), clock_ahead_s: 0 };
        Self::of(tenant)
    }

    /// A known tenant without anything in it.
    pub(crate) fn of(tenant: Tenant) -> Self {
        Self {
            tenant,
            apps: BTreeMap::new(),
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            mailboxes: HashMap::new(),
            unsaved: vec![Unsaved::Tenant],
            touched: BTreeSet::new(),
            by_upn: HashMap::new(),
        }
    }

    /// Stores a new or changed user; a new one gets an empty mailbox, though he may not be licensed for it.
    pub(crate) fn put_user(&mut self, user: User) {
        self.unsaved.push(Unsaved::User(user.id.clone()));
        if !self.mailboxes.contains_key(&user.id) {
            self.mailboxes.insert(user.id.clone(), Mailbox::new(&user.id));
            self.touched.insert(user.id.clone());
        }
        self.load_user(user);
    }

    /// Puts a user and his index entry where they belong.
    pub(crate) fn load_user(&mut self, user: User) {
        if let Some(old) = self.users.get(&user.id) {
            self.by_upn.remove(&old.upn.to_lowercase());
        }
        self.by_upn.insert(user.upn.to_lowercase(), user.id.clone());
        self.users.insert(user.id.clone(), user);
    }

    /// Takes a user out of the directory, with his mailbox and his memberships.
    pub(crate) fn delete_user(&mut self, id: &str) {
        if let Some(user) = self.users.remove(id) {
            self.by_upn.remove(&user.upn.to_lowercase());
        }
        self.mailboxes.remove(id);
        self.touched.remove(id);
        for group in self.groups.values_mut().filter(|group| group.members.iter().any(|m| m == id)) {
            group.members.retain(|member| member != id);
            self.unsaved.push(Unsaved::Group(group.id.clone()));
        }
        self.unsaved.push(Unsaved::UserGone(id.to_owned()));
    }

    /// The user of an object id or of a user principal name.
    pub(crate) fn user(&self, given: &str) -> Option<&User> {
        self.users.get(&given.to_ascii_lowercase()).or_else(|| self.users.get(self.by_upn.get(&given.to_lowercase())?))
    }

    /// A mailbox for writing; the change is noted for the journal.
    pub(crate) fn mailbox_mut(&mut self, user: &str) -> Option<&mut Mailbox> {
        let mailbox = self.mailboxes.get_mut(user)?;
        self.touched.insert(user.to_owned());
        Some(mailbox)
    }
}
