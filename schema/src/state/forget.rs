//! The way out when a mailbox is gone for good: what stood in it can no longer be taken away one by one.

use std::collections::BTreeSet;

use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_rules::property::Properties;
use chrono::{DateTime, Utc};

use super::audit::{By, note};
use super::contact::contact_of;
use super::folder::key;
use super::intent::{Act, in_mailbox};
use super::statement::{Db, query};
use super::{FolderKey, MailboxId, State, StateError, disclosure};

impl State {
    /// Forgets, because a person says that the mailbox is gone for good, everything that the ledger holds of a user in it: contacts, folders, open
    /// changes, refusals. What he had there, or may have had by an open change, counts as disclosed until now. Says how many contacts were forgotten. His
    /// binding stays as it is. No pass may be at work: see [`State::lock`].
    ///
    /// # Errors
    /// [`StateError::Missing`] when the ledger holds nothing of him there.
    pub async fn forget_mailbox(&self, user: &UserKey, mailbox: &MailboxId, by: &By, now: DateTime<Utc>) -> Result<u64, StateError> {
        let mut change = self.change().await?;
        let mut had = disclose_open(&mut change, user, mailbox).await?;
        let sql = include_str!("../../queries/mailbox_contacts.sql");
        let stood: Vec<(String, String)> = query(sql).bind(user.as_str()).bind(mailbox.as_str()).fetch_all(&mut change).await?;
        had.extend(stood.into_iter().map(|(book, record)| (key(user.as_str(), &book, mailbox.as_str()), RecordKey::new(&record))));
        for (folder, record) in &had {
            disclosure::set(&mut change, (folder, record), &Properties::new(), &|_| GIVEN_UP.to_owned(), now).await?;
        }
        let mut forgotten = [0; 4];
        for (rows, sql) in forgotten.iter_mut().zip([
            include_str!("../../queries/mailbox_forget_contacts.sql"),
            include_str!("../../queries/mailbox_forget_folders.sql"),
            include_str!("../../queries/mailbox_forget_intents.sql"),
            include_str!("../../queries/mailbox_forget_refusals.sql"),
        ]) {
            *rows = query(sql).bind(user.as_str()).bind(mailbox.as_str()).execute(&mut change).await?;
        }
        if forgotten == [0; 4] {
            return Err(StateError::Missing { what: "folder or contact of this user in mailbox", id: mailbox.to_string() });
        }
        let blocks = query(include_str!("../../queries/mailbox_forget_blocks.sql"));
        blocks.bind(user.as_str()).bind(mailbox.as_str()).execute(&mut change).await?;
        note(&mut change, by, "forget mailbox", &[user.as_str(), mailbox.as_str()], now).await?;
        change.commit().await?;
        let [contacts, ..] = forgotten;
        Ok(contacts)
    }
}

/// Why disclosures in such a mailbox ended.
const GIVEN_UP: &str = "mailbox given up";

/// What open changes meant to write may have arrived: it counts as disclosed since they were sent. Says of which records.
async fn disclose_open(db: &mut Db, user: &UserKey, mailbox: &MailboxId) -> Result<BTreeSet<(FolderKey, RecordKey)>, StateError> {
    let mut had = BTreeSet::new();
    for intent in in_mailbox(db, user, mailbox).await? {
        let writing = match intent.act {
            Act::Create(writing) | Act::Update { writing, .. } => writing,
            Act::Delete { .. } => continue,
        };
        let stood = contact_of(db, &intent.folder, &intent.record).await?.map(|stands| stands.pushed.filled).unwrap_or_default();
        disclosure::set(db, (&intent.folder, &intent.record), &(&stood | &writing.filled), &|_| GIVEN_UP.to_owned(), intent.made_at).await?;
        had.insert((intent.folder, intent.record));
    }
    Ok(had)
}
