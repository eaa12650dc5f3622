//! The keys of what lies outside the CRM: address books, mailboxes and folders.

use std::fmt;
use std::sync::Arc;

use adressbote_rules::key::UserKey;
use serde::{Deserialize, Serialize};

/// Writes one text key, as `rules` does for the keys of the CRM.
macro_rules! text_key {
    ($(#[doc = $doc:literal] $name:ident)+) => { $(
        #[doc = $doc]
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text of the key.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The text of the key.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+ };
}

text_key! {
    #[doc = "The name of an address book in the configuration."]
    BookKey
    #[doc = "The Entra object id of a mailbox."]
    MailboxId
    #[doc = "The id of a contact folder, as Microsoft Graph gave it."]
    FolderId
}

/// One user's folder of one address book in one mailbox. After a change of binding there are two: the old mailbox still has to be emptied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FolderKey {
    /// Whose folder.
    pub user: UserKey,
    /// Of which address book.
    pub book: BookKey,
    /// In which mailbox.
    pub mailbox: MailboxId,
}
