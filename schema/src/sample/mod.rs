//! The sample CRM: a database that a dealer in Germany, Austria and Switzerland might have, with 5,000 contacts and 60 users, all invented.
//!
//! Who works there and who may see what is written down in `staff.sql`; contacts, shares and subscriptions come from a seed. The profile that reads it
//! is `profiles/sample`. Nothing here knows of the state database or of Graph. Start with [`create()`], then [`apply`] changes between passes.

mod change;
mod colleague;
mod company;
mod contact;
mod create;
mod dice;
mod person;
mod phone;
mod place;
mod wish;

pub use change::{Applied, Change, apply};
pub use create::{SampleError, Summary, create};

#[cfg(test)]
mod tests;
