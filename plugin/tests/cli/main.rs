//! The real binary on a sample CRM and the Graph simulator: every command in text and JSON, bad input with its exit code, and what a user may not learn.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[cfg(unix)]
mod api;
mod ask;
mod bad_input;
mod demo;
mod filter;
#[cfg(unix)]
mod http;
mod office;
mod operate;
mod profile;
mod quick;
#[cfg(unix)]
mod schema;
mod simulate;
mod state;
mod subscribe;
mod sync;
mod unlike;
