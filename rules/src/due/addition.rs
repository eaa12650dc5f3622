//! New contacts without their contents, which are made when they are sent: in all folders together there may be millions.

use super::{DueContact, Evaluation, Verdict};
use crate::key::RecordKey;
use crate::ledger::Brought;
use crate::sight::Viewer;

/// A contact due to a user, without its contents.
#[derive(Clone, Debug, PartialEq)]
pub struct Addition {
    record: RecordKey,
    place: u32,
    brought: Brought,
}

impl Addition {
    /// What is kept of a contact.
    pub fn of(contact: &DueContact) -> Self {
        let DueContact { record, place, brought, .. } = contact;
        Self { record: record.clone(), place: *place, brought: *brought }
    }

    /// The record it shows.
    pub fn record(&self) -> &RecordKey {
        &self.record
    }

    /// Its place in the folder, from 1.
    pub fn place(&self) -> u32 {
        self.place
    }

    /// What made it wanted.
    pub fn brought(&self) -> Brought {
        self.brought
    }
}

impl<'s> Evaluation<'s> {
    /// The contact with its contents. None if the record does not pass the viewer's rights check now, or is not wanted by what brought it.
    pub fn make(&self, viewer: &Viewer<'s>, addition: &Addition) -> Option<DueContact> {
        match self.judge(viewer, &addition.record) {
            Verdict::Wanted(brought, seen) if brought == addition.brought => Some(self.contact(&seen, brought, addition.place)),
            _ => None,
        }
    }
}
