//! The key of a user is no key of a record.
use adressbote_rules::key::{RecordKey, UserKey};
use adressbote_rules::sight::{Sighting, Viewer};

pub fn look<'v>(viewer: &'v Viewer<'v>, record: &RecordKey, user: &UserKey) -> Sighting<'v> {
    assert_ne!(record.as_str(), user.as_str());
    viewer.look(user)
}

pub fn main() {}
