//! Requests to Graph as plain values: built here without I/O, compared and printed by tests, sent by `Graph`.

mod contact;
mod directory;
mod encode;
mod folder;

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

pub use contact::{contacts_marked, delete_contact, find_marked, get_contact, purge_contact, whereabouts};
pub(crate) use contact::{create_contact, patch_contact};
pub use directory::{mailbox_settings, probe, user_by_address, user_by_proxy};
pub use folder::{create_folder, delete_folder, folders, get_folder, subfolders};

/// The most contacts or folders that a page holds.
const PAGE: usize = 500;

/// What a request is for: the name that errors and logs give it, and whether it may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// A new contact, with its marker.
    CreateContact,
    /// New values in a contact of ours.
    PatchContact,
    /// A contact taken away for good.
    PurgeContact,
    /// A contact moved to Deleted Items, where a cloud knows no other way.
    DeleteContact,
    /// Reading a contact of ours.
    GetContact,
    /// Looking for a contact by its marker.
    FindContact,
    /// Listing ids and markers of a folder.
    ListContacts,
    /// A new folder, with its mark.
    CreateFolder,
    /// Reading a folder.
    GetFolder,
    /// Listing folders.
    ListFolders,
    /// A folder moved to Deleted Items, or from there away.
    DeleteFolder,
    /// Looking for a user by his address.
    FindUser,
    /// Asking what kind of mailbox it is.
    MailboxSettings,
    /// Trying whether a mailbox answers.
    Probe,
    /// Several requests in one.
    Batch,
}

impl Call {
    /// The call in words, as errors and logs name it.
    pub fn words(self) -> &'static str {
        match self {
            Self::CreateContact => "create a contact",
            Self::PatchContact => "update a contact",
            Self::PurgeContact => "remove a contact",
            Self::DeleteContact => "delete a contact",
            Self::GetContact => "read a contact",
            Self::FindContact => "look up a contact by its marker",
            Self::ListContacts => "list a folder",
            Self::CreateFolder => "create a folder",
            Self::GetFolder => "read a folder",
            Self::ListFolders => "list the folders",
            Self::DeleteFolder => "remove a folder",
            Self::FindUser => "look up a user",
            Self::MailboxSettings => "read the kind of a mailbox",
            Self::Probe => "try a mailbox",
            Self::Batch => "send a batch",
        }
    }

    /// Whether doing it twice is the same as doing it once. What is not repeatable is looked up after a lost answer.
    pub fn is_repeatable(self) -> bool {
        match self {
            Self::CreateContact | Self::CreateFolder | Self::Batch => false,
            Self::PatchContact
            | Self::PurgeContact
            | Self::DeleteContact
            | Self::GetContact
            | Self::FindContact
            | Self::ListContacts
            | Self::GetFolder
            | Self::ListFolders
            | Self::DeleteFolder
            | Self::FindUser
            | Self::MailboxSettings
            | Self::Probe => true,
        }
    }

    /// Whether the call speaks of one contact, so that "not found" means the contact and not its folder.
    pub(crate) fn is_of_one_contact(self) -> bool {
        matches!(self, Self::PatchContact | Self::PurgeContact | Self::DeleteContact | Self::GetContact)
    }
}

/// The HTTP method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, or calls an action.
    Post,
    /// Changes.
    Patch,
    /// Deletes.
    Delete,
}

impl Method {
    /// The method as HTTP writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One request to Graph; only the builders of this module make one. `Display` and `Debug` show no contents; `transcript` does.
#[derive(Clone, PartialEq)]
pub struct Request {
    pub(in crate::graph) call: Call,
    pub(in crate::graph) method: Method,
    pub(in crate::graph) url: String,
    pub(in crate::graph) headers: Vec<(&'static str, Cow<'static, str>)>,
    pub(in crate::graph) body: Option<Value>,
}

impl Request {
    /// A request about items of a mailbox: ids come and go in their immutable form.
    fn of_mailbox(call: Call, method: Method, url: String) -> Self {
        Self { call, method, url, headers: vec![("Prefer", Cow::Borrowed("IdType=\"ImmutableId\""))], body: None }
    }

    /// The same, answered in pages as large as Graph allows. `$top` would limit the whole answer instead.
    fn of_pages(call: Call, url: String) -> Self {
        let mut request = Self::of_mailbox(call, Method::Get, url);
        request.headers = vec![("Prefer", Cow::Owned(format!("IdType=\"ImmutableId\", odata.maxpagesize={PAGE}")))];
        request
    }

    fn with_body(mut self, body: Value) -> Self {
        self.headers.push(("Content-Type", Cow::Borrowed("application/json")));
        self.body = Some(body);
        self
    }

    /// What it is for.
    pub fn call(&self) -> Call {
        self.call
    }

    /// The HTTP method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The address relative to the base (`/users/…`), percent-encoded; whole when it is a link that Graph gave.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The body, sent as JSON; contents of a contact among it.
    pub fn body(&self) -> Option<&Value> {
        self.body.as_ref()
    }

    /// The request for what a link of this request's answer points to: an address that Graph gave, followed as it is.
    pub fn follow(&self, link: &str) -> Self {
        Self { call: self.call, method: Method::Get, url: link.to_owned(), headers: self.headers.clone(), body: None }
    }

    /// The whole request as text, contents included: for comparing requests in tests, never for logs.
    pub fn transcript(&self) -> String {
        let mut text = format!("{} {}\n", self.method.as_str(), self.url);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\n"));
        }
        if let Some(body) = &self.body {
            text.push_str(&format!("{body:#}\n"));
        }
        text
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A query may hold an address that is looked up.
        let path = self.url.split('?').next().unwrap_or_default();
        write!(f, "{} {path}", self.method.as_str())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.body.iter().filter_map(Value::as_object).flat_map(|body| body.keys()).collect();
        write!(f, "{self} {names:?}")
    }
}
