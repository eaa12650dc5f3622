//! Random CRMs ([`world`]) and a second, slow and obvious version of the semantics ([`judge`]) to hold the product against.
//!
//! The judge is written from the design alone and shares only plain data with the product. Start reading at [`world::World`].
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

pub mod evidence;
pub mod judge;
pub mod seed;
pub mod world;
