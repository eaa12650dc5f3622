//! Requests about users and their mailboxes.

use std::borrow::Cow;

use super::encode::{literal, segment, value};
use super::{Call, Method, Request};
use crate::graph::id::MailboxId;

/// What is asked of a user: enough to tell whether his mailbox may be served, and no more.
const USER: &str = "id,accountEnabled,userType";

/// Looks for the users whose main address or sign-in name is `address`.
pub fn user_by_address(address: &str) -> Request {
    let address = literal(address);
    users(&format!("mail eq {address} or userPrincipalName eq {address}"))
}

/// Looks for the users who have `address` among their further addresses.
pub fn user_by_proxy(address: &str) -> Request {
    users(&format!("proxyAddresses/any(p:p eq {})", literal(&format!("smtp:{address}"))))
}

/// Asks whether the mailbox is a person's, a shared one or a room.
pub fn mailbox_settings(mailbox: &MailboxId) -> Request {
    let url = format!("/users/{}/mailboxSettings?$select=userPurpose", segment(mailbox.as_str()));
    Request { call: Call::MailboxSettings, method: Method::Get, url, headers: Vec::new(), body: None }
}

/// Tries whether a mailbox answers us, without reading anything of it.
pub fn probe(mailbox: &MailboxId) -> Request {
    Request::of_mailbox(Call::Probe, Method::Get, format!("/users/{}/contactFolders?$select=id&$top=1", segment(mailbox.as_str())))
}

fn users(filter: &str) -> Request {
    Request {
        call: Call::FindUser,
        method: Method::Get,
        url: format!("/users?$filter={}&$select={USER}", value(filter)),
        headers: vec![("x-ms-throttle-priority", Cow::Borrowed("low"))],
        body: None,
    }
}
