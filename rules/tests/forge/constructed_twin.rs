//! A visible record cannot be put together.
use adressbote_rules::key::RecordKey;
use adressbote_rules::sight::{Sighting, Viewer, VisibleRecord};

pub fn see<'v>(viewer: &'v Viewer<'v>, record: &RecordKey) -> Option<VisibleRecord<'v>> {
    match viewer.look(record) {
        Sighting::Visible(seen) => Some(seen),
        _ => None,
    }
}

pub fn main() {}
