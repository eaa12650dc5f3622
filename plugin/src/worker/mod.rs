//! Passes: look at the whole state, decide for every user, then act through the ledger.
//!
//! [`reading`] reads the CRM and our own rows into a snapshot, [`binding`] finds each user's mailbox, [`case`] is one user's folder and what must
//! change in it, [`prepare`] settles what an earlier run left open and sees to the [`folder`], [`deliver`] carries changes out, [`clear`] says what may stay of what is emptied, [`finish`] writes down how
//! it went, [`pass`] puts it together, [`timer`] repeats it. What is decided rests on `rules`; here things are only done.

pub mod binding;
pub mod case;
pub mod clear;
pub mod deliver;
pub mod finish;
pub mod folder;
pub mod pass;
pub mod prepare;
pub mod reading;
pub mod report;
pub mod timer;
pub mod verify;
