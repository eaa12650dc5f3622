//! Our marks in a mailbox: on each contact and on the folder. They are keyed hashes, valid in that mailbox only, and never hold a CRM key.

use adressbote_rules::digest::{Digest, DigestKey};
use adressbote_rules::key::RecordKey;

/// Makes and checks the marks of one mailbox and book.
#[derive(Clone, Debug)]
pub struct Marker {
    key: DigestKey,
    mailbox: String,
    book: String,
}

impl Marker {
    /// The marks for a mailbox (Entra object id) and a book.
    pub fn new(key: DigestKey, mailbox: &str, book: &str) -> Self {
        Self { key, mailbox: mailbox.to_owned(), book: book.to_owned() }
    }

    /// The mark of our folder.
    pub fn folder(&self) -> Digest {
        self.digest("folder", b"")
    }

    /// The marker of a record's contact: half a hash of the record, half a seal that shows that the hash is ours even when the record is forgotten.
    pub fn contact(&self, record: &RecordKey) -> Digest {
        let Digest(hash) = self.digest("record", record.as_str().as_bytes());
        self.sealed(halves(hash).0)
    }

    /// Whether a marker was made by us for this mailbox and book, whatever the record.
    pub fn is_ours(&self, marker: Digest) -> bool {
        self.sealed(halves(marker.0).0) == marker
    }

    fn sealed(&self, hash: [u8; 8]) -> Digest {
        let Digest(seal) = self.digest("seal", &hash);
        let mut both = [0; 16];
        for (place, byte) in both.iter_mut().zip(hash.into_iter().chain(halves(seal).0)) {
            *place = byte;
        }
        Digest(both)
    }

    fn digest(&self, purpose: &str, part: &[u8]) -> Digest {
        self.key.digest(purpose, [self.mailbox.as_bytes(), self.book.as_bytes(), part])
    }
}

fn halves(bytes: [u8; 16]) -> ([u8; 8], [u8; 8]) {
    let number = u128::from_be_bytes(bytes);
    let [left, right] = [number >> 64, number & u128::from(u64::MAX)].map(|half| u64::try_from(half).unwrap_or_default().to_be_bytes());
    (left, right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(mailbox: &str) -> Marker {
        Marker::new(DigestKey::new([7; 32]), mailbox, "contacts")
    }

    #[test]
    fn a_marker_is_ours_in_its_mailbox_only() {
        let made = marker("a").contact(&RecordKey::new("4711"));
        assert!(marker("a").is_ours(made));
        assert!(!marker("b").is_ours(made));
        assert_ne!(made, marker("a").contact(&RecordKey::new("4712")));
    }

    #[test]
    fn a_foreign_digest_is_not_ours() {
        assert!(!marker("a").is_ours(Digest([0; 16])));
        assert!(!marker("a").is_ours(marker("a").folder()));
    }
}
