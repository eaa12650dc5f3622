//! Blocks: what the contacts of a folder were made of, so short that all folders are compared in a moment.
//!
//! A block stands only while nothing of its folder's contacts was written: whatever changes them takes it away in the same transaction, and what has no
//! block is compared contact by contact.

use std::collections::{BTreeMap, BTreeSet};

use adressbote_rules::digest::Digest;

use super::cell::digest;
use super::folder::{key, of_folder};
use super::statement::{Db, query};
use super::{FolderKey, State, StateError};
use crate::row::row;

/// How many blocks one change writes at most, so that others have their turn in between.
const AT_A_TIME: usize = 100;

/// How many bytes each number of a block has.
const WIDTH: usize = size_of::<u64>();

/// The number of a record: keyed, so that it tells nothing of the record's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordNumber(pub u64);

/// A short keyed digest of all that a contact is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MadeOf(pub u64);

/// One contact of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Made {
    /// Of which record.
    pub record: RecordNumber,
    /// Of what.
    pub of: MadeOf,
}

/// What tells two states of a folder apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockDigest {
    /// Over all contacts of the folder.
    pub folder: Digest,
    /// Of the settings (mapping, address book) under which they were made.
    pub recipe: Digest,
}

/// The contacts of a folder in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    digest: BlockDigest,
    contacts: Vec<Made>,
    told: String,
}

impl Block {
    /// Takes the contacts of a folder, in any order.
    pub fn new(digest: BlockDigest, mut contacts: Vec<Made>) -> Self {
        contacts.sort_unstable();
        Self { digest, contacts, told: String::new() }
    }

    /// The same with figures of the folder as it stands, for people.
    #[must_use]
    pub fn telling(self, told: String) -> Self {
        Self { told, ..self }
    }

    /// The digest over it.
    pub fn digest(&self) -> BlockDigest {
        self.digest
    }

    /// Whether it has this contact.
    pub fn holds(&self, made: &Made) -> bool {
        self.contacts.binary_search(made).is_ok()
    }

    /// The contacts by the numbers of their records, smallest first.
    pub fn contacts(&self) -> &[Made] {
        &self.contacts
    }
}

row! {
    struct DigestRow {
        user_key: String,
        book: String,
        mailbox: String,
        digest: Vec<u8>,
        recipe: Vec<u8>,
    }
}

row! {
    struct BlockRow {
        digest: Vec<u8>,
        recipe: Vec<u8>,
        pairs: Vec<u8>,
        told: String,
    }
}

row! {
    struct ToldRow {
        user_key: String,
        book: String,
        mailbox: String,
        told: String,
    }
}

impl BlockRow {
    fn read(self) -> Result<Block, StateError> {
        let digest = BlockDigest { folder: digest(&self.digest)?, recipe: digest(&self.recipe)? };
        let (numbers, []) = self.pairs.as_chunks::<WIDTH>() else { return Err(UNREADABLE) };
        let (pairs, []) = numbers.as_chunks::<2>() else { return Err(UNREADABLE) };
        let made = |[record, of]: &[[u8; WIDTH]; 2]| Made { record: RecordNumber(u64::from_le_bytes(*record)), of: MadeOf(u64::from_le_bytes(*of)) };
        let contacts: Vec<Made> = pairs.iter().map(made).collect();
        if contacts.is_sorted() { Ok(Block { digest, contacts, told: self.told }) } else { Err(UNREADABLE) }
    }
}

const UNREADABLE: StateError = StateError::Unreadable { what: "a block of contacts" };

fn pairs(contacts: &[Made]) -> Vec<u8> {
    contacts.iter().flat_map(|made| [made.record.0.to_le_bytes(), made.of.0.to_le_bytes()]).collect::<Vec<_>>().into_flattened()
}

/// Takes away the blocks of folders of which something is written.
pub(super) async fn remove<'f>(db: &mut Db, folders: impl IntoIterator<Item = &'f FolderKey>) -> Result<(), StateError> {
    let folders: BTreeSet<&FolderKey> = folders.into_iter().collect();
    for folder in folders {
        of_folder(query(include_str!("../../queries/block_remove.sql")), folder).execute(db).await?;
    }
    Ok(())
}

impl State {
    /// The digests of all folders that have a block.
    pub async fn block_digests(&self) -> Result<BTreeMap<FolderKey, BlockDigest>, StateError> {
        let rows: Vec<DigestRow> = query(include_str!("../../queries/blocks.sql")).fetch_all(&mut self.reader().await?).await?;
        let read = |row: DigestRow| {
            let digests = BlockDigest { folder: digest(&row.digest)?, recipe: digest(&row.recipe)? };
            Ok((key(&row.user_key, &row.book, &row.mailbox), digests))
        };
        rows.into_iter().map(read).collect()
    }

    /// What stands in the blocks of all folders for people.
    pub async fn blocks_told(&self) -> Result<BTreeMap<FolderKey, String>, StateError> {
        let rows: Vec<ToldRow> = query(include_str!("../../queries/blocks_told.sql")).fetch_all(&mut self.reader().await?).await?;
        Ok(rows.into_iter().map(|row| (key(&row.user_key, &row.book, &row.mailbox), row.told)).collect())
    }

    /// The blocks of some folders, as far as they have one. Each takes 16 bytes for a contact: very many folders are better asked for in portions.
    pub async fn blocks_of(&self, folders: &[FolderKey]) -> Result<BTreeMap<FolderKey, Block>, StateError> {
        let mut db = self.reader().await?;
        let mut blocks = BTreeMap::new();
        for folder in folders {
            let row: Option<BlockRow> = of_folder(query(include_str!("../../queries/block.sql")), folder).fetch_optional(&mut db).await?;
            if let Some(row) = row {
                blocks.insert(folder.clone(), row.read()?);
            }
        }
        Ok(blocks)
    }

    /// Takes away the blocks of folders.
    pub async fn remove_blocks<'f>(&self, folders: impl IntoIterator<Item = &'f FolderKey>) -> Result<(), StateError> {
        let mut folders = folders.into_iter().peekable();
        if folders.peek().is_none() {
            return Ok(());
        }
        let mut change = self.change().await?;
        remove(&mut change, folders).await?;
        change.commit().await
    }

    /// Writes down the blocks of folders. Whoever calls it knows that the ledger holds these contacts, and that nobody else writes meanwhile. A folder of
    /// which a change is open gets none.
    pub async fn put_blocks<'b>(&self, blocks: impl IntoIterator<Item = (&'b FolderKey, &'b Block)>) -> Result<(), StateError> {
        let blocks: Vec<_> = blocks.into_iter().collect();
        for portion in blocks.chunks(AT_A_TIME) {
            let mut change = self.change().await?;
            for (folder, block) in portion {
                of_folder(query(include_str!("../../queries/block_put.sql")).large(), folder)
                    .bind(Some(block.digest.folder.0.as_slice()))
                    .bind(Some(block.digest.recipe.0.as_slice()))
                    .bind(pairs(&block.contacts))
                    .bind(block.told.as_str())
                    .execute(&mut change)
                    .await?;
            }
            query(include_str!("../../queries/blocks_of_open_remove.sql")).execute(&mut change).await?;
            change.commit().await?;
        }
        Ok(())
    }
}
