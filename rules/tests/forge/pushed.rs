//! Nothing can be pushed that is not due to a user.
use adressbote_rules::due::DueContact;
use adressbote_rules::plan::Change;
use adressbote_rules::sight::VisibleRecord;

pub fn push(contact: &DueContact, seen: &VisibleRecord<'_>) -> Change {
    assert_eq!(contact.record(), seen.key());
    Change::Create(Box::new(seen.clone()))
}

pub fn main() {}
