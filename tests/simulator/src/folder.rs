//! Contact folders.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::ask::Ask;
use crate::call::Answer;
use crate::error::Refusal;
use crate::extended;
use crate::filter::{Expr, Subject};
use crate::id;
use crate::mailbox::{Folder, FolderKind, Mailbox, Unsaved};

const TYPE: &str = "microsoft.graph.contactFolder";
const LONGEST_NAME: usize = 255;

impl Subject for Folder {
    fn value(&self, path: &str) -> Value {
        match path.to_ascii_lowercase().as_str() {
            "id" => json!(self.id),
            "displayname" => json!(self.name),
            "parentfolderid" => json!(self.parent),
            _ => Value::Null,
        }
    }

    fn extended(&self, id: &str) -> Option<String> {
        self.extended.get(id).cloned()
    }
}

/// The folder of this id.
pub(crate) fn find<'m>(mailbox: &'m Mailbox, id: &str) -> Result<&'m Folder, Refusal> {
    match mailbox.folder(id) {
        Some(folder) => Ok(folder),
        None if id::is_well_formed(id) => Err(Refusal::item_not_found()),
        None => Err(Refusal::malformed_id()),
    }
}

/// `GET …/contactFolders` (v1.0 leaves the default folder out) and `GET …/childFolders`.
pub(crate) fn list(mailbox: &Mailbox, above: Option<&str>, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let parent = above_or_default(mailbox, above)?;
    check(ask)?;
    let expanded = expansion(ask)?;
    let filter = filter(ask)?;
    let mut found: Vec<&Folder> = mailbox.children(&parent).filter(|folder| !folder.is_hidden).collect();
    found.retain(|folder| filter.as_ref().is_none_or(|filter| filter.holds(*folder)));
    found.sort_by_key(|folder| (folder.name.to_lowercase(), folder.id.clone()));
    if ask.query.orderby.iter().any(|(_, falls)| *falls) {
        found.reverse();
    }
    let stretch = ask.stretch()?;
    let shown = found.iter().skip(stretch.from).take(stretch.size).map(|folder| show(folder, ask, &expanded)).collect();
    let has_more = found.len() > stretch.from.saturating_add(stretch.size);
    let mut page = ask.page(&format!("users('{}')/contactFolders", mailbox.user), stretch, shown, has_more);
    if ask.query.count {
        page.insert("@odata.count".to_owned(), json!(found.len()));
    }
    Ok(Answer::ok(Value::Object(page)))
}

/// `POST …/contactFolders` and `POST …/childFolders`.
pub(crate) fn create(mailbox: &mut Mailbox, above: Option<&str>, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let parent = above_or_default(mailbox, above)?;
    let (name, properties) = read(ask.call.object()?.as_ref())?;
    let name = name.ok_or_else(|| Refusal::new(400, "ErrorInvalidRequest", "A folder needs a displayName."))?;
    let mut extended = BTreeMap::new();
    extended::apply(&mut extended, properties);
    let id = add(mailbox, &parent, &name, extended)?;
    let folder = find(mailbox, &id)?;
    Ok(Answer::created(entity(folder, mailbox, ask, &[])))
}

/// Makes a folder below `parent`; its name must be free there.
pub(crate) fn add(mailbox: &mut Mailbox, parent: &str, name: &str, extended: BTreeMap<String, String>) -> Result<String, Refusal> {
    check_free(mailbox, parent, name, "")?;
    let id = id::folder(&mailbox.user, &format!("made {}", mailbox.counters.next_folder));
    mailbox.counters.next_folder += 1;
    mailbox.unsaved.push(Unsaved::Counters);
    mailbox.put_folder(Folder {
        id: id.clone(),
        name: name.to_owned(),
        parent: parent.to_owned(),
        kind: FolderKind::Made,
        is_hidden: false,
        extended,
        usn: 0,
        contacts: BTreeSet::new(),
        changes: BTreeMap::new(),
    });
    Ok(id)
}

/// `GET …/contactFolders/{id}`.
pub(crate) fn get(mailbox: &Mailbox, id: &str, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let folder = find(mailbox, id)?;
    check(ask)?;
    Ok(Answer::ok(entity(folder, mailbox, ask, &expansion(ask)?)))
}

