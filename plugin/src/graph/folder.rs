//! The folder of an address book in a mailbox: found again by its id, by our mark, or made anew; never somebody else's.

use adressbote_rules::digest::Digest;
use serde_json::Value;

use super::client::Graph;
use super::error::GraphError;
use super::id::{FolderId, MailboxId, Place};
use super::mark::{self, FOLDER_MARK};
use super::request;
use super::wire;

/// How many names are tried: NAME, NAME (2), …
const MOST_NAMES: u32 = 50;

/// How often a creation whose answer was lost is looked up and tried again.
const MOST_CREATIONS: u32 = 3;

/// More folders than anybody has.
const MOST_FOLDERS: usize = 1_000;

/// A contact folder as the mailbox lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Its id.
    pub id: FolderId,
    /// Its name, which the user may have changed.
    pub name: String,
    /// Our mark on it; none on folders that are not ours.
    pub mark: Option<Digest>,
}

/// How the folder of a book was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// By the id we had.
    Known,
    /// By our mark, because the id was not known, or led nowhere.
    ByMark,
    /// It was made just now.
    Created,
}

/// The folder of a book in one mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderState {
    /// Its id.
    pub id: FolderId,
    /// Its name: what its user called it, or what was free when it was made.
    pub name: String,
    /// How it was come by.
    pub found: Found,
    /// The folder we knew, when its user deleted it and it can still be reached: what we put into it is to be purged.
    pub trashed: Option<FolderId>,
    /// Further folders with the same mark, left by a crash at the wrong moment: to be emptied of what is ours.
    pub doubles: Vec<FolderId>,
}

impl Folder {
    fn of(item: &Value) -> Option<Self> {
        let text = |name: &str| item.get(name).and_then(Value::as_str);
        Some(Self { id: FolderId::new(text("id")?), name: text("displayName").unwrap_or_default().to_owned(), mark: mark::read(FOLDER_MARK, item) })
    }
}

/// What a mailbox has of the folder of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    /// It is there.
    Found(FolderState),
    /// It is not.
    Nowhere {
        /// As [`FolderState::trashed`].
        trashed: Option<FolderId>,
        /// The folders that there are.
        others: Vec<Folder>,
    },
}

impl Graph {
    /// Makes the folder of a book beside the `others` that there are.
    ///
    /// # Errors
    /// `FolderExists` when every name tried is taken; `Unknown` when answers are lost again and again.
    pub async fn make_folder(&self, mailbox: &MailboxId, name: &str, mark: &Digest, others: &[Folder]) -> Result<FolderState, GraphError> {
        Ok(state(self.create_folder(mailbox, name, mark, others).await?, Found::Created, &[], mark))
    }

    /// Finds the folder of a book, and makes none.
    ///
    /// # Errors
    /// When the mailbox does not answer.
    pub async fn find_folder(&self, mailbox: &MailboxId, known: Option<&FolderId>, mark: &Digest) -> Result<Search, GraphError> {
        let top = self.folders(mailbox).await?;
        if let Some(folder) = top.iter().find(|folder| Some(&folder.id) == known) {
            return Ok(Search::Found(state(folder.clone(), Found::Known, &top, mark)));
        }
        let all = self.with_subfolders(mailbox, top).await?;
        if let Some(folder) = all.iter().find(|folder| Some(&folder.id) == known) {
            return Ok(Search::Found(state(folder.clone(), Found::Known, &all, mark)));
        }
        let trashed = match known {
            Some(known) => self.still_reachable(mailbox, known).await?,
            None => None,
        };
        Ok(match all.iter().find(|folder| folder.mark.as_ref() == Some(mark)) {
            Some(folder) => Search::Found(FolderState { trashed, ..state(folder.clone(), Found::ByMark, &all, mark) }),
            None => Search::Nowhere { trashed, others: all },
        })
    }

    /// The folders directly below the default contacts folder.
    ///
    /// # Errors
    /// When the mailbox does not answer.
    pub async fn folders(&self, mailbox: &MailboxId) -> Result<Vec<Folder>, GraphError> {
        let items = self.send_all(Some(mailbox), request::folders(mailbox)).await?;
        Ok(items.iter().filter_map(Folder::of).collect())
    }

