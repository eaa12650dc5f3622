//! The way out when a mailbox is gone for good: what stood in it can no longer be taken away one by one.

use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_rules::property::Properties;
use chrono::{DateTime, Utc};

use super::audit::{By, note};
use super::disclosure;
use super::{BookKey, FolderKey, MailboxId, State, StateError};

impl State {
    /// Forgets, because a person says that the mailbox is gone for good, everything that the ledger holds of a user in it: contacts, folders, open
    /// changes, refusals. What he had there counts as disclosed until now. Says how many contacts were forgotten. His binding stays as it is.
    pub async fn forget_mailbox(&self, user: &UserKey, mailbox: &MailboxId, by: &By, now: DateTime<Utc>) -> Result<u64, StateError> {
        let mut change = self.change().await?;
        let sql = include_str!("../../queries/mailbox_contacts.sql");
        let stood: Vec<(String, String)> = sqlx::query_as(sql).bind(user.as_str()).bind(mailbox.as_str()).fetch_all(&mut *change).await?;
        for (book, record) in &stood {
            let folder = FolderKey { user: user.clone(), book: BookKey::new(book), mailbox: mailbox.clone() };
            let why = |_| "mailbox given up".to_owned();
            disclosure::set(&mut change, (&folder, &RecordKey::new(record)), &Properties::new(), &why, now).await?;
        }
        for sql in [
            include_str!("../../queries/mailbox_forget_contacts.sql"),
            include_str!("../../queries/mailbox_forget_folders.sql"),
            include_str!("../../queries/mailbox_forget_intents.sql"),
            include_str!("../../queries/mailbox_forget_refusals.sql"),
        ] {
            sqlx::query(sql).bind(user.as_str()).bind(mailbox.as_str()).execute(&mut *change).await?;
        }
        note(&mut change, by, "forget mailbox", &[user.as_str(), mailbox.as_str()], now).await?;
        change.commit().await?;
        Ok(stood.len().try_into().unwrap_or(u64::MAX))
    }
}
