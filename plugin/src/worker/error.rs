//! Why a pass, or a part of it, did not come to its end.

use adressbote_schema::state::StateError;

use super::concern::Unknown;
use super::reading::ReadingError;
use crate::graph::GraphError;

/// Why a pass ended before it was through.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// Another process is at work, or the lock cannot be had; nothing was begun.
    #[error(transparent)]
    NotBegun(StateError),
    /// It was asked for somebody or something that nobody knows; nothing was begun.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// Nothing could be decided.
    #[error(transparent)]
    Reading(#[from] ReadingError),
    /// No mailbox could be found.
    #[error(transparent)]
    Binding(#[from] BindingError),
    /// Delivery stopped for everybody.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    /// The state database.
    #[error("the state database could not be used; what was sent so far is in the ledger or will be looked up")]
    State(#[from] StateError),
}

impl PassError {
    /// What failed about the state database, if that is what ended the pass.
    pub fn of_state(&self) -> Option<&StateError> {
        match self {
            Self::NotBegun(error)
            | Self::State(error)
            | Self::Reading(ReadingError::State(error))
            | Self::Binding(BindingError::State(error))
            | Self::Delivery(DeliveryError::State(error)) => Some(error),
            Self::Reading(ReadingError::Crm(_) | ReadingError::Room(_) | ReadingError::Snapshot(_))
            | Self::Unknown(_)
            | Self::Binding(BindingError::Graph(_))
            | Self::Delivery(DeliveryError::Graph(_)) => None,
        }
    }
}

/// Why nobody's mailbox can be found.
#[derive(Debug, thiserror::Error)]
pub enum BindingError {
    /// The state database.
    #[error("the state database could not be used; every folder stays as it is")]
    State(#[from] StateError),
    /// Graph, for everybody.
    #[error("Microsoft Graph cannot be used; every folder stays as it is")]
    Graph(#[from] GraphError),
}

/// Why delivery stops.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The state database.
    #[error("the state database could not be used; what was sent so far is in the ledger or will be looked up")]
    State(#[from] StateError),
    /// Graph, for everybody.
    #[error("Microsoft Graph cannot be used; what was sent so far is in the ledger")]
    Graph(#[from] GraphError),
}

impl DeliveryError {
    /// Whether it concerns everybody, or one folder alone.
    pub fn is_for_all(&self) -> bool {
        match self {
            Self::Graph(error) => error.is_for_all(),
            Self::State(
                StateError::AlreadyPushed { .. }
                | StateError::NotPushed { .. }
                | StateError::AlreadyIntended { .. }
                | StateError::WrongOutcome { .. }
                | StateError::Missing { .. }
                | StateError::StillThere { .. },
            ) => false,
            Self::State(_) => true,
        }
    }
}

/// A failure with its causes in one sentence.
pub fn sentence(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