    /// All contact folders but the default one, also those below others.
    ///
    /// # Errors
    /// When the mailbox does not answer.
    pub async fn all_folders(&self, mailbox: &MailboxId) -> Result<Vec<Folder>, GraphError> {
        let top = self.folders(mailbox).await?;
        self.with_subfolders(mailbox, top).await
    }

    /// Takes away a folder of ours in which nothing stands any longer. Says whether it was done: what others put there keeps it. It goes to Deleted Items,
    /// from where its user can take back what Graph does not show of it, such as a distribution list.
    ///
    /// # Errors
    /// When the mailbox does not answer.
    pub async fn remove_if_empty(&self, mailbox: &MailboxId, folder: &FolderId) -> Result<bool, GraphError> {
        let place = Place::Folder(folder.clone());
        let empty = async {
            let listing = self.list_marked(mailbox, &place).await?;
            let below = self.send_all(Some(mailbox), request::subfolders(mailbox, folder)).await?;
            Ok::<bool, GraphError>(listing.marked.is_empty() && listing.unmarked.is_empty() && below.is_empty())
        };
        match empty.await {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(GraphError::FolderMissing { .. }) => return Ok(true),
            Err(error) => return Err(error),
        }
        match self.send(Some(mailbox), &request::delete_folder(mailbox, folder)).await {
            Ok(_) | Err(GraphError::FolderMissing { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    async fn with_subfolders(&self, mailbox: &MailboxId, top: Vec<Folder>) -> Result<Vec<Folder>, GraphError> {
        let (mut all, mut seen) = (top, 0);
        while seen < all.len() && all.len() < MOST_FOLDERS {
            let asked: Vec<_> = all.iter().skip(seen).map(|folder| request::subfolders(mailbox, &folder.id)).collect();
            seen = all.len();
            for (outcome, request) in self.batch(mailbox, &asked).await.into_iter().zip(&asked) {
                match self.rest_of(mailbox, request, outcome).await {
                    Ok(items) => all.extend(items.iter().filter_map(Folder::of)),
                    // Somebody deleted it meanwhile.
                    Err(GraphError::FolderMissing { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(all)
    }

    /// The folder that we knew, if it is still reachable although it is no longer among the contact folders: in Deleted Items.
    async fn still_reachable(&self, mailbox: &MailboxId, known: &FolderId) -> Result<Option<FolderId>, GraphError> {
        match self.send(Some(mailbox), &request::get_folder(mailbox, &Place::Folder(known.clone()))).await {
            Ok(_) => Ok(Some(known.clone())),
            // An id that Graph cannot read, or one of another mailbox, leads nowhere either.
            Err(GraphError::FolderMissing { .. } | GraphError::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn create_folder(&self, mailbox: &MailboxId, name: &str, mark: &Digest, others: &[Folder]) -> Result<Folder, GraphError> {
        let mut lost = 0;
        let mut number = 1;
        loop {
            let candidate = if number == 1 { name.to_owned() } else { format!("{name} ({number})") };
            let is_taken = others.iter().any(|other| other.name.to_lowercase() == candidate.to_lowercase());
            if is_taken && number < MOST_NAMES {
                number += 1;
                continue;
            }
            match self.send(Some(mailbox), &request::create_folder(mailbox, &candidate, mark)).await {
                Ok(answer) => return Folder::of(&answer.body).ok_or_else(|| answer.garbled("the new folder has no id")),
                // Also for a folder that the list does not show: it is somebody else's.
                Err(GraphError::FolderExists { .. }) if number < MOST_NAMES => number += 1,
                Err(error @ GraphError::Unknown { .. }) => {
                    lost += 1;
                    tokio::time::sleep(self.patience().backoff(lost, wire::chance())).await;
                    if let Some(folder) = self.folders(mailbox).await?.into_iter().find(|folder| folder.mark.as_ref() == Some(mark)) {
                        return Ok(folder);
                    }
                    if lost >= MOST_CREATIONS {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn state(folder: Folder, found: Found, all: &[Folder], mark: &Digest) -> FolderState {
    let is_double = |other: &&Folder| other.mark.as_ref() == Some(mark) && other.id != folder.id;
    let doubles = all.iter().filter(is_double).map(|other| other.id.clone()).collect();
    FolderState { id: folder.id, name: folder.name, found, trashed: None, doubles }
}
