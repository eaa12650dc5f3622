//! Who sees what, in which order, how much, and what must change: the words and semantics of Adressbote as pure functions over plain values.
//!
//! Deliberately absent: input and output, async, the clock, randomness, logging. The instant of a pass is an argument.
//!
//! Start reading at [`crm`] (what was read), then [`sight`] (what a viewer sees of it, the only way to a record), [`due`] (the folder that follows) and
//! [`plan`] (what must change).

pub mod book;
pub mod crm;
pub mod digest;
pub mod due;
pub mod explain;
pub mod filter;
pub mod index;
pub mod key;
pub mod ledger;
pub mod map;
pub mod mask;
pub mod person;
pub mod plan;
pub mod property;
pub mod seat;
pub mod sight;
pub mod text;
pub mod time;
pub mod touched;
pub mod value;
pub mod view;
