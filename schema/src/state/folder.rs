//! Our folders in mailboxes, and which of them still hold something of ours.

use std::collections::BTreeMap;

use adressbote_rules::key::{RecordKey, UserKey};
use chrono::{DateTime, Utc};

use super::cell::{instant, instant_or_none, millis, of_count};
use super::statement::{Statement, query};
use super::{BookKey, FolderId, FolderKey, MailboxId, State, StateError, block};
use crate::row::row;

/// Our folder in a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Its id.
    pub id: FolderId,
    /// The name that we gave it; the user may have renamed it.
    pub display_name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last seen with our mark.
    pub verified_at: Option<DateTime<Utc>>,
}

/// Binds the folder's key to the next three places.
pub(super) fn of_folder(statement: Statement, folder: &FolderKey) -> Statement {
    statement.bind(folder.user.as_str()).bind(folder.book.as_str()).bind(folder.mailbox.as_str())
}

/// Binds the folder's and the record's key to the next four places.
pub(super) fn of_contact(statement: Statement, folder: &FolderKey, record: &RecordKey) -> Statement {
    of_folder(statement, folder).bind(record.as_str())
}

row! {
    struct Row {
        user_key: String,
        book: String,
        mailbox: String,
        folder_id: String,
        display_name: String,
        created_at: i64,
        verified_at: Option<i64>,
    }
}

impl Row {
    fn read(self) -> Result<(FolderKey, Folder), StateError> {
        let folder = Folder {
            id: FolderId::new(self.folder_id),
            display_name: self.display_name,
            created_at: instant(self.created_at)?,
            verified_at: instant_or_none(self.verified_at)?,
        };
        Ok((key(&self.user_key, &self.book, &self.mailbox), folder))
    }
}

/// The key of the folder that three cells name.
pub(super) fn key(user: &str, book: &str, mailbox: &str) -> FolderKey {
    FolderKey { user: UserKey::new(user), book: BookKey::new(book), mailbox: MailboxId::new(mailbox) }
}

impl State {
    /// Every folder that we made and did not remove.
    pub async fn folders(&self) -> Result<BTreeMap<FolderKey, Folder>, StateError> {
        let rows: Vec<Row> = query(include_str!("../../queries/folders.sql")).fetch_all(&mut self.reader().await?).await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// One folder, if we made it.
    pub async fn folder(&self, key: &FolderKey) -> Result<Option<Folder>, StateError> {
        let row: Option<Row> = of_folder(query(include_str!("../../queries/folder.sql")), key).fetch_optional(&mut self.reader().await?).await?;
        Ok(row.map(Row::read).transpose()?.map(|(_, folder)| folder))
    }

    /// Writes down a folder that was made, found again by its mark, or made anew in place of a deleted one.
    pub async fn put_folder(&self, key: &FolderKey, folder: &Folder) -> Result<(), StateError> {
        let mut change = self.change().await?;
        of_folder(query(include_str!("../../queries/folder_put.sql")), key)
            .bind(folder.id.as_str())
            .bind(folder.display_name.as_str())
            .bind(millis(folder.created_at))
            .bind(folder.verified_at.map(millis))
            .execute(&mut change)
            .await?;
        block::remove(&mut change, [key]).await?;
        change.commit().await
    }

    /// Notes that the folder was seen with our mark.
    pub async fn verified_folder(&self, key: &FolderKey, now: DateTime<Utc>) -> Result<(), StateError> {
        let mut change = self.change().await?;
        of_folder(query(include_str!("../../queries/folder_verified.sql")).bind(millis(now)), key).execute(&mut change).await?;
        change.commit().await
    }

    /// Forgets a folder that is gone from the mailbox. Refused while the ledger holds contacts or open changes of it.
    pub async fn remove_folder(&self, key: &FolderKey) -> Result<(), StateError> {
        let mut change = self.change().await?;
        let (count,): (i64,) = of_folder(query(include_str!("../../queries/folder_holds.sql")), key).fetch_one(&mut change).await?;
        if count > 0 {
            return Err(StateError::StillThere { user: key.user.to_string(), mailbox: key.mailbox.to_string(), count });
        }
        of_folder(query(include_str!("../../queries/folder_remove.sql")), key).execute(&mut change).await?;
        block::remove(&mut change, [key]).await?;
        change.commit().await
    }

    /// Every folder of which the ledger holds anything (a folder, contacts, open changes), with the number of its contacts: what a pass must look at
    /// besides the folders that are due, so that nothing is left behind in a mailbox.
    pub async fn standing_folders(&self) -> Result<BTreeMap<FolderKey, u64>, StateError> {
        let sql = include_str!("../../queries/folders_standing.sql");
        let rows: Vec<(String, String, String, i64)> = query(sql).fetch_all(&mut self.reader().await?).await?;
        rows.into_iter().map(|(user, book, mailbox, count)| Ok((key(&user, &book, &mailbox), of_count(count)?))).collect()
    }
}
