//! Whether the app may do its work: what its token says, and what a mailbox answers.

use super::client::Graph;
use super::error::GraphError;
use super::id::MailboxId;
use super::request;
use super::token::Claims;

/// What the token says of a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granted {
    /// It is there.
    Yes,
    /// It is not. For mailboxes it may still be granted in Exchange, which the token does not show: only a mailbox can tell.
    NotInToken,
    /// The token could not be read, which is allowed to it.
    Unknown,
}

/// What the app may do, as far as its token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permissions {
    /// Whether it may write contacts (`Contacts.ReadWrite`).
    pub contacts: Granted,
    /// Whether it may look users up with all that is needed to tell guests and disabled ones (`User.Read.All`).
    pub directory: Granted,
    /// Permissions that it has and does not need: less is better.
    pub needless: Vec<String>,
    /// All that the token says.
    pub claims: Claims,
}

/// What the app has use for.
const USED: [&str; 5] = ["Contacts.ReadWrite", "User.Read.All", "MailboxSettings.Read", "GroupMember.Read.All", "User.ReadBasic.All"];

impl Graph {
    /// Signs in and says what the app may do.
    ///
    /// # Errors
    /// When Entra gives out no token, with a sentence that says why.
    pub async fn check(&self) -> Result<Permissions, GraphError> {
        let claims = self.claims().await?;
        let has = |any: &[&str]| match (claims.is_readable, any.iter().any(|role| claims.roles.contains(*role))) {
            (false, _) => Granted::Unknown,
            (true, true) => Granted::Yes,
            (true, false) => Granted::NotInToken,
        };
        Ok(Permissions {
            contacts: has(&["Contacts.ReadWrite"]),
            directory: has(&["User.Read.All", "User.ReadWrite.All", "Directory.Read.All"]),
            needless: claims.roles.iter().filter(|role| !USED.contains(&role.as_str())).cloned().collect(),
            claims,
        })
    }

    /// Tries whether a mailbox answers us; nothing of it is read.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn probe(&self, mailbox: &MailboxId) -> Result<(), GraphError> {
        let answer = self.send(Some(mailbox), &request::probe(mailbox)).await?;
        answer.items().map(|_| ())
    }
}
