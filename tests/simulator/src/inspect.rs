//! A look inside: what stands in mailboxes, whoever may see it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::clock::stamp;
use crate::id;
use crate::mailbox::{Contact, Folder, FolderKind, Mailbox};
use crate::property::PROPERTIES;
use crate::state::{State, User};
use crate::throttle::Traffic;

/// A mailbox with all there is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MailboxView {
    /// Object id of its user.
    pub user: String,
    /// His principal name.
    pub user_principal_name: String,
    /// Every folder, the default one first, those clients cannot see last.
    pub folders: Vec<FolderView>,
}

/// A folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FolderView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The id of the folder above.
    pub parent: String,
    /// What it is for.
    pub kind: FolderKind,
    /// Whether it lies in Deleted Items.
    pub is_deleted: bool,
    /// All extended properties, by their canonical ids.
    pub extended: BTreeMap<String, String>,
    /// Its contacts, the oldest first.
    pub contacts: Vec<ContactView>,
}

/// A contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContactView {
    /// The regular id.
    pub id: String,
    /// The id that survives moves.
    pub immutable_id: String,
    /// The version.
    pub change_key: String,
    /// When it was made.
    pub created: String,
    /// When it was last changed.
    pub modified: String,
    /// The properties that are set, in Graph's form.
    pub fields: Map<String, Value>,
    /// All extended properties, by their canonical ids.
    pub extended: BTreeMap<String, String>,
}

impl MailboxView {
    /// Whether there is no contact and no folder beside the well-known ones.
    pub fn is_empty(&self) -> bool {
        self.folders.iter().all(|folder| folder.kind != FolderKind::Made && folder.contacts.is_empty())
    }

    /// The folder of this name that is not deleted.
    pub fn folder(&self, name: &str) -> Option<&FolderView> {
        self.folders.iter().find(|folder| folder.name == name && !folder.is_deleted)
    }

    /// The well-known folder of this kind.
    pub fn known(&self, kind: FolderKind) -> Option<&FolderView> {
        self.folders.iter().find(|folder| folder.kind == kind)
    }
}

/// A user in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// Object id.
    pub id: String,
    /// Principal name.
    #[serde(rename = "userPrincipalName")]
    pub user_principal_name: String,
}

/// What was counted for a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrafficView {
    /// The calling app.
    pub app: String,
    /// Object id of the mailbox's user.
    pub mailbox: String,
    /// The counters.
    #[serde(flatten)]
    pub traffic: Traffic,
}

/// Shows a mailbox.
pub(crate) fn mailbox(state: &State, given: &str) -> Option<MailboxView> {
    let user = state.user(given)?;
    let mailbox = state.mailboxes.get(&user.id)?;
    let mut folders: Vec<&Folder> = mailbox.folders.values().collect();
    let rank = |folder: &Folder| match folder.kind {
        FolderKind::Contacts => 0,
        FolderKind::Made => 1,
        FolderKind::DeletedItems => 2,
        FolderKind::Deletions | FolderKind::Purges => 3,
    };
    folders.sort_by_key(|folder| (rank(folder), folder.name.clone(), folder.id.clone()));
    let folders = folders.into_iter().map(|folder| folder_view(mailbox, folder)).collect();
    Some(MailboxView { user: user.id.clone(), user_principal_name: user.upn.clone(), folders })
}

fn folder_view(mailbox: &Mailbox, folder: &Folder) -> FolderView {
    let is_deleted = folder.kind != FolderKind::DeletedItems && mailbox.is_below(&folder.id, &mailbox.known(FolderKind::DeletedItems));
    FolderView {
        id: folder.id.clone(),
        name: folder.name.clone(),
        parent: folder.parent.clone(),
        kind: folder.kind,
        is_deleted,
        extended: folder.extended.clone(),
        contacts: folder.contacts.iter().filter_map(|key| mailbox.contacts.get(key)).map(|contact| contact_view(mailbox, contact)).collect(),
    }
}

fn contact_view(mailbox: &Mailbox, contact: &Contact) -> ContactView {
    let mut fields = contact.fields.values.clone();
    for (name, kind) in PROPERTIES.iter().filter(|(name, _)| *name == "emailAddresses") {
        let emails = contact.fields.shown(name, *kind);
        if emails != json!([]) {
            fields.insert((*name).to_owned(), emails);
        }
    }
    ContactView {
        id: contact.id.clone(),
        immutable_id: contact.immutable.clone(),
        change_key: id::change_key(&mailbox.user, contact.usn),
        created: stamp(contact.created),
        modified: stamp(contact.modified),
        fields,
        extended: contact.extended.clone(),
    }
}

/// All users in short.
pub(crate) fn users(state: &State) -> Vec<UserView> {
    let view = |user: &User| UserView { id: user.id.clone(), user_principal_name: user.upn.clone() };
    let mut users: Vec<UserView> = state.users.values().map(view).collect();
    users.sort_by(|a, b| a.user_principal_name.cmp(&b.user_principal_name));
    users
}