/// `PATCH …/contactFolders/{id}`: another name, other extended properties.
pub(crate) fn patch(mailbox: &mut Mailbox, id: &str, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let mut folder = find(mailbox, id)?.clone();
    let (name, properties) = read(ask.call.object()?.as_ref())?;
    if let Some(name) = name.filter(|name| *name != folder.name) {
        if folder.kind != FolderKind::Made {
            return Err(Refusal::new(403, "ErrorAccessDenied", "A distinguished folder cannot be renamed."));
        }
        check_free(mailbox, &folder.parent, &name, &folder.id)?;
        folder.name = name;
    }
    extended::apply(&mut folder.extended, properties);
    let id = folder.id.clone();
    mailbox.put_folder(folder);
    Ok(ask.changed(entity(find(mailbox, &id)?, mailbox, ask, &[])))
}

/// `DELETE …/contactFolders/{id}`: into Deleted Items, and from there away.
pub(crate) fn delete(mailbox: &mut Mailbox, id: &str, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let id = made(mailbox, id)?;
    ask.check_match(&id::change_key(&mailbox.user, mailbox.folders.get(&id).map_or(0, |folder| folder.usn)))?;
    drop_folder(mailbox, &id, ask.now);
    Ok(Answer::nothing())
}

/// `POST …/contactFolders/{id}/permanentDelete`: the folder and its contacts are gone.
pub(crate) fn delete_for_good(mailbox: &mut Mailbox, id: &str) -> Result<Answer, Refusal> {
    let id = made(mailbox, id)?;
    for folder in mailbox.subtree(&id) {
        for key in mailbox.folders.get(&folder).map(|f| f.contacts.clone()).unwrap_or_default() {
            mailbox.remove(key);
        }
        mailbox.folder_left(&folder);
        mailbox.remove_folder(&folder);
    }
    Ok(Answer::nothing())
}

/// Moves a folder into Deleted Items; one that lies there already is emptied and removed.
pub(crate) fn drop_folder(mailbox: &mut Mailbox, id: &str, now: chrono::DateTime<chrono::Utc>) {
    let (deleted_items, deletions) = (mailbox.known(FolderKind::DeletedItems), mailbox.known(FolderKind::Deletions));
    if mailbox.is_below(id, &deleted_items) {
        for folder in mailbox.subtree(id) {
            for key in mailbox.folders.get(&folder).map(|f| f.contacts.clone()).unwrap_or_default() {
                mailbox.move_to(key, &deletions, now);
            }
            mailbox.remove_folder(&folder);
        }
        return;
    }
    for folder in mailbox.subtree(id) {
        mailbox.folder_left(&folder);
    }
    if let Some(mut folder) = mailbox.folders.get(id).cloned() {
        folder.parent = deleted_items;
        mailbox.put_folder(folder);
    }
}

/// The id of a folder that may be deleted.
fn made(mailbox: &Mailbox, id: &str) -> Result<String, Refusal> {
    let folder = find(mailbox, id)?;
    if folder.kind == FolderKind::Made {
        return Ok(folder.id.clone());
    }
    Err(Refusal::new(403, "ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted."))
}

fn above_or_default(mailbox: &Mailbox, above: Option<&str>) -> Result<String, Refusal> {
    match above {
        Some(id) => find(mailbox, id).map(|folder| folder.id.clone()),
        None => Ok(mailbox.known(FolderKind::Contacts)),
    }
}

/// Refuses a name that another folder below `parent` has; hidden folders count too.
pub(crate) fn check_free(mailbox: &Mailbox, parent: &str, name: &str, except: &str) -> Result<(), Refusal> {
    let mut others = mailbox.children(parent).filter(|folder| folder.id != except);
    if others.any(|folder| folder.name.to_lowercase() == name.to_lowercase()) {
        return Err(Refusal::new(409, "ErrorFolderExists", "A folder with the specified name already exists."));
    }
    Ok(())
}

type Changes = Vec<(String, Option<String>)>;

