//! One binary for all integration tests of the whole: stories over real HTTP, the layers, a CRM that other software made.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod layout;
mod stories;
mod tryton;
