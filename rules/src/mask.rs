//! Field masks: which fields of a record a viewer may read. Few distinct ones exist, so they are shared.

use std::sync::Arc;

use crate::view::FieldId;

/// The fields of a record that a viewer may read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldMask(Arc<[u64]>);

impl FieldMask {
    /// Collects the readable fields of a view that has `fields` of them.
    pub fn collect(fields: usize, readable: impl Iterator<Item = FieldId>) -> Self {
        let mut words = vec![0_u64; fields.div_ceil(64)];
        for field in readable {
            if let Some(word) = words.get_mut(usize::from(field.0 / 64)) {
                *word |= 1 << (field.0 % 64);
            }
        }
        Self(Arc::from(words))
    }

    /// Whether the viewer may read the field.
    pub fn reads(&self, field: FieldId) -> bool {
        self.0.get(usize::from(field.0 / 64)).is_some_and(|word| word & (1 << (field.0 % 64)) != 0)
    }

    /// Whether no field is readable.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
}
