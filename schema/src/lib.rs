//! Everything SQL: profiles of CRMs, reading a CRM into a snapshot, the state database.

mod row;
pub mod state;
