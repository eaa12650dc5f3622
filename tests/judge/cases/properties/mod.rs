//! The promises of the design over random CRMs, held against the judge.
//!
//! `ADRESSBOTE_SEED` gives another seed, `ADRESSBOTE_CASES` per cent of the usual number of cases.

mod amended;
mod explained;
mod indexed;
mod marked;
mod monotone;
mod noninterference;
mod order;
mod planned;
mod quick;
mod runs;
