//! Everything SQL: profiles of CRMs, reading a CRM into a snapshot, the state database.

pub mod crm;
pub mod profile;
mod row;
pub mod state;
