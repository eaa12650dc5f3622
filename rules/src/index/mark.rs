//! What tells whether a folder is as it was: of each contact a keyed digest of everything that it is made of, as far as its user may read it.
//!
//! Equal digests mean equal contacts, for a contact depends on its inputs alone. Digests that differ mean only that it must be looked at.

use super::select::{Chosen, Seer};
use crate::digest::Digest;
use crate::ledger::Brought;

/// What is known of one contact: two are equal only if the contact is made of the same, and brought by the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// The keyed number of its record.
    pub record: u64,
    /// The keyed digest of what it is made of.
    pub inputs: u64,
}

/// What the digest of a contact that a subscription brought differs in.
const SUBSCRIBED: u64 = 0x9e37_79b9_7f4a_7c15;

impl Mark {
    /// One digest over the contacts of a folder, whatever their order: the sum of products of what a keyed function gave, which nobody without the key can
    /// steer.
    pub fn of_folder(marks: &[Self]) -> Digest {
        let product = |mark: &Self| u128::from(mark.record | 1) * u128::from(mark.inputs | 1) + u128::from(mark.record ^ mark.inputs.rotate_left(32));
        let sum = marks.iter().map(product).fold(marks.len() as u128, u128::wrapping_add);
        Digest(sum.to_le_bytes())
    }
}

impl Seer<'_> {
    /// The marks of what was chosen, in its order.
    pub fn marks(&self, chosen: &Chosen) -> Vec<Mark> {
        let index = self.index();
        let plain: Vec<usize> = self.groups(self.readable());
        let mark = |(entry, brought): &(u32, Brought)| {
            let record = index.record_of(*entry);
            let groups = index.appearances.varied.contains_key(&record).then(|| self.groups(&index.readable(*entry, self.readable())));
            let begin = *entry as usize * index.groups.len();
            let sums = index.sums.get(begin..begin + index.groups.len()).unwrap_or_default();
            let inputs =
                groups.as_ref().unwrap_or(&plain).iter().filter_map(|group| sums.get(*group)).fold(0, |sum: u64, one| sum.wrapping_add(*one));
            let inputs = if *brought == Brought::Subscription { inputs.wrapping_add(SUBSCRIBED) } else { inputs };
            Mark { record: index.numbers.get(record as usize).copied().unwrap_or(0), inputs }
        };
        chosen.entries().iter().map(mark).collect()
    }

    /// The groups of inputs that who reads these sources may read.
    fn groups(&self, readable: &super::SourceSet) -> Vec<usize> {
        let groups = self.index().groups.iter().enumerate();
        groups.filter(|(_, group)| readable.has_all(group)).map(|(number, _)| number).collect()
    }
}
