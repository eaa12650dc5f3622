//! The opaque ids of Exchange items: base64url with padding, case-sensitive, to be percent-encoded in paths.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use ring::digest;
use uuid::Uuid;

/// The id a folder keeps for life.
pub(crate) fn folder(mailbox: &str, name: &str) -> String {
    opaque("AAMkAG", &[mailbox, "folder", name])
}

/// The regular id of a contact, another one after each move.
pub(crate) fn item(mailbox: &str, key: u64, moves: u32) -> String {
    opaque("AAMkAG", &[mailbox, "item", &key.to_string(), &moves.to_string()])
}

/// The id of a contact that survives moves.
pub(crate) fn immutable(mailbox: &str, key: u64) -> String {
    opaque("AAkALg", &[mailbox, "immutable", &key.to_string()])
}

/// The version of an item, as `changeKey` and inside its tag.
pub(crate) fn change_key(mailbox: &str, usn: u64) -> String {
    let hash = digest::digest(&digest::SHA256, mailbox.as_bytes());
    let mut bytes: Vec<u8> = hash.as_ref().iter().copied().take(8).collect();
    bytes.extend_from_slice(&usn.to_be_bytes());
    format!("EQAAABYAAAB{}", STANDARD.encode(bytes))
}

/// Whether a text can be an item id at all; a shortened one cannot.
pub(crate) fn is_well_formed(id: &str) -> bool {
    let alphabet = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'=');
    (id.starts_with("AAMk") || id.starts_with("AAkA")) && id.len() >= 40 && id.bytes().all(alphabet)
}

/// A directory id that is the same in every run.
pub(crate) fn directory(name: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_DNS, format!("{name}.simulator.example").as_bytes()).to_string()
}

/// A fresh id.
pub(crate) fn fresh() -> String {
    Uuid::new_v4().to_string()
}

fn opaque(prefix: &str, parts: &[&str]) -> String {
    let mut context = digest::Context::new(&digest::SHA512);
    for part in parts {
        context.update(part.as_bytes());
        context.update(&[0]);
    }
    format!("{prefix}{}", URL_SAFE.encode(context.finish()))
}
