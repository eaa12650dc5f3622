//! The state file: one JSON line for each thing that changed, written before the answer leaves; compacted at start.
//!
//! A line holds the whole new value of one thing, so reading is replacing. A last line without its end is the trace of a process
//! that was killed while writing: its answer was never sent, so it is left out.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::mailbox::{self, Category, Change, Contact, Counters, Folder, Left, Mailbox, Photo};
use crate::state::{App, Group, State, Tenant, Unsaved, User};

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Tenant(Tenant),
    App(App),
    User(User),
    UserGone(String),
    Group(Group),
    Counters(String, Counters),
    Folder(String, Folder),
    FolderGone(String, String),
    Contact(String, Contact),
    ContactGone(String, u64),
    Photo(String, u64, Photo),
    Category(String, Category),
    Left(String, String, Left),
    FolderLeft(String, u64, String),
}

/// An open state file.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
}

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be read or written.
    #[error("state file {path} cannot be used")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A line in it is not ours.
    #[error("state file {path}, line {line} is not one of the simulator's; give another file or remove this one")]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What was wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

impl Journal {
    /// Reads a state file if there is one.
    pub(crate) fn read(path: &Path) -> Result<Option<State>, JournalError> {
        let failed = |source| JournalError::File { path: path.to_owned(), source };
        let mut reader = match File::open(path) {
            Ok(file) => BufReader::new(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let (mut state, mut text, mut number) = (None, Vec::new(), 0);
        loop {
            text.clear();
            number += 1;
            if reader.read_until(b'\n', &mut text).map_err(failed)? == 0 || text.pop_if(|end| *end == b'\n').is_none() {
                return Ok(state);
            }
            let line = serde_json::from_slice(&text).map_err(|source| JournalError::Line { path: path.to_owned(), line: number, source })?;
            take(&mut state, line);
        }
    }

    /// Writes the whole state to a new file, puts it in the old one's place and keeps it open for what follows.
    pub(crate) fn start(path: &Path, state: &State) -> Result<Self, JournalError> {
        let failed = |source| JournalError::File { path: path.to_owned(), source };
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let new = path.with_file_name(name);
        let mut writer = BufWriter::new(File::create(&new).map_err(failed)?);
        snapshot(state, &mut |line| write_line(&mut writer, line)).map_err(failed)?;
        writer.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)?;
        fs::rename(&new, path).map_err(failed)?;
        let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
        Ok(Self { file })
    }

    /// Writes what changed since the last call, in one piece.
    pub(crate) fn save(&mut self, state: &mut State) -> io::Result<()> {
        let mut buffer = Vec::new();
        drain(state, &mut |line| write_line(&mut buffer, line))?;
        if buffer.is_empty() { Ok(()) } else { self.file.write_all(&buffer) }
    }
}

/// Forgets what changed, where there is no file.
pub(crate) fn discard(state: &mut State) {
    state.unsaved.clear();
    for user in std::mem::take(&mut state.touched) {
        if let Some(mailbox) = state.mailboxes.get_mut(&user) {
            mailbox.unsaved.clear();
        }
    }
}

fn write_line(to: &mut impl Write, line: &Line) -> io::Result<()> {
    serde_json::to_writer(&mut *to, line)?;
    to.write_all(b"\n")
}

fn drain(state: &mut State, write: &mut dyn FnMut(&Line) -> io::Result<()>) -> io::Result<()> {
    for unsaved in std::mem::take(&mut state.unsaved) {
        let line = match unsaved {
            Unsaved::Tenant => Some(Line::Tenant(state.tenant.clone())),
            Unsaved::App(id) => state.apps.get(&id).cloned().map(Line::App),
            Unsaved::User(id) => state.users.get(&id).cloned().map(Line::User),
            Unsaved::UserGone(id) => Some(Line::UserGone(id)),
            Unsaved::Group(id) => state.groups.get(&id).cloned().map(Line::Group),
        };
        line.iter().try_for_each(&mut *write)?;
    }
    for user in std::mem::take(&mut state.touched) {
        if let Some(mailbox) = state.mailboxes.get_mut(&user) {
            for unsaved in std::mem::take(&mut mailbox.unsaved) {
                mailbox_line(mailbox, unsaved).iter().try_for_each(&mut *write)?;
            }
        }
    }
    Ok(())
}

fn mailbox_line(mailbox: &Mailbox, unsaved: mailbox::Unsaved) -> Option<Line> {
    let user = mailbox.user.clone();
    Some(match unsaved {
        mailbox::Unsaved::Counters => Line::Counters(user, mailbox.counters.clone()),
        mailbox::Unsaved::Folder(id) => Line::Folder(user, mailbox.folders.get(&id)?.clone()),
        mailbox::Unsaved::FolderGone(id) => Line::FolderGone(user, id),
        mailbox::Unsaved::Contact(key) => Line::Contact(user, mailbox.contacts.get(&key)?.clone()),
        mailbox::Unsaved::ContactGone(key) => Line::ContactGone(user, key),
        mailbox::Unsaved::Photo(key) => Line::Photo(user, key, mailbox.photos.get(&key)?.clone()),
        mailbox::Unsaved::Category(category) => Line::Category(user, category),
        mailbox::Unsaved::Left(folder, left) => Line::Left(user, folder, left),
        mailbox::Unsaved::FolderLeft(usn, folder) => Line::FolderLeft(user, usn, folder),
    })
}

fn snapshot(state: &State, write: &mut dyn FnMut(&Line) -> io::Result<()>) -> io::Result<()> {
    write(&Line::Tenant(state.tenant.clone()))?;
    state.apps.values().try_for_each(|app| write(&Line::App(app.clone())))?;
    state.groups.values().try_for_each(|group| write(&Line::Group(group.clone())))?;
    for user in state.users.values() {
        write(&Line::User(user.clone()))?;
        let Some(mailbox) = state.mailboxes.get(&user.id) else {
            continue;
        };
        write(&Line::Counters(user.id.clone(), mailbox.counters.clone()))?;
        mailbox.folders.values().try_for_each(|folder| write(&Line::Folder(user.id.clone(), folder.clone())))?;
        mailbox.contacts.values().try_for_each(|contact| write(&Line::Contact(user.id.clone(), contact.clone())))?;
        mailbox.photos.iter().try_for_each(|(key, photo)| write(&Line::Photo(user.id.clone(), *key, photo.clone())))?;
        mailbox.categories.iter().try_for_each(|category| write(&Line::Category(user.id.clone(), category.clone())))?;
        for (folder, change) in mailbox.folders.values().flat_map(|folder| folder.changes.values().map(|change| (&folder.id, change))) {
            if let Change::Left(left) = change {
                write(&Line::Left(user.id.clone(), folder.clone(), left.clone()))?;
            }
        }
        mailbox.folders_left.iter().try_for_each(|(usn, folder)| write(&Line::FolderLeft(user.id.clone(), *usn, folder.clone())))?;
    }
    Ok(())
}

fn take(state: &mut Option<State>, line: Line) {
    if let Line::Tenant(tenant) = line {
        match state {
            None => *state = Some(State::of(tenant)),
            Some(state) => state.tenant = tenant,
        }
        return;
    }
    let Some(state) = state else { return };
    match line {
        Line::Tenant(_) => {}
        Line::App(app) => drop(state.apps.insert(app.id.clone(), app)),
        Line::User(user) => state.load_user(user),
        Line::UserGone(id) => state.delete_user(&id),
        Line::Group(group) => drop(state.groups.insert(group.id.clone(), group)),
        Line::Counters(user, counters) => mailbox_of(state, &user).counters = counters,
        Line::Folder(user, folder) => mailbox_of(state, &user).load_folder(folder),
        Line::FolderGone(user, id) => drop(mailbox_of(state, &user).folders.remove(&id)),
        Line::Contact(user, contact) => mailbox_of(state, &user).load_contact(contact),
        Line::ContactGone(user, key) => {
            let mailbox = mailbox_of(state, &user);
            mailbox.forget_contact(key);
            mailbox.photos.remove(&key);
        }
        Line::Photo(user, key, photo) => drop(mailbox_of(state, &user).photos.insert(key, photo)),
        Line::Category(user, category) => mailbox_of(state, &user).categories.push(category),
        Line::Left(user, folder, left) => mailbox_of(state, &user).load_left(&folder, left),
        Line::FolderLeft(user, usn, folder) => {
            let mailbox = mailbox_of(state, &user);
            mailbox.counters.usn = mailbox.counters.usn.max(usn);
            mailbox.folders_left.insert(usn, folder);
        }
    }
}

fn mailbox_of<'s>(state: &'s mut State, user: &str) -> &'s mut Mailbox {
    state.mailboxes.entry(user.to_owned()).or_insert_with(|| Mailbox::empty(user))
}
