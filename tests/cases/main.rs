//! One binary for all integration tests: stories over real HTTP, properties over random CRMs, the rights matrix, a CRM that other software made.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod layout;
mod matrix;
mod properties;
mod stories;
mod tryton;
