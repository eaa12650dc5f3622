//! Profiles and the reading of a CRM, on real SQLite files.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod access;
mod bad_rows;
mod doubts;
mod fixture;
mod good;
mod mistakes;
