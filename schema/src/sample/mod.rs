//! The reference CRM: a database that a dealer in Germany, Austria and Switzerland might have, of any size, all invented. The sample of the demo is one with
//! 5,000 contacts and 60 users.
//!
//! Who works there and who may see what is written down in `staff.sql`; contacts, shares and subscriptions come from a seed. The profile that reads it
//! is `profiles/reference`. Nothing here knows of the state database or of Graph. Start with [`create()`], then [`apply`] changes between passes.

mod change;
mod colleague;
mod company;
mod contact;
mod copy;
mod create;
mod crowd;
mod dice;
mod person;
mod phone;
mod place;
mod tables;
mod wish;

pub use change::{Applied, Change, apply};
pub use copy::{Target, copy};
pub use create::{SampleError, Size, Summary, create};

#[cfg(test)]
mod tests;
