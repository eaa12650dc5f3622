//! One mailbox: its folders, its contacts and the indexes that find them, kept by one function per kind of change.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id;
use crate::property::Fields;

/// What a folder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FolderKind {
    /// Made by the user or an app.
    Made,
    /// The default folder "Contacts".
    Contacts,
    /// "Deleted Items", where deleted contacts and folders lie.
    DeletedItems,
    /// Deleted from Deleted Items: recoverable, invisible to clients.
    Deletions,
    /// Deleted for good: kept for a hold only, invisible to clients.
    Purges,
}

/// A folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Folder {
    pub id: String,
    pub name: String,
    /// The id of the folder above.
    pub parent: String,
    pub kind: FolderKind,
    /// Not listed, yet its name is taken.
    pub is_hidden: bool,
    pub extended: BTreeMap<String, String>,
    /// The number of its last change in the mailbox.
    pub usn: u64,
    #[serde(skip)]
    pub contacts: BTreeSet<u64>,
    /// What happened to its contacts, by number of change: only the last of each.
    #[serde(skip)]
    pub changes: BTreeMap<u64, Change>,
}

/// One entry of a folder's history.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// The contact of this key was made or changed.
    Contact(u64),
    Left(Left),
}

/// A contact that is no longer in a folder, by both its ids.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Left {
    pub usn: u64,
    pub id: String,
    pub immutable: String,
}

/// A contact.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Contact {
    pub key: u64,
    pub id: String,
    pub immutable: String,
    pub folder: String,
    pub moves: u32,
    pub usn: u64,
    pub created: DateTime<Utc>,
    pub modified: DateTime<Utc>,
    pub fields: Fields,
    pub extended: BTreeMap<String, String>,
    /// Folders it was moved out of: their delta by immutable id never shows it again.
    pub left: BTreeSet<String>,
}

/// A contact's picture.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Photo {
    pub mime: String,
    /// The bytes, base64.
    pub bytes: String,
}

/// A colour category of the mailbox's list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Category {
    pub id: String,
    pub name: String,
    pub color: String,
}

/// What the journal has not seen yet.
#[derive(Debug, Clone)]
pub(crate) enum Unsaved {
    Folder(String),
    FolderGone(String),
    Contact(u64),
    ContactGone(u64),
    Photo(u64),
    Left(String, Left),
    FolderLeft(u64, String),
    Category(Category),
    Counters,
}

/// The counters of a mailbox, which never go back.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Counters {
    /// The number of the last change.
    pub usn: u64,
    pub next_contact: u64,
    pub next_folder: u64,
    /// Delta links of another generation are unknown.
    pub generation: u32,
}

/// A mailbox.
#[derive(Debug)]
pub(crate) struct Mailbox {
    pub user: String,
    pub counters: Counters,
    pub folders: BTreeMap<String, Folder>,
    pub contacts: BTreeMap<u64, Contact>,
    pub photos: BTreeMap<u64, Photo>,
    pub categories: Vec<Category>,
    /// Folders that left the tree below Contacts.
    pub folders_left: BTreeMap<u64, String>,
    pub unsaved: Vec<Unsaved>,
    by_id: HashMap<String, u64>,
    by_extended: HashMap<(String, String), BTreeSet<u64>>,
}

impl Mailbox {
    /// A new mailbox with its well-known folders.
    pub(crate) fn new(user: &str) -> Self {
        let mut mailbox = Self::empty(user);
        let known = [
            (FolderKind::Contacts, "Contacts", "msgfolderroot"),
            (FolderKind::DeletedItems, "Deleted Items", "msgfolderroot"),
            (FolderKind::Deletions, "Deletions", "recoverableitemsroot"),
            (FolderKind::Purges, "Purges", "recoverableitemsroot"),
        ];
        for (kind, name, parent) in known {
            mailbox.put_folder(Folder {
                id: mailbox.known(kind),
                name: name.to_owned(),
                parent: id::folder(user, parent),
                kind,
                is_hidden: false,
                extended: BTreeMap::new(),
                usn: 0,
                contacts: BTreeSet::new(),
                changes: BTreeMap::new(),
            });
        }
        mailbox
    }

