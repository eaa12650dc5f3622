//! The index of a CRM that was read as a whole.

use super::{Builder, Index, IndexError, Scalar};
use crate::book::Book;
use crate::digest::DigestKey;
use crate::sight::Snapshot;
use crate::value::Value;

impl Index {
    /// Makes the index of everything in a snapshot, for these books.
    ///
    /// # Errors
    /// [`IndexError`] when the records cannot be indexed.
    pub fn of<'b>(snapshot: &Snapshot, books: impl IntoIterator<Item = &'b Book>, key: &DigestKey) -> Result<Self, IndexError> {
        if !snapshot.amended().is_empty() {
            return Err(IndexError::Amended);
        }
        let mut builder = Builder::new(snapshot, books, key);
        let crm = snapshot.crm();
        for row in crm.records.rows() {
            builder.record(row.key.as_str(), &scalars(&row.values));
        }
        for ((part, _), reading) in crm.view.numbered_parts().skip(1).zip(&crm.parts) {
            for row in reading.rows() {
                builder.part(part, row.record.as_str(), row.key.as_str(), &scalars(&row.values));
            }
        }
        for (number, rule) in crm.rules.iter().enumerate() {
            rule.rows.rows().iter().for_each(|row| builder.right(number, &row.of, row.principal.as_str(), row.during));
        }
        crm.bars.rows().iter().for_each(|row| builder.bar(row.record.as_str(), row.principal.as_str(), row.during));
        for row in crm.subscriptions.rows() {
            builder.subscription(row.record.as_str(), row.principal.as_str(), row.book.as_deref(), row.during);
        }
        builder.finish(snapshot)
    }
}

fn scalars(values: &[Value]) -> Vec<Scalar<'_>> {
    values.iter().map(Scalar::of).collect()
}
