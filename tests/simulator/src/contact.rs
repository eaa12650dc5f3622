//! Contacts: made, read, listed, changed, deleted.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::ask::Ask;
use crate::call::Answer;
use crate::clock::stamp;
use crate::error::Refusal;
use crate::extended;
use crate::filter::{Expr, Op, Subject};
use crate::folder;
use crate::id;
use crate::mailbox::{Contact, Folder, FolderKind, Mailbox};
use crate::naming;
use crate::property::{self, Fields, Kind, PROPERTIES};

const TYPE: &str = "microsoft.graph.contact";
const EXTENDED: &str = "singleValueExtendedProperties";

impl Subject for Contact {
    fn value(&self, path: &str) -> Value {
        let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let Some((name, kind)) = PROPERTIES.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)) else {
            return Value::Null;
        };
        let value = property_value(self, name, *kind);
        rest.map_or_else(|| value.clone(), |rest| value.value(rest))
    }

    fn extended(&self, id: &str) -> Option<String> {
        self.extended.get(id).cloned()
    }
}

fn property_value(contact: &Contact, name: &str, kind: Kind) -> Value {
    match name {
        "parentFolderId" => json!(contact.folder),
        "createdDateTime" => json!(stamp(contact.created)),
        "lastModifiedDateTime" => json!(stamp(contact.modified)),
        _ => contact.fields.shown(name, kind),
    }
}

/// The contact of this id; with a folder in the path it must lie in it.
pub(crate) fn find<'m>(mailbox: &'m Mailbox, folder: Option<&str>, id: &str) -> Result<&'m Contact, Refusal> {
    let within = folder.map(|folder| folder::find(mailbox, folder)).transpose()?;
    match mailbox.contact(id) {
        Some(contact) if within.is_none_or(|folder| folder.id == contact.folder) => Ok(contact),
        None if !id::is_well_formed(id) => Err(Refusal::malformed_id()),
        _ => Err(Refusal::item_not_found()),
    }
}

/// The folder of a path, the default one if it names none.
pub(crate) fn folder_of<'m>(mailbox: &'m Mailbox, folder: Option<&str>) -> Result<&'m Folder, Refusal> {
    folder::find(mailbox, folder.unwrap_or("contacts"))
}

/// `POST …/contacts`.
pub(crate) fn create(mailbox: &mut Mailbox, folder: Option<&str>, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let folder = folder_of(mailbox, folder)?.id.clone();
    let body = ask.call.object()?;
    let key = add(mailbox, &folder, &body, ask.now)?;
    let contact = mailbox.contacts.get(&key).ok_or_else(Refusal::item_not_found)?;
    let location = format!("{}/users/{}/contacts/{}", ask.call.base, mailbox.user, crate::percent::encode(shown_id(contact, ask)));
    Ok(Answer::created(entity(contact, mailbox, ask, &[])).with("Location", location).preferring(ask.prefer))
}

/// Makes a contact out of a body.
pub(crate) fn add(mailbox: &mut Mailbox, folder: &str, body: &Map<String, Value>, now: chrono::DateTime<chrono::Utc>) -> Result<u64, Refusal> {
    let (mut fields, mut properties) = (Fields::default(), BTreeMap::new());
    write(&mut fields, &mut properties, body)?;
    Ok(mailbox.create(folder, fields, properties, now))
}

/// Writes a body into fields and extended properties; nothing is to be kept if it fails.
pub(crate) fn write(fields: &mut Fields, properties: &mut BTreeMap<String, String>, body: &Map<String, Value>) -> Result<(), Refusal> {
    if let Some(value) = body.get(EXTENDED) {
        extended::apply(properties, extended::read(value)?);
    }
    for name in ["multiValueExtendedProperties", "extensions", "photo"] {
        if body.contains_key(name) {
            return Err(Refusal::not_simulated(&format!("'{name}' in the body of a contact")));
        }
    }
    let named = fields.apply(body)?;
    if !named.is_empty() {
        naming::generate(fields, &named);
    }
    Ok(())
}

/// `GET …/contacts/{id}`.
pub(crate) fn get(mailbox: &Mailbox, folder: Option<&str>, id: &str, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let contact = find(mailbox, folder, id)?;
    check(ask)?;
    Ok(Answer::ok(entity(contact, mailbox, ask, &expansion(ask)?)).preferring(ask.prefer))
}

