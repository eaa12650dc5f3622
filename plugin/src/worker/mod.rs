//! Passes: look at the whole state, decide for every user, then act through the ledger.
//!
//! [`rest`] knows when there is nothing to do at all, [`room`] sees to it that the CRM fits into memory, [`reading`] reads it and our own rows into a snapshot, [`recent`] keeps it while nothing changes, [`touched`] brings it forward where single records do, [`concern`] says whom the pass deals with, [`binding`] finds each user's mailbox,
//! [`quiet`] the folders in which nothing is to be done, [`case`] is one user's folder and what must change in it, [`prepare`] settles what an earlier run left open ([`lookup`]) and sees to the
//! [`folder`], [`deliver`] carries changes out, [`stage`] by stage, [`clear`] says what may stay of what is emptied, [`outcome`] what an answer
//! means, [`finish`] writes down how it went, [`pass`] puts it together, [`timer`] repeats it and takes from the [`queue`] what was asked for. What
//! is decided rests on `rules`; here things are only done.

pub mod binding;
pub mod case;
pub mod clear;
pub mod concern;
pub mod deliver;
pub mod error;
pub mod finish;
pub mod folder;
pub mod lookup;
pub mod outcome;
pub mod pass;
pub mod prepare;
pub mod queue;
pub mod quiet;
pub mod reading;
pub mod recent;
pub mod report;
pub mod rest;
pub mod room;
pub mod stage;
pub mod timer;
pub mod touched;
pub mod verify;
