//! The ids that Graph gives, each with a type of its own so that two cannot be swapped. A contact's id stands in `rules`, those of mailboxes and folders in `schema`.

use std::fmt;
use std::sync::Arc;

pub use adressbote_schema::state::{FolderId, MailboxId};
use serde::{Deserialize, Serialize};

/// Writes one id type. All are alike but for what they name.
macro_rules! graph_id {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the id as Graph gave it; case matters.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The id as Graph gave it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

graph_id! {
    /// The version of a contact (`@odata.etag`); it changes with every write, the user's own ones too.
    Etag
}
graph_id! {
    /// Where the next page, or the next reading of changes, begins: an address that Graph gave, followed as it is.
    Link
}

/// The well-known name of the default folder, which Graph takes in the place of an id.
const DEFAULT_FOLDER: &str = "contacts";

/// Where in a mailbox contacts stand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The user's default contacts folder, which he shares with us: only marked contacts are ours.
    Default,
    /// A contact folder.
    Folder(FolderId),
}

impl Place {
    /// The segment that names the folder in an address.
    pub(crate) fn segment(&self) -> &str {
        match self {
            Self::Default => DEFAULT_FOLDER,
            Self::Folder(id) => id.as_str(),
        }
    }

    /// The folder's id; the default folder has its well-known name instead.
    pub fn id(&self) -> FolderId {
        FolderId::new(self.segment())
    }
}

impl From<FolderId> for Place {
    fn from(id: FolderId) -> Self {
        if id.as_str() == DEFAULT_FOLDER { Self::Default } else { Self::Folder(id) }
    }
}
