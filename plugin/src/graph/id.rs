//! The ids that Graph gives, each with a type of its own so that two cannot be swapped: a contact's stands in `rules`, those of mailboxes and folders in
//! `schema`. Here is what they name together.

pub use adressbote_schema::state::{FolderId, MailboxId};

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
