//! Why a text is no filter.

/// Why a text is no filter. Names are repeated as they were written; what stands in quotes is not, for it may speak of people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at character {place}")]
pub struct FilterError {
    /// Where, as a character offset from 0.
    pub place: usize,
    /// What is wrong and what was expected.
    pub message: String,
}

impl FilterError {
    pub(super) fn new(place: usize, message: impl Into<String>) -> Self {
        Self { place, message: message.into() }
    }
}
