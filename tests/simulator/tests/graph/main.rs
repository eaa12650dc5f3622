//! The simulator over real HTTP: each fact about Graph that programs rely on.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod client;

mod batch;
mod contact;
mod delta;
mod directory;
mod fault;
mod folder;
mod garbage;
mod property;
mod restart;
mod throttle;
mod token;
