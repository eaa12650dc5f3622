//! The marks on what is ours in a mailbox: two named properties of one fixed set, one on contacts, one on the folder.
//!
//! INVARIANT: these names never change. Exchange keeps a small number of named properties per mailbox, and a contact whose marker is
//! not found is taken for the user's own.

use adressbote_rules::digest::Digest;
use serde_json::{Value, json};

/// The extended property that holds a contact's marker: a keyed digest over installation, mailbox, book and record.
pub const CONTACT_MARKER: &str = "String {b9f0c1a4-6d0e-4c57-9a5e-3f1d2c8e7a60} Name AdressboteMarker";

/// The extended property that holds a folder's mark: a keyed digest over installation, mailbox and book.
pub const FOLDER_MARK: &str = "String {b9f0c1a4-6d0e-4c57-9a5e-3f1d2c8e7a60} Name AdressboteFolder";

/// The extended property as it is sent with a new contact or folder.
pub(crate) fn written(property: &str, digest: &Digest) -> Value {
    json!([{ "id": property, "value": digest.to_string() }])
}

/// The digest that an answer carries in `property`; none when the item bears no such mark, or one that we never write.
pub(crate) fn read(property: &str, item: &Value) -> Option<Digest> {
    let all = item.get("singleValueExtendedProperties")?.as_array()?;
    let ours = all.iter().find(|one| one.get("id").and_then(Value::as_str).is_some_and(|id| same_property(id, property)))?;
    parse(ours.get("value")?.as_str()?)
}

/// Whether two extended property ids are the same: the name is case-sensitive, the GUID and the keywords are not.
fn same_property(left: &str, right: &str) -> bool {
    let name = |id: &str| id.rsplit(' ').next().map(str::to_owned);
    left.eq_ignore_ascii_case(right) && name(left) == name(right)
}

/// Reads a digest as it is printed: 32 hexadecimal digits.
fn parse(text: &str) -> Option<Digest> {
    let mut bytes = [0; 16];
    if text.len() != 32 || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(Digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_back_as_written() {
        let digest = Digest(*b"0123456789abcdef");
        let item = json!({ "singleValueExtendedProperties": written(CONTACT_MARKER, &digest) });
        assert_eq!(read(CONTACT_MARKER, &item), Some(digest));
        assert_eq!(read(FOLDER_MARK, &item), None);
    }

    #[test]
    fn a_guid_in_other_case_is_the_same_property_but_a_name_is_not() {
        let digest = Digest([7; 16]);
        let upper = CONTACT_MARKER.replace("b9f0c1a4", "B9F0C1A4");
        assert_eq!(read(CONTACT_MARKER, &json!({ "singleValueExtendedProperties": written(&upper, &digest) })), Some(digest));
        let other = CONTACT_MARKER.replace("AdressboteMarker", "adressbotemarker");
        assert_eq!(read(CONTACT_MARKER, &json!({ "singleValueExtendedProperties": written(&other, &digest) })), None);
    }

    #[test]
    fn what_we_never_write_is_no_mark() {
        for value in ["", "42", "zz112233445566778899aabbccddeeff", "+1112233445566778899aabbccddeef", "ä0112233445566778899aabbccddeeff"] {
            let item = json!({ "singleValueExtendedProperties": [{ "id": CONTACT_MARKER, "value": value }] });
            assert_eq!(read(CONTACT_MARKER, &item), None, "{value}");
        }
    }
}
