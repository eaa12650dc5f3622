//! Who is behind an address, and whether his mailbox may be served.

use std::fmt;

use serde_json::Value;

use super::client::Graph;
use super::error::GraphError;
use super::id::MailboxId;
use super::request::{self, Request};

/// A user of the directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DirectoryUser {
    /// His object id, which is his mailbox's name too.
    pub id: MailboxId,
    /// Whether he may sign in; none when the app may not know.
    pub is_enabled: Option<bool>,
    /// Whether he is a guest of the tenant.
    pub is_guest: bool,
    /// What the mailbox is for; none when there is none yet.
    pub purpose: Option<Purpose>,
}

/// What a mailbox is for (`userPurpose`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A person's.
    User,
    /// Shared by several.
    Shared,
    /// A room's or a device's.
    Room,
    /// Something else.
    Other,
    /// The app may not know.
    Untold,
}

/// Why a user is not served unless he is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// A guest of the tenant.
    Guest,
    /// He may not sign in.
    Disabled,
    /// A shared mailbox.
    Shared,
    /// A room's or a device's mailbox.
    Room,
    /// The app may not know whether he may sign in.
    Untold,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Guest => "a guest of the tenant",
            Self::Disabled => "an account that is disabled",
            Self::Shared => "a shared mailbox",
            Self::Room => "the mailbox of a room or a device",
            Self::Untold => "an account that may be disabled for all we are allowed to see (grant User.Read.All to the app)",
        })
    }
}

impl DirectoryUser {
    /// Why the user is not served unless he is named, if there is a reason.
    pub fn unfit(&self) -> Option<Unfit> {
        match (self.is_guest, self.is_enabled, self.purpose) {
            (true, _, _) => Some(Unfit::Guest),
            (false, _, Some(Purpose::Shared)) => Some(Unfit::Shared),
            (false, _, Some(Purpose::Room)) => Some(Unfit::Room),
            (false, Some(false), _) => Some(Unfit::Disabled),
            (false, None, _) => Some(Unfit::Untold),
            (false, Some(true), Some(Purpose::User | Purpose::Other | Purpose::Untold) | None) => None,
        }
    }

    fn of(item: &Value) -> Option<Self> {
        let text = |name: &str| item.get(name).and_then(Value::as_str);
        Some(Self {
            id: MailboxId::new(text("id")?),
            is_enabled: item.get("accountEnabled").and_then(Value::as_bool),
            is_guest: text("userType").is_some_and(|kind| kind.eq_ignore_ascii_case("guest")),
            purpose: None,
        })
    }
}

/// Who is behind an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// This user.
    One(DirectoryUser),
    /// Nobody.
    Nobody,
    /// More than one, so that nobody is served by guess.
    Several(Vec<MailboxId>),
}

impl Graph {
    /// Looks for the user behind an address: main address or sign-in name, else a further address.
    ///
    /// # Errors
    /// `Forbidden` when the app may not read the directory.
    pub async fn resolve_user(&self, address: &str) -> Result<Resolved, GraphError> {
        let mut users = self.users(request::user_by_address(address)).await?;
        if users.is_empty() {
            users = self.users(request::user_by_proxy(address)).await?;
        }
        match <[DirectoryUser; 1]>::try_from(users) {
            Ok([user]) => {
                let purpose = self.purpose(&user.id).await?;
                Ok(Resolved::One(DirectoryUser { purpose, ..user }))
            }
            Err(none) if none.is_empty() => Ok(Resolved::Nobody),
            Err(several) => Ok(Resolved::Several(several.into_iter().map(|user| user.id).collect())),
        }
    }

    async fn users(&self, request: Request) -> Result<Vec<DirectoryUser>, GraphError> {
        let mut users: Vec<DirectoryUser> = self.send_all(None, request).await?.iter().filter_map(DirectoryUser::of).collect();
        users.sort_by(|left, right| left.id.cmp(&right.id));
        users.dedup_by(|left, right| left.id == right.id);
        Ok(users)
    }

    /// What the mailbox is for; none when there is no mailbox yet.
    async fn purpose(&self, mailbox: &MailboxId) -> Result<Option<Purpose>, GraphError> {
        let answer = match self.send(Some(mailbox), &request::mailbox_settings(mailbox)).await {
            Ok(answer) => answer,
            Err(GraphError::Forbidden { .. }) => return Ok(Some(Purpose::Untold)),
            Err(GraphError::MailboxMissing { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let word = answer.body.get("userPurpose").and_then(Value::as_str).map(str::to_ascii_lowercase);
        Ok(word.map(|word| match word.as_str() {
            "user" => Purpose::User,
            "shared" => Purpose::Shared,
            "room" | "equipment" => Purpose::Room,
            _ => Purpose::Other,
        }))
    }
}