/// `PATCH …/contacts/{id}`.
pub(crate) fn patch(mailbox: &mut Mailbox, folder: Option<&str>, id: &str, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let mut contact = find(mailbox, folder, id)?.clone();
    ask.check_match(&id::change_key(&mailbox.user, contact.usn))?;
    let body = ask.call.object()?;
    write(&mut contact.fields, &mut contact.extended, &body)?;
    contact.modified = ask.now;
    let key = contact.key;
    mailbox.put(contact);
    let contact = mailbox.contacts.get(&key).ok_or_else(Refusal::item_not_found)?;
    Ok(ask.changed(entity(contact, mailbox, ask, &[])))
}

/// `DELETE …/contacts/{id}`: into Deleted Items, and from there out of sight.
pub(crate) fn delete(mailbox: &mut Mailbox, folder: Option<&str>, id: &str, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let contact = find(mailbox, folder, id)?;
    ask.check_match(&id::change_key(&mailbox.user, contact.usn))?;
    let key = contact.key;
    drop_contact(mailbox, key, ask.now);
    Ok(Answer::nothing())
}

/// Moves a contact into Deleted Items; one that lies below it already, out of sight.
pub(crate) fn drop_contact(mailbox: &mut Mailbox, key: u64, now: chrono::DateTime<chrono::Utc>) {
    let deleted_items = mailbox.known(FolderKind::DeletedItems);
    let lies_there = mailbox.contacts.get(&key).is_some_and(|contact| mailbox.is_below(&contact.folder, &deleted_items));
    let to = if lies_there { mailbox.known(FolderKind::Deletions) } else { deleted_items };
    mailbox.move_to(key, &to, now);
}

/// `POST …/contacts/{id}/permanentDelete`: into Purges, which no client sees.
pub(crate) fn delete_for_good(mailbox: &mut Mailbox, folder: Option<&str>, id: &str, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let key = find(mailbox, folder, id)?.key;
    let purges = mailbox.known(FolderKind::Purges);
    mailbox.move_to(key, &purges, ask.now);
    Ok(Answer::nothing())
}

/// `GET …/contacts`: one folder's, never the whole mailbox's.
pub(crate) fn list(mailbox: &Mailbox, folder: Option<&str>, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let folder = folder_of(mailbox, folder)?;
    check(ask)?;
    let expanded = expansion(ask)?;
    let found = matching(mailbox, folder, ask)?;
    let stretch = ask.stretch()?;
    let shown = found.iter().skip(stretch.from).take(stretch.size).map(|contact| show(contact, mailbox, ask, &expanded)).collect();
    let has_more = found.len() > stretch.from.saturating_add(stretch.size);
    let mut page = ask.page(&format!("users('{}')/contacts", mailbox.user), stretch, shown, has_more);
    if ask.query.count {
        page.insert("@odata.count".to_owned(), json!(found.len()));
    }
    Ok(Answer::ok(Value::Object(page)).preferring(ask.prefer))
}

/// `GET …/contacts/$count`.
pub(crate) fn count(mailbox: &Mailbox, folder: Option<&str>, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let folder = folder_of(mailbox, folder)?;
    Ok(Answer::text(matching(mailbox, folder, ask)?.len().to_string()))
}

/// The contacts of a folder that the filter lets through, in the order asked for.
fn matching<'m>(mailbox: &'m Mailbox, folder: &'m Folder, ask: &Ask<'_>) -> Result<Vec<&'m Contact>, Refusal> {
    let filter = filter(ask)?;
    let by_index = filter.as_ref().and_then(indexed).map(|(id, value)| mailbox.with_extended(id, value));
    let keys: Vec<u64> = match by_index {
        Some(keys) => keys.into_iter().flatten().copied().filter(|key| folder.contacts.contains(key)).collect(),
        None => folder.contacts.iter().copied().collect(),
    };
    let mut found: Vec<&Contact> = keys.iter().filter_map(|key| mailbox.contacts.get(key)).collect();
    found.retain(|contact| filter.as_ref().is_none_or(|filter| filter.holds(*contact)));
    for (path, falls) in ask.query.orderby.iter().rev() {
        found.sort_by_cached_key(|contact| contact.value(path).as_str().unwrap_or_default().to_lowercase());
        if *falls {
            found.reverse();
        }
    }
    Ok(found)
}

