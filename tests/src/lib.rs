//! What the tests share: random CRMs ([`world`]) and a second, slow and obvious version of the semantics ([`judge`]) to hold the product against;
//! a small company with its CRM, mailboxes and worker ([`stage`]) for stories.
//!
//! The judge is written from the design alone and shares only plain data with the product. Start reading at [`world::World`].
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

pub mod evidence;
pub mod judge;
pub mod seed;
#[cfg(feature = "stories")]
pub mod stage;
pub mod world;
