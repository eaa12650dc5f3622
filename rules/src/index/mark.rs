//! What tells whether a folder is as it was: of each contact a keyed digest of everything that it is made of, as far as its user may read it.
//!
//! Equal digests mean equal contacts, for a contact depends on its inputs alone: as long as the books, the mapping and the program are the same. Digests that
//! differ mean only that it must be looked at.

use super::select::{Chosen, Seer};
use crate::digest::Digest;
use crate::ledger::Brought;

/// What is known of one contact: two are equal only if the contact is made of the same, and brought by the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// The keyed number of its record.
    pub record: u64,
    /// The keyed digest of what it is made of.
    pub inputs: u64,
}

/// What the digest of a contact that a subscription brought differs in.
const SUBSCRIBED: u64 = 0x9e37_79b9_7f4a_7c15;

impl Seer<'_> {
    /// The marks of what was chosen, in its order.
    pub fn marks(&self, chosen: &Chosen) -> Vec<Mark> {
        let number = |rank: u32| self.space.numbers.get(rank as usize).copied().unwrap_or(0);
        chosen.ranks().map(|(rank, brought)| Mark { record: number(rank), inputs: self.inputs(rank, brought) }).collect()
    }

    /// One digest over the marks of what was chosen, whatever its order: a sum of squares of what a keyed function gave, which nobody without the key can
    /// steer.
    pub fn digest(&self, chosen: &Chosen) -> Digest {
        let square = |(rank, brought)| {
            let inputs = u128::from(self.inputs(rank, brought));
            inputs.wrapping_mul(inputs) ^ inputs.rotate_left(64)
        };
        let sum = chosen.ranks().map(square).fold(chosen.len() as u128, u128::wrapping_add);
        Digest(sum.to_le_bytes())
    }

    fn inputs(&self, rank: u32, brought: Brought) -> u64 {
        let inputs = self.class().inputs.get(rank as usize).copied().unwrap_or(0);
        // What brought it cannot be guessed: no branch on it.
        inputs.wrapping_add(SUBSCRIBED * u64::from(brought == Brought::Subscription))
    }
}
