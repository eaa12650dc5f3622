//! Requests about contact folders. New ones stand below the default contacts folder; Graph offers no other place.

use adressbote_rules::digest::Digest;
use serde_json::json;

use super::encode::{literal, segment, value};
use super::{Call, Method, Request};
use crate::graph::id::{FolderId, MailboxId, Place};
use crate::graph::mark::{self, FOLDER_MARK};

/// Creates a folder with our mark on it.
pub fn create_folder(mailbox: &MailboxId, name: &str, mark: &Digest) -> Request {
    let body = json!({ "displayName": name, "singleValueExtendedProperties": mark::written(FOLDER_MARK, mark) });
    Request::of_mailbox(Call::CreateFolder, Method::Post, folders_of(mailbox)).with_body(body)
}

/// Reads a folder and its mark.
pub fn get_folder(mailbox: &MailboxId, place: &Place) -> Request {
    let url = format!("{}/{}?$expand={}", folders_of(mailbox), segment(place.segment()), mark_expanded());
    Request::of_mailbox(Call::GetFolder, Method::Get, url)
}

/// Lists the folders below the default contacts folder with their marks. The default folder itself is not among them.
pub fn folders(mailbox: &MailboxId) -> Request {
    Request::of_pages(Call::ListFolders, format!("{}?$expand={}", folders_of(mailbox), mark_expanded()))
}

/// Lists the folders below a folder with their marks.
pub fn subfolders(mailbox: &MailboxId, folder: &FolderId) -> Request {
    let url = format!("{}/{}/childFolders?$expand={}", folders_of(mailbox), segment(folder.as_str()), mark_expanded());
    Request::of_pages(Call::ListFolders, url)
}

/// Moves a folder with everything in it to Deleted Items; from there, away.
pub fn delete_folder(mailbox: &MailboxId, folder: &FolderId) -> Request {
    let url = format!("{}/{}", folders_of(mailbox), segment(folder.as_str()));
    Request::of_mailbox(Call::DeleteFolder, Method::Delete, url)
}

fn mark_expanded() -> String {
    value(&format!("singleValueExtendedProperties($filter=id eq {})", literal(FOLDER_MARK)))
}

fn folders_of(mailbox: &MailboxId) -> String {
    format!("/users/{}/contactFolders", segment(mailbox.as_str()))
}