    /// A mailbox to be filled from a journal.
    pub(crate) fn empty(user: &str) -> Self {
        Self {
            user: user.to_owned(),
            counters: Counters::default(),
            folders: BTreeMap::new(),
            contacts: BTreeMap::new(),
            photos: BTreeMap::new(),
            categories: Vec::new(),
            folders_left: BTreeMap::new(),
            unsaved: vec![Unsaved::Counters],
            by_id: HashMap::new(),
            by_extended: HashMap::new(),
        }
    }

    /// The id of a well-known folder.
    pub(crate) fn known(&self, kind: FolderKind) -> String {
        id::folder(
            &self.user,
            match kind {
                FolderKind::Contacts => "contacts",
                FolderKind::DeletedItems => "deleteditems",
                FolderKind::Deletions => "recoverableitemsdeletions",
                FolderKind::Purges | FolderKind::Made => "recoverableitemspurges",
            },
        )
    }

    /// The folder a client may address by this id, or by the well-known name `contacts`.
    pub(crate) fn folder(&self, id: &str) -> Option<&Folder> {
        let found = if id.eq_ignore_ascii_case("contacts") { self.folders.get(&self.known(FolderKind::Contacts)) } else { self.folders.get(id) };
        found.filter(|folder| !matches!(folder.kind, FolderKind::Deletions | FolderKind::Purges))
    }

    /// The contact a client may see under this id, regular or immutable.
    pub(crate) fn contact(&self, id: &str) -> Option<&Contact> {
        let contact = self.contacts.get(self.by_id.get(id)?)?;
        self.folder(&contact.folder).map(|_| contact)
    }

    /// The keys of the contacts whose extended property has this value.
    pub(crate) fn with_extended(&self, id: &str, value: &str) -> Option<&BTreeSet<u64>> {
        self.by_extended.get(&(id.to_owned(), value.to_lowercase()))
    }

    /// The folders directly below `parent`.
    pub(crate) fn children<'m>(&'m self, parent: &'m str) -> impl Iterator<Item = &'m Folder> {
        self.folders.values().filter(move |folder| folder.parent == parent && folder.kind == FolderKind::Made)
    }

    /// Whether a folder lies below `above`.
    pub(crate) fn is_below(&self, folder: &str, above: &str) -> bool {
        let mut at = folder;
        for _ in 0..64 {
            match self.folders.get(at) {
                Some(_) if at == above => return true,
                Some(folder) => at = &folder.parent,
                None => return false,
            }
        }
        false
    }

    /// A folder's subtree, itself first.
    pub(crate) fn subtree(&self, folder: &str) -> Vec<String> {
        self.folders.keys().filter(|id| self.is_below(id, folder)).cloned().collect()
    }

    /// Gives a contact its ids and puts it into a folder.
    pub(crate) fn create(&mut self, folder: &str, fields: Fields, extended: BTreeMap<String, String>, now: DateTime<Utc>) -> u64 {
        let key = self.counters.next_contact;
        self.counters.next_contact += 1;
        self.put(Contact {
            key,
            id: id::item(&self.user, key, 0),
            immutable: id::immutable(&self.user, key),
            folder: folder.to_owned(),
            moves: 0,
            usn: 0,
            created: now,
            modified: now,
            fields,
            extended,
            left: BTreeSet::new(),
        });
        key
    }

    /// Stores a new or changed contact as the mailbox's next change. In another folder than before it gets a new regular id.
    pub(crate) fn put(&mut self, mut contact: Contact) {
        if let Some(old) = self.contacts.get(&contact.key).cloned()
            && old.folder != contact.folder
        {
            let left = Left { usn: self.next_usn(), id: old.id, immutable: old.immutable };
            self.unsaved.push(Unsaved::Left(old.folder.clone(), left.clone()));
            contact.left.insert(old.folder.clone());
            contact.moves += 1;
            contact.id = id::item(&self.user, contact.key, contact.moves);
            self.load_left(&old.folder, left);
        }
        contact.usn = self.next_usn();
        self.unsaved.push(Unsaved::Contact(contact.key));
        self.load_contact(contact);
    }

