//! Profiles and the reading of a CRM, on real databases of each kind.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod access;
mod as_user;
mod as_user_crm;
mod as_user_mistakes;
mod as_user_random;
mod as_user_role;
mod bad_rows;
mod bell;
mod changes;
mod dialects;
mod doubts;
mod drafted;
mod drafted_crms;
mod fixture;
mod good;
mod inspect;
mod look;
mod mistakes;
mod reference;
mod servers;
mod statements;
mod streamed;
mod touched;
mod touched_random;
mod values_random;
