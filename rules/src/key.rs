//! The keys of users, groups, records and parts: canonical text, each with a type of its own so that two cannot be swapped.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Writes one text key: its type, how it is made and shown. All keys are alike but for what they name.
macro_rules! text_key {
    ($(#[doc = $doc:literal])+ $name:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the canonical text of the key.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// Takes the canonical text of the key, which others may hold, too.
            pub fn of_shared(text: Arc<str>) -> Self {
                Self(text)
            }

            /// The canonical text of the key, to be held by others, too.
            pub fn to_shared(&self) -> Arc<str> {
                Arc::clone(&self.0)
            }

            /// The canonical text of the key.
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

text_key! {
    /// The key of a CRM user.
    UserKey
}
text_key! {
    /// The key of a CRM group.
    GroupKey
}
text_key! {
    /// The key of a record, that is of a row of the CRM's view.
    RecordKey
}
text_key! {
    /// The key of a part's row, such as one phone number; within its part it names one thing, in whatever records that stands.
    PartKey
}
text_key! {
    /// The name of a source: what a field right speaks of, by default `part.column`.
    Source
}
text_key! {
    /// The id of a contact in a mailbox, as Microsoft Graph gave it (immutable form).
    ContactId
}
text_key! {
    /// A named holder of rights: `user:KEY`, `group:KEY`, `everyone`, or a name that the profile defines.
    Principal
}

impl Principal {
    /// The principal that every active, internal user holds.
    pub fn everyone() -> Self {
        Self::new("everyone")
    }

    /// The principal that only this user holds.
    pub fn of_user(user: &UserKey) -> Self {
        Self::new(format!("user:{user}"))
    }

    /// The principal of a group; who holds it comes from the profile alone.
    pub fn of_group(group: &GroupKey) -> Self {
        Self::new(format!("group:{group}"))
    }

    /// The group whose principal this is, if it is one.
    pub fn group(&self) -> Option<GroupKey> {
        self.as_str().strip_prefix("group:").map(GroupKey::new)
    }

    /// The user whose own principal this is, if it is one.
    pub fn user(&self) -> Option<UserKey> {
        self.as_str().strip_prefix("user:").map(UserKey::new)
    }
}