    /// Moves a contact; `false` if there is none of this key.
    pub(crate) fn move_to(&mut self, key: u64, folder: &str, now: DateTime<Utc>) -> bool {
        let Some(mut contact) = self.contacts.get(&key).cloned() else {
            return false;
        };
        folder.clone_into(&mut contact.folder);
        contact.modified = now;
        self.put(contact);
        true
    }

    /// Takes a contact out of the mailbox without a trace.
    pub(crate) fn remove(&mut self, key: u64) {
        self.forget_contact(key);
        self.photos.remove(&key);
        self.unsaved.push(Unsaved::ContactGone(key));
    }

    /// Stores a new or changed folder as the mailbox's next change.
    pub(crate) fn put_folder(&mut self, mut folder: Folder) {
        folder.usn = self.next_usn();
        self.unsaved.push(Unsaved::Folder(folder.id.clone()));
        self.load_folder(folder);
    }

    /// Notes that a folder is no longer below Contacts.
    pub(crate) fn folder_left(&mut self, id: &str) {
        let usn = self.next_usn();
        self.folders_left.insert(usn, id.to_owned());
        self.unsaved.push(Unsaved::FolderLeft(usn, id.to_owned()));
    }

    /// Removes an empty folder.
    pub(crate) fn remove_folder(&mut self, id: &str) {
        self.folders.remove(id);
        self.unsaved.push(Unsaved::FolderGone(id.to_owned()));
    }

    fn next_usn(&mut self) -> u64 {
        self.counters.usn += 1;
        self.counters.usn
    }

    /// Puts a folder where it belongs, without counting it as a change.
    pub(crate) fn load_folder(&mut self, mut folder: Folder) {
        self.counters.usn = self.counters.usn.max(folder.usn);
        if let Some(old) = self.folders.remove(&folder.id) {
            folder.contacts = old.contacts;
            folder.changes = old.changes;
        }
        self.folders.insert(folder.id.clone(), folder);
    }

    /// Puts a contact and its index entries where they belong, without counting it as a change.
    pub(crate) fn load_contact(&mut self, contact: Contact) {
        self.forget_contact(contact.key);
        self.counters.usn = self.counters.usn.max(contact.usn);
        self.counters.next_contact = self.counters.next_contact.max(contact.key + 1);
        for id in [&contact.id, &contact.immutable] {
            self.by_id.insert(id.clone(), contact.key);
        }
        for (id, value) in &contact.extended {
            self.by_extended.entry((id.clone(), value.to_lowercase())).or_default().insert(contact.key);
        }
        if let Some(folder) = self.folders.get_mut(&contact.folder) {
            folder.contacts.insert(contact.key);
            folder.changes.insert(contact.usn, Change::Contact(contact.key));
        }
        self.contacts.insert(contact.key, contact);
    }

    /// Adds an entry to a folder's history.
    pub(crate) fn load_left(&mut self, folder: &str, left: Left) {
        self.counters.usn = self.counters.usn.max(left.usn);
        if let Some(folder) = self.folders.get_mut(folder) {
            folder.changes.insert(left.usn, Change::Left(left));
        }
    }

    /// Takes a contact and its index entries away.
    pub(crate) fn forget_contact(&mut self, key: u64) {
        let Some(old) = self.contacts.remove(&key) else {
            return;
        };
        for id in [&old.id, &old.immutable] {
            self.by_id.remove(id);
        }
        for (id, value) in old.extended {
            let entry = (id, value.to_lowercase());
            if let Some(keys) = self.by_extended.get_mut(&entry) {
                keys.remove(&key);
                if keys.is_empty() {
                    self.by_extended.remove(&entry);
                }
            }
        }
        if let Some(folder) = self.folders.get_mut(&old.folder) {
            folder.contacts.remove(&key);
            folder.changes.remove(&old.usn);
        }
    }
}
