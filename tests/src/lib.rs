//! What the stories share: a small company with its CRM, mailboxes and worker ([`stage`]).
#![expect(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "tests")]

pub mod stage;
