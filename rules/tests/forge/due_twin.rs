//! A contact that is due cannot be put together or changed.
use adressbote_rules::due::DueContact;
use adressbote_rules::key::UserKey;

pub fn hand_over(contact: &DueContact, user: UserKey) -> DueContact {
    assert_ne!(contact.user(), &user);
    contact.clone()
}

pub fn main() {}
