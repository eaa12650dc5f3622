//! Delta: what changed in a folder since the last link, in pages.
//!
//! A link holds the number of the last change it has shown, so nothing is kept per client and every link can be asked again.

use std::ops::Bound;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::ask::Ask;
use crate::call::Answer;
use crate::contact;
use crate::error::Refusal;
use crate::folder;
use crate::mailbox::{Change, Folder, FolderKind, Mailbox};

/// What a link carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Token {
    mailbox: String,
    folder: String,
    /// The last change shown.
    since: u64,
    /// Up to this change the first round runs: what left before is not told.
    first_until: u64,
    generation: u32,
    /// `$select` and `$expand` of the first call, which count for all.
    select: Option<Vec<String>>,
    expand: Vec<String>,
}

impl Token {
    fn write(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn read(text: &str, mailbox: &Mailbox, folder: &str) -> Result<Self, Refusal> {
        let found: Option<Self> = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let here = |token: &Self| {
            token.mailbox == mailbox.user
                && token.folder == folder
                && token.generation == mailbox.counters.generation
                && token.since <= mailbox.counters.usn
        };
        found.filter(here).ok_or_else(|| {
            let generation = mailbox.counters.generation;
            Refusal::new(
                410,
                "SyncStateNotFound",
                format!("The sync state generation is not found; generation={};[highest={generation}]", generation.saturating_sub(1)),
            )
        })
    }
}

/// `GET …/contacts/delta`.
pub(crate) fn contacts(mailbox: &Mailbox, folder: Option<&str>, mut ask: Ask<'_>) -> Result<Answer, Refusal> {
    let folder = mailbox.folder(folder.unwrap_or("contacts")).ok_or_else(sync_folder_not_found)?;
    check(&ask)?;
    let token = begin(mailbox, &folder.id, &mut ask)?;
    let size = ask.stretch()?.size.max(1);
    let first_until = token.first_until;
    let is_first = |usn: u64| usn <= first_until;
    let view = View { mailbox, folder, expand: &token.expand.clone(), ask: &ask };
    let mut items = Vec::new();
    let mut last = token.since;
    for (usn, change) in folder.changes.range((Bound::Excluded(token.since), Bound::Unbounded)) {
        if items.len() == size {
            return Ok(finish(mailbox, &ask, items, Token { since: last, ..token }, Link::Next));
        }
        items.extend(view.show(change, is_first(*usn)));
        last = *usn;
    }
    let since = mailbox.counters.usn;
    Ok(finish(mailbox, &ask, items, Token { since, ..token }, Link::Delta))
}

/// A folder's history as one client sees it.
struct View<'v> {
    mailbox: &'v Mailbox,
    folder: &'v Folder,
    expand: &'v [String],
    ask: &'v Ask<'v>,
}

impl View<'_> {
    /// One entry, if the client sees it; in the first round it sees what is there, not what left.
    fn show(&self, change: &Change, is_first: bool) -> Option<Value> {
        let is_immutable = self.ask.prefer.immutable;
        match change {
            Change::Left(_) if is_first => None,
            Change::Left(left) => Some(removed(if is_immutable { &left.immutable } else { &left.id })),
            Change::Contact(key) => {
                let contact = self.mailbox.contacts.get(key)?;
                // A known fault of Exchange: by immutable id, a contact that came back into a folder never shows up again.
                let came_back = contact.left.contains(&self.folder.id) && is_immutable && !is_first;
                (!came_back).then(|| contact::show(contact, self.mailbox, self.ask, self.expand))
            }
        }
    }
}

/// `GET …/contactFolders/delta`: the folders below Contacts.
pub(crate) fn folders(mailbox: &Mailbox, mut ask: Ask<'_>) -> Result<Answer, Refusal> {
    check(&ask)?;
    let token = begin(mailbox, "contactFolders", &mut ask)?;
    let contacts = mailbox.known(FolderKind::Contacts);
    let below = |folder: &&Folder| folder.kind == FolderKind::Made && !folder.is_hidden && mailbox.is_below(&folder.id, &contacts);
    let mut changes: Vec<(u64, Value)> = mailbox.folders.values().filter(below).map(|f| (f.usn, folder::show(f, &ask, &token.expand))).collect();
    changes.extend(mailbox.folders_left.iter().filter(|(usn, _)| **usn > token.first_until).map(|(usn, id)| (*usn, removed(id))));
    changes.retain(|(usn, _)| *usn > token.since);
    changes.sort_by_key(|(usn, _)| *usn);
    let size = ask.stretch()?.size.max(1);
    let has_more = changes.len() > size;
    changes.truncate(size);
    let last = changes.last().map_or(token.since, |(usn, _)| *usn);
    let (since, link) = if has_more { (last, Link::Next) } else { (mailbox.counters.usn, Link::Delta) };
    let items = changes.into_iter().map(|(_, item)| item).collect();
    Ok(finish(mailbox, &ask, items, Token { since, ..token }, link))
}

#[derive(Clone, Copy)]
enum Link {
    Next,
    Delta,
}

/// The token of the call, or a new one; what the first call selected is put into `ask`.
fn begin(mailbox: &Mailbox, folder: &str, ask: &mut Ask<'_>) -> Result<Token, Refusal> {
    let given = ask.query.skip_token.clone().or_else(|| ask.query.delta_token.clone());
    let token = match given {
        Some(text) => Token::read(&text, mailbox, folder)?,
        None => Token {
            mailbox: mailbox.user.clone(),
            folder: folder.to_owned(),
            since: 0,
            first_until: mailbox.counters.usn,
            generation: mailbox.counters.generation,
            select: ask.query.select.clone(),
            expand: contact::expansion(ask)?,
        },
    };
    ask.query.select.clone_from(&token.select);
    Ok(token)
}

fn finish(mailbox: &Mailbox, ask: &Ask<'_>, items: Vec<Value>, token: Token, link: Link) -> Answer {
    let (name, option) = match link {
        Link::Next => ("@odata.nextLink", "$skiptoken"),
        Link::Delta => ("@odata.deltaLink", "$deltatoken"),
    };
    let mut page = Map::new();
    let kind = if token.folder == "contactFolders" { "Collection(contactFolder)" } else { "Collection(contact)" };
    page.insert("@odata.context".to_owned(), json!(ask.context(&format!("{kind}/$delta"))));
    page.insert(name.to_owned(), json!(format!("{}{}?{option}={}", ask.call.base, ask.path, token.write())));
    page.insert("value".to_owned(), Value::Array(items));
    debug_assert_eq!(token.mailbox, mailbox.user);
    Answer::ok(Value::Object(page)).preferring(ask.prefer)
}

fn removed(id: &str) -> Value {
    json!({"id": id, "@removed": {"reason": "deleted"}})
}

fn sync_folder_not_found() -> Refusal {
    Refusal::new(404, "ErrorSyncFolderNotFound", "The folder to be synchronized was not found.")
}

/// Only `$select` and the page size are options of the first call.
fn check(ask: &Ask<'_>) -> Result<(), Refusal> {
    let query = &ask.query;
    let expands = !query.expand.is_empty() && !ask.behaviour.delta_expands;
    let named = [
        ("$filter", query.filter.is_some()),
        ("$orderby", !query.orderby.is_empty()),
        ("$search", query.search),
        ("$skip", query.skip > 0),
        ("$expand", expands),
    ];
    match named.iter().find(|(_, is_used)| *is_used) {
        Some((name, _)) => Err(Refusal::new(
            400,
            "ErrorInvalidUrlQuery",
            format!("The following parameters are not supported with change tracking over this resource: '{name}'."),
        )),
        None => Ok(()),
    }
}