/// The extended property that a filter needs in any case, so that the index can answer.
fn indexed(filter: &Expr) -> Option<(&str, &str)> {
    match filter {
        Expr::And(a, b) => indexed(a).or_else(|| indexed(b)),
        Expr::Extended { id, op: Op::Eq, value } if id.starts_with("String ") => Some((id, value)),
        _ => None,
    }
}

fn check(ask: &Ask<'_>) -> Result<(), Refusal> {
    ask.query.check_select(TYPE, |name| property::is_selectable(name) || name.eq_ignore_ascii_case(EXTENDED))?;
    if ask.query.search {
        return Err(Refusal::new(400, "ErrorInvalidUrlQuery", "The query parameter '$search' is not supported for contacts."));
    }
    match ask.query.orderby.iter().find(|(path, _)| !has(path)) {
        Some((path, _)) => Err(no_property(path)),
        None => Ok(()),
    }
}

fn has(path: &str) -> bool {
    let name = path.split('/').next().unwrap_or_default();
    property::is_selectable(name)
}

fn no_property(path: &str) -> Refusal {
    Refusal::new(400, "RequestBroker--ParseUri", format!("Could not find a property named '{path}' on type '{TYPE}'."))
}

fn filter(ask: &Ask<'_>) -> Result<Option<Expr>, Refusal> {
    let Some(filter) = ask.query.filter.clone().map(extended::lower).transpose()? else {
        return Ok(None);
    };
    let mut wrong = None;
    filter.leaves(&mut |leaf| {
        let refusal = match leaf {
            Expr::Compare { path, .. } | Expr::Text { path, .. } => (!has(path)).then(|| no_property(path)),
            Expr::Any { path, var, inner } => (!is_address(path, var, inner.as_deref())).then(|| {
                Refusal::new(400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes: collections of a contact are searched by emailAddresses/any(a:a/address eq '…') only.")
            }),
            _ => None,
        };
        wrong = wrong.take().or(refusal);
    });
    wrong.map_or(Ok(Some(filter)), Err)
}

/// `emailAddresses/any(a:a/address eq '…')`, the one search in a collection that is allowed.
fn is_address(path: &str, var: &str, inner: Option<&Expr>) -> bool {
    let Some(Expr::Compare { path: inner, op: Op::Eq, .. }) = inner else {
        return false;
    };
    path.eq_ignore_ascii_case("emailAddresses") && inner.strip_prefix(var) == Some("/address")
}

/// The extended properties to show.
pub(crate) fn expansion(ask: &Ask<'_>) -> Result<Vec<String>, Refusal> {
    let mut ids = Vec::new();
    for (name, options) in &ask.query.expand {
        match name.to_ascii_lowercase().as_str() {
            "singlevalueextendedproperties" => ids.extend(extended::expanded(options)?),
            "photo" | "extensions" | "multivalueextendedproperties" => {
                return Err(Refusal::not_simulated(&format!("$expand={name} on contacts")));
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

/// The id a client gets to see: the one that survives moves only if it prefers that.
fn shown_id<'m>(contact: &'m Contact, ask: &Ask<'_>) -> &'m str {
    if ask.prefer.immutable { &contact.immutable } else { &contact.id }
}

/// A contact as an item of a list.
pub(crate) fn show(contact: &Contact, mailbox: &Mailbox, ask: &Ask<'_>, expanded: &[String]) -> Value {
    let change_key = id::change_key(&mailbox.user, contact.usn);
    let mut shown = Map::new();
    shown.insert("@odata.etag".to_owned(), json!(format!("W/\"{change_key}\"")));
    shown.insert("id".to_owned(), json!(shown_id(contact, ask)));
    for (name, kind) in PROPERTIES.iter().filter(|(name, _)| ask.query.selects(name)) {
        let value = if *name == "changeKey" { json!(change_key) } else { property_value(contact, name, *kind) };
        shown.insert((*name).to_owned(), value);
    }
    if let Some(properties) = extended::shown(&contact.extended, expanded) {
        shown.insert(EXTENDED.to_owned(), properties);
    }
    Value::Object(shown)
}

fn entity(contact: &Contact, mailbox: &Mailbox, ask: &Ask<'_>, expanded: &[String]) -> Value {
    let mut shown = show(contact, mailbox, ask, expanded);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("@odata.context".to_owned(), json!(ask.context(&format!("users('{}')/contacts/$entity", mailbox.user))));
    }
    shown
}