/// Reads a body: the name and the extended properties it sets.
fn read(body: &Map<String, Value>) -> Result<(Option<String>, Changes), Refusal> {
    let (mut name, mut properties) = (None, Vec::new());
    for (key, value) in body.iter().filter(|(key, _)| !key.contains('@')) {
        match (key.as_str(), value) {
            ("displayName", Value::String(text)) if !text.trim().is_empty() && text.encode_utf16().count() <= LONGEST_NAME => {
                name = Some(text.clone())
            }
            ("displayName", Value::String(_) | Value::Null) => {
                return Err(Refusal::invalid("The folder's displayName is empty or too long."));
            }
            ("displayName", _) => {
                return Err(Refusal::unreadable_body("were unable to deserialize 'displayName': a value of type Edm.String was expected."));
            }
            ("id" | "parentFolderId", _) => {}
            ("singleValueExtendedProperties", value) => properties = extended::read(value)?,
            ("multiValueExtendedProperties" | "contacts" | "childFolders", _) => {
                return Err(Refusal::not_simulated(key));
            }
            _ => {
                return Err(Refusal::new(
                    400,
                    "RequestBodyRead",
                    format!(
                        "The property '{key}' does not exist on type '{TYPE}'. Make sure to only use property names that are defined by the type."
                    ),
                ));
            }
        }
    }
    Ok((name, properties))
}

fn check(ask: &Ask<'_>) -> Result<(), Refusal> {
    ask.query.check_select(TYPE, |name| {
        ["id", "displayname", "parentfolderid", "singlevalueextendedproperties", "*"].contains(&name.to_ascii_lowercase().as_str())
    })?;
    if ask.query.search {
        return Err(Refusal::new(400, "ErrorInvalidUrlQuery", "The query parameter '$search' is not supported for contactFolders."));
    }
    match ask.query.orderby.iter().find(|(path, _)| !path.eq_ignore_ascii_case("displayName")) {
        Some((path, _)) => Err(Refusal::bad_request(format!("Could not find a property named '{path}' on type '{TYPE}' to order by."))),
        None => Ok(()),
    }
}

fn filter(ask: &Ask<'_>) -> Result<Option<Expr>, Refusal> {
    let Some(filter) = ask.query.filter.clone().map(extended::lower).transpose()? else {
        return Ok(None);
    };
    let mut wrong = None;
    filter.leaves(&mut |leaf| match leaf {
        Expr::Extended { .. } => {}
        Expr::Compare { path, .. } | Expr::Text { path, .. }
            if ["displayname", "id", "parentfolderid"].contains(&path.to_ascii_lowercase().as_str()) => {}
        Expr::Compare { path, .. } | Expr::Text { path, .. } | Expr::Any { path, .. } => wrong = Some(path.clone()),
        _ => {}
    });
    match wrong {
        Some(path) => Err(Refusal::new(400, "RequestBroker--ParseUri", format!("Could not find a property named '{path}' on type '{TYPE}'."))),
        None => Ok(Some(filter)),
    }
}

/// The extended properties to show.
fn expansion(ask: &Ask<'_>) -> Result<Vec<String>, Refusal> {
    let mut ids = Vec::new();
    for (name, options) in &ask.query.expand {
        match name.to_ascii_lowercase().as_str() {
            "singlevalueextendedproperties" => ids.extend(extended::expanded(options)?),
            "childfolders" | "contacts" | "multivalueextendedproperties" => {
                return Err(Refusal::not_simulated(&format!("$expand={name} on folders")));
            }
            _ => {
                return Err(Refusal::bad_request(format!(
                    "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type '{TYPE}'."
                )));
            }
        }
    }
    Ok(ids)
}

/// A folder as an item of a list.
pub(crate) fn show(folder: &Folder, ask: &Ask<'_>, expanded: &[String]) -> Value {
    let mut shown = Map::new();
    shown.insert("id".to_owned(), json!(folder.id));
    for (name, value) in [("displayName", &folder.name), ("parentFolderId", &folder.parent)] {
        if ask.query.selects(name) {
            shown.insert(name.to_owned(), json!(value));
        }
    }
    if let Some(properties) = extended::shown(&folder.extended, expanded) {
        shown.insert("singleValueExtendedProperties".to_owned(), properties);
    }
    Value::Object(shown)
}

fn entity(folder: &Folder, mailbox: &Mailbox, ask: &Ask<'_>, expanded: &[String]) -> Value {
    let mut shown = show(folder, ask, expanded);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("@odata.context".to_owned(), json!(ask.context(&format!("users('{}')/contactFolders/$entity", mailbox.user))));
    }
    shown
}
