//! The benchmark of evaluating at scale: a CRM of invented people at three sizes ([`world`], [`store`], the profile in `profile/`), and the question which records
//! are due to a user, answered by the CRM's own database as well as it can be asked in SQL ([`baseline`]).
//!
//! What the product needs for the same ([`product`], [`worker`], [`changes`]) is measured beside it, and both are told together. Start reading at [`world::World`].

pub mod baseline;
pub mod changes;
pub mod copy;
pub mod cpu;
pub mod launch;
pub mod product;
pub mod report;
pub mod store;
pub mod worker;
pub mod world;

/// The folder of the CRM's profile.
pub const PROFILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/profile");
