//! One binary for all integration tests: stories over real HTTP, properties over random CRMs, the rights matrix, a CRM that other software made.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[cfg(feature = "stories")]
mod layout;
mod matrix;
mod properties;
#[cfg(feature = "stories")]
mod stories;
#[cfg(feature = "stories")]
mod tryton;
