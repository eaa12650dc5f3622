//! Everything SQL: profiles of CRMs, reading a CRM into a snapshot, the state database.
//!
//! Deliberately absent: deciding. What a row means is said in `adressbote-rules`; here rows are read, proven and kept.
//!
//! Start reading at [`profile`] (how a CRM's tables give users, rights and records), then [`crm`] (reading them at one moment) and
//! [`state`] (the ledger and what else is ours).

// The servers of the tests are known to them by this name.
#[cfg(test)]
extern crate self as adressbote_schema;

mod address;
pub mod crm;
mod postgres;
pub mod profile;
mod row;
pub mod sample;
pub mod state;
