//! Requests about contacts. A contact is addressed by its immutable id alone: it answers wherever the user moved it.

use adressbote_rules::digest::Digest;
use adressbote_rules::key::ContactId;
use adressbote_rules::property::{Properties, Property};
use serde_json::{Map, Value};

use super::encode::{literal, segment, value};
use super::{Call, Method, Request};
use crate::graph::id::{MailboxId, Place};
use crate::graph::mark::{self, CONTACT_MARKER};

/// The body of a contact: the properties given, and the marker when it is a new one.
/// An emptied property must be given with what empties it (`Property::empty`): Graph leaves alone what is missing.
fn body_of<'a>(values: impl IntoIterator<Item = (Property, &'a Value)>, marker: Option<&Digest>) -> Value {
    let mut body: Map<String, Value> = values.into_iter().map(|(property, value)| (property.name().to_owned(), value.clone())).collect();
    if let Some(marker) = marker {
        body.insert("singleValueExtendedProperties".to_owned(), mark::written(CONTACT_MARKER, marker));
    }
    Value::Object(body)
}

/// Creates a contact. The marker goes with it in the same request, so that no contact of ours ever stands without one.
pub(crate) fn create_contact<'a>(
    mailbox: &MailboxId,
    place: &Place,
    marker: &Digest,
    values: impl IntoIterator<Item = (Property, &'a Value)>,
) -> Request {
    Request::of_mailbox(Call::CreateContact, Method::Post, contacts_in(mailbox, place)).with_body(body_of(values, Some(marker)))
}

/// Writes the given properties of a contact of ours. `displayName` must be among them: Exchange makes one up otherwise.
pub(crate) fn patch_contact<'a>(mailbox: &MailboxId, contact: &ContactId, values: impl IntoIterator<Item = (Property, &'a Value)>) -> Request {
    Request::of_mailbox(Call::PatchContact, Method::Patch, contact_at(mailbox, contact)).with_body(body_of(values, None))
}

/// Takes a contact away for good: it does not pass through Deleted Items.
pub fn purge_contact(mailbox: &MailboxId, contact: &ContactId) -> Request {
    let url = format!("{}/permanentDelete", contact_at(mailbox, contact));
    Request::of_mailbox(Call::PurgeContact, Method::Post, url)
}

/// Moves a contact to Deleted Items: for clouds without `permanentDelete`.
pub fn delete_contact(mailbox: &MailboxId, contact: &ContactId) -> Request {
    Request::of_mailbox(Call::DeleteContact, Method::Delete, contact_at(mailbox, contact))
}

/// Asks whether a contact is there and in which folder, without any of its contents.
pub fn whereabouts(mailbox: &MailboxId, contact: &ContactId) -> Request {
    let url = format!("{}?$select=id,parentFolderId", contact_at(mailbox, contact));
    Request::of_mailbox(Call::GetContact, Method::Get, url)
}

/// Reads the given properties of a contact of ours, and where it stands.
pub fn get_contact(mailbox: &MailboxId, contact: &ContactId, properties: &Properties) -> Request {
    let names: Vec<&str> = ["id", "parentFolderId"].into_iter().chain(properties.iter().map(|one| one.name())).collect();
    let url = format!("{}?$select={}", contact_at(mailbox, contact), names.join(","));
    Request::of_mailbox(Call::GetContact, Method::Get, url)
}

/// Looks in one folder for the contact that bears `marker`.
pub fn find_marked(mailbox: &MailboxId, place: &Place, marker: &Digest) -> Request {
    let filter =
        format!("singleValueExtendedProperties/Any(ep: ep/id eq {} and ep/value eq {})", literal(CONTACT_MARKER), literal(&marker.to_string()));
    let url = format!("{}?$filter={}&$select=id,parentFolderId", contacts_in(mailbox, place), value(&filter));
    Request::of_pages(Call::FindContact, url)
}

/// Lists ids and markers of a folder. Of the contacts that are not ours nothing but the id is asked for.
pub fn contacts_marked(mailbox: &MailboxId, place: &Place) -> Request {
    let url = format!("{}?$select=id,parentFolderId&$expand={}", contacts_in(mailbox, place), marker_expanded());
    Request::of_pages(Call::ListContacts, url)
}

fn marker_expanded() -> String {
    value(&format!("singleValueExtendedProperties($filter=id eq {})", literal(CONTACT_MARKER)))
}

fn contacts_in(mailbox: &MailboxId, place: &Place) -> String {
    let mailbox = segment(mailbox.as_str());
    match place {
        Place::Default => format!("/users/{mailbox}/contacts"),
        Place::Folder(folder) => format!("/users/{mailbox}/contactFolders/{}/contacts", segment(folder.as_str())),
    }
}

fn contact_at(mailbox: &MailboxId, contact: &ContactId) -> String {
    format!("/users/{}/contacts/{}", segment(mailbox.as_str()), segment(contact.as_str()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::graph::id::FolderId;

    fn mailbox() -> MailboxId {
        MailboxId::new("6d1e")
    }

    #[test]
    fn a_new_contact_carries_its_marker_and_asks_for_immutable_ids() {
        let name = json!("Ada Beispiel");
        let request = create_contact(&mailbox(), &Place::Folder(FolderId::new("AQMk=")), &Digest([0x0a; 16]), [(Property::DisplayName, &name)]);
        assert_eq!(
            request.transcript(),
            "POST /users/6d1e/contactFolders/AQMk%3D/contacts\n\
             Prefer: IdType=\"ImmutableId\"\n\
             Content-Type: application/json\n\
             {\n  \"displayName\": \"Ada Beispiel\",\n  \"singleValueExtendedProperties\": [\n    {\n      \"id\": \
             \"String {b9f0c1a4-6d0e-4c57-9a5e-3f1d2c8e7a60} Name AdressboteMarker\",\n      \"value\": \
             \"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a\"\n    }\n  ]\n}\n"
        );
        assert!(!request.call.is_repeatable());
    }

    #[test]
    fn neither_display_nor_debug_shows_contents() {
        let name = json!("Ada Beispiel");
        let request = patch_contact(&mailbox(), &ContactId::new("c1"), [(Property::DisplayName, &name)]);
        assert_eq!(format!("{request} | {request:?}"), "PATCH /users/6d1e/contacts/c1 | PATCH /users/6d1e/contacts/c1 [\"displayName\"]");
    }

    #[test]
    fn a_listing_asks_for_no_contents() {
        let request = contacts_marked(&mailbox(), &Place::Default);
        assert_eq!(
            request.url,
            "/users/6d1e/contacts?$select=id,parentFolderId&$expand=singleValueExtendedProperties($filter=id%20eq%20\
             'String%20%7Bb9f0c1a4-6d0e-4c57-9a5e-3f1d2c8e7a60%7D%20Name%20AdressboteMarker')"
        );
    }
}
